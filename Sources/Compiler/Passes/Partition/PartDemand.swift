/// A part before it has a cluster: its neurons, and the rows that it needs.
struct PartDemand {
  var population: Int
  /// Its number among the parts of its population, and how many those are.
  var number: Int, siblings: Int
  /// The neurons, ascending.
  var neurons: [Int32]
  /// Circuits of each neuron, which is the number of its cluster's cores.
  var circuits: Int
  /// What it hears, by projection.
  var heard: [HeardRows]
  /// The core that the user chose, by its number on the mesh.
  var pin: Int?
}

/// A cluster that still takes parts.
struct ClusterDemand {
  /// The parts, by their number.
  var parts: [Int] = []
  var circuits: Int
  var columns = 0
  var pairs = 0
  /// What its parts hear together, in the order in which rows were first asked for.
  var heard: [HeardRows] = []
  var pin: Int?

  init(circuits: Int) { self.circuits = circuits }

  /// Row pairs that a part adds, where senders are in common with those heard already.
  func added(by part: PartDemand, _ wiring: Wiring) -> Int {
    part.heard.reduce(0) { sum, rows in
      guard let own = heard.first(where: { $0.rowClass == rows.rowClass }) else {
        return sum + rows.pairs
      }
      return sum + wiring.classes[rows.rowClass].pairs(of: rows.senders.without(own.senders))
    }
  }

  mutating func add(_ number: Int, _ part: PartDemand, _ wiring: Wiring) {
    parts.append(number)
    columns += part.neurons.count
    pin = pin ?? part.pin
    for rows in part.heard {
      if let own = heard.firstIndex(where: { $0.rowClass == rows.rowClass }) {
        let more = rows.senders.without(heard[own].senders)
        guard !more.isEmpty else { continue }
        let count = wiring.classes[rows.rowClass].pairs(of: more)
        heard[own].senders = (heard[own].senders + more).sorted()
        heard[own].pairs += count
        pairs += count
      } else {
        heard.append(rows)
        pairs += rows.pairs
      }
    }
  }
}

extension [Int32] {
  /// The numbers that another list lacks; both ascend.
  func without(_ other: [Int32]) -> [Int32] {
    var rest: [Int32] = []
    var i = 0
    for number in self {
      while i < other.count, other[i] < number { i += 1 }
      if i == other.count || other[i] != number { rest.append(number) }
    }
    return rest
  }
}
