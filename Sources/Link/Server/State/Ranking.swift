/// Names in the order of what they have had, the one with least first.
package struct Ranking<Name: Comparable & Sendable>: Sendable {
  /// A name with its place: service had, then the turn in which it was last served.
  package struct Rank: Comparable, Sendable {
    var service, turn: Int
    var name: Name

    package static func < (a: Rank, b: Rank) -> Bool {
      if a.service != b.service { return a.service < b.service }
      return a.turn != b.turn ? a.turn < b.turn : a.name < b.name
    }
  }

  // Descending, so that the first of the order leaves at the end.
  private var ranks: [Rank] = []

  /// Makes an empty ranking.
  package init() {}

  var isEmpty: Bool { ranks.isEmpty }

  /// Whose turn it is.
  var first: Name? { ranks.last?.name }

  mutating func insert(_ rank: Rank) { ranks.insert(rank, at: place(rank)) }

  mutating func remove(_ rank: Rank) {
    let place = place(rank)
    if place < ranks.count, ranks[place] == rank { ranks.remove(at: place) }
  }

  /// The first place whose rank is not above the given one.
  private func place(_ rank: Rank) -> Int {
    var (low, high) = (0, ranks.count)
    while low < high {
      let middle = (low + high) / 2
      if ranks[middle] > rank { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
