import HardwareSpec

/// Compares the synapses of projections that both images have, by sender and receiver.
struct SynapseComparison {
  private let a, b: DesignView
  private let limit: Int

  init(_ a: DesignView, _ b: DesignView, limit: Int) {
    (self.a, self.b, self.limit) = (a, b, limit)
  }

  /// What one copy of one synapse stores.
  private struct Stored: Equatable {
    /// Sender in the upper half, receiver in the lower.
    var synapse: UInt64
    var copy: UInt32
    var excitatory, inhibitory: UInt8

    var steps: Int { Int(excitatory) - Int(inhibitory) }

    static func precedes(_ a: Stored, _ b: Stored) -> Bool {
      (a.synapse, a.copy) < (b.synapse, b.copy)
    }
  }

  private struct Change {
    var synapse: UInt64
    var first, second: Int
  }

  var differences: [DesignDifference] {
    let partners = Dictionary(
      b.image.io.projections.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    var known: Set<String> = []
    return a.image.io.projections.flatMap { map in
      known.insert(map.name).inserted ? partners[map.name].map { compare(map, $0) } ?? [] : []
    }
  }

  private func compare(_ one: ProjectionMap, _ two: ProjectionMap) -> [DesignDifference] {
    if one.blocks == two.blocks, one.blocks.allSatisfy(hasEqualWeights) { return [] }
    let (first, second) = (stored(one, a), stored(two, b))
    var (changes, otherwise): ([Change], Int) = ([], 0)
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let synapse = min(
        i < first.count ? first[i].synapse : .max, j < second.count ? second[j].synapse : .max)
      let (from, with) = (i, j)
      while i < first.count, first[i].synapse == synapse { i += 1 }
      while j < second.count, second[j].synapse == synapse { j += 1 }
      if first[from..<i] == second[with..<j] { continue }
      let sums = (
        first[from..<i].reduce(0) { $0 + $1.steps }, second[with..<j].reduce(0) { $0 + $1.steps }
      )
      if sums.0 == sums.1 {
        otherwise += 1
      } else {
        changes.append(Change(synapse: synapse, first: sums.0, second: sums.1))
      }
    }
    return differences(changes, otherwise, one, two)
  }

  /// Whether a block of both images stores the same, row by row.
  private func hasEqualWeights(_ block: ProjectionBlock) -> Bool {
    guard let first = a.image.core(block.core), let second = b.image.core(block.core),
      first.weights.count == second.weights.count
    else { return false }
    let columns = a.spec.geometry.circuitsPerCore
    return (2 * block.firstPair..<2 * (block.firstPair + block.pairCount)).allSatisfy { row in
      let start = row * columns + block.firstColumn
      let range = start..<start + block.columnCount
      return range.upperBound <= first.weights.count
        && first.weights[range] == second.weights[range]
    }
  }

  /// Every copy of a synapse whose weight is not zero, by sender, receiver and copy.
  private func stored(_ map: ProjectionMap, _ view: DesignView) -> [Stored] {
    let (owners, columns) = (map.lineOwners, view.spec.geometry.circuitsPerCore)
    var stored: [Stored] = []
    for block in map.blocks {
      guard let core = view.image.core(block.core), !core.weights.isEmpty else { continue }
      for pair in 0..<block.pairCount {
        let owner = owners[block.line(pair)]
        let row = 2 * (block.firstPair + pair) * columns + block.firstColumn
        for column in 0..<block.columnCount {
          let (plus, minus) = (core.weights[row + column], core.weights[row + columns + column])
          if plus | minus == 0 { continue }
          stored.append(
            Stored(
              synapse: UInt64(owner.sender) << 32 | UInt64(block.target(column)),
              copy: UInt32(owner.copy), excitatory: plus, inhibitory: minus))
        }
      }
    }
    return stored.sorted(by: Stored.precedes)
  }

  private func differences(
    _ changes: [Change], _ otherwise: Int, _ one: ProjectionMap, _ two: ProjectionMap
  ) -> [DesignDifference] {
    var found: [DesignDifference] = []
    if !changes.isEmpty {
      func size(_ change: Change) -> Int { abs(change.second - change.first) }
      let ordered = changes.sorted { (-size($0), $0.synapse) < (-size($1), $1.synapse) }
      found.append(
        DesignDifference(
          owner: one.name, aspect: "changed", count: changes.count,
          largestSteps: ordered.first.map(size), target: one.target,
          parts: ordered.prefix(limit).map { part($0, one, two) }))
    }
    if otherwise > 0 {
      found.append(
        DesignDifference(
          owner: one.name, aspect: "of equal weight stored in other copies or rows",
          count: otherwise, largestSteps: nil, target: one.target, parts: []))
    }
    return found
  }

  private func part(
    _ change: Change, _ one: ProjectionMap, _ two: ProjectionMap
  ) -> DesignDifference.Part {
    let receiver = Int(change.synapse & 0xFFFF_FFFF)
    func weight(_ steps: Int, _ map: ProjectionMap) -> String {
      let scale = receiver < map.targetCount ? map.weightPerStep(ofReceiver: receiver) : 0
      return BriefNumber.text(Double(steps) * scale)
    }
    return .init(
      number: Int(change.synapse >> 32), receiver: receiver,
      first: "\(change.first) steps (\(weight(change.first, one)))",
      second: "\(change.second) steps (\(weight(change.second, two)))")
  }
}
