/// Puts parts on common cores.
///
/// First fit in the order of parts is one way; METIS on the graph of parts, weighted by the events
/// between them, repaired to what cores hold, is the other. The fewer clusters win, at equal number
/// the fewer events a tick between clusters.
struct CorePacking {
  let wiring: Wiring
  let parts: [PartDemand]
  let limit: CoreLimit
  /// The fewest and the most row pairs of a sender.
  let copies: (least: Int, most: Int)
  let rates: NeuronRates
  let seed: UInt64
  /// More parts than these are only packed by first fit.
  private static let mostForMETIS = 20_000

  /// The clusters, each with its parts.
  func clusters() -> [ClusterDemand] {
    let first = firstFit(Array(parts.indices), into: [])
    guard first.count > 1, first.count < parts.count, parts.count <= Self.mostForMETIS,
      let other = byMETIS(into: first.count)
    else { return first }
    let (a, b) = (traffic(first), traffic(other))
    let isCheaper = other.count < first.count || other.count == first.count && b < 0.999 * a
    return isCheaper ? other : first
  }

  // MARK: First fit

  private func firstFit(
    _ numbers: [Int], into start: [ClusterDemand]
  ) -> [ClusterDemand] {
    var clusters = start
    var open = clusters.indices.filter {
      clusters[$0].columns < limit.columns(clusters[$0].circuits)
    }
    for number in numbers {
      let part = parts[number]
      let place = open.firstIndex { fits(part, clusters[$0]) }
      let cluster = place.map { open[$0] } ?? clusters.count
      if place == nil {
        clusters.append(ClusterDemand(circuits: part.circuits))
        open.append(cluster)
      }
      clusters[cluster].add(number, part, wiring)
      if clusters[cluster].columns >= limit.columns(part.circuits) {
        open.remove(at: place ?? open.count - 1)
      }
    }
    return clusters
  }

  private func fits(_ part: PartDemand, _ cluster: ClusterDemand) -> Bool {
    guard cluster.circuits == part.circuits,
      cluster.columns + part.neurons.count <= limit.columns(part.circuits),
      cluster.pin == nil || part.pin == nil || cluster.pin == part.pin
    else { return false }
    let room = limit.pairs(part.circuits, copies: copies) - cluster.pairs
    return part.heard.reduce(0, { $0 + $1.pairs }) <= room
      || cluster.added(by: part, wiring) <= room
  }

  // MARK: METIS

  private func byMETIS(into count: Int) -> [ClusterDemand]? {
    var graph = CutGraph(constraints: 2)
    let weights = edgeWeights()
    let heaviest = weights.lazy.flatMap { $0.lazy.map(\.weight) }.max() ?? 0
    for (number, part) in parts.enumerated() {
      let pairs = part.heard.reduce(0) { $0 + $1.pairs }
      graph.addVertex(
        weights: [Int32(part.neurons.count * part.circuits), Int32(clamping: pairs)], size: 1)
      graph.beginEdges()
      for edge in weights[number] {
        graph.addEdge(to: Int32(edge.part), weight: Int32(1 + 10_000 * edge.weight / heaviest))
      }
    }
    guard let groups = graph.cut(into: count, imbalance: 0.05, seed: seed) else { return nil }
    return repaired(groups, count)
  }

  /// Fills each group's cluster as far as it takes the parts; the rest go where they fit.
  private func repaired(_ groups: [Int32], _ count: Int) -> [ClusterDemand] {
    var (clusters, late) = ([ClusterDemand](), [Int]())
    for group in 0..<Int32(count) {
      var cluster: ClusterDemand?
      for number in parts.indices where groups[number] == group {
        let part = parts[number]
        var own = cluster ?? ClusterDemand(circuits: part.circuits)
        if own.parts.isEmpty || fits(part, own) {
          own.add(number, part, wiring)
          cluster = own
        } else {
          late.append(number)
        }
      }
      if let cluster { clusters.append(cluster) }
    }
    clusters = firstFit(late, into: clusters)
    // Clusters stand in the order of their first parts, as those of first fit do.
    for i in clusters.indices { clusters[i].parts.sort() }
    return clusters.sorted { ($0.parts.first ?? 0) < ($1.parts.first ?? 0) }
  }

  /// For each part, the parts that it exchanges events with, and how many a tick.
  private func edgeWeights() -> [[(part: Int, weight: Double)]] {
    var sums = [[Int: Double]](repeating: [:], count: parts.count)
    let owner = ownerOfNeurons(parts.map { ($0.population, $0.neurons) })
    for (number, part) in parts.enumerated() {
      for rows in part.heard {
        guard let source = wiring.classes[rows.rowClass].source else { continue }
        for sender in rows.senders {
          let from = Int(owner[source][Int(sender)])
          guard from != number else { continue }
          let rate = rates.ofNeuron(source, Int(sender))
          sums[number][from, default: 0] += rate
          sums[from][number, default: 0] += rate
        }
      }
    }
    return sums.map { row in row.keys.sorted().map { ($0, row[$0] ?? 0) } }
  }

  /// Events a tick that go from one cluster to another, each counted once for every cluster.
  private func traffic(_ clusters: [ClusterDemand]) -> Double {
    var clusterOf = [Int](repeating: 0, count: parts.count)
    for (number, cluster) in clusters.enumerated() {
      for part in cluster.parts { clusterOf[part] = number }
    }
    let owner = ownerOfNeurons(parts.map { ($0.population, $0.neurons) })
    var sum = 0.0
    for (number, cluster) in clusters.enumerated() {
      for rows in cluster.heard {
        guard let source = wiring.classes[rows.rowClass].source else { continue }
        for sender in rows.senders where clusterOf[Int(owner[source][Int(sender)])] != number {
          sum += rates.ofNeuron(source, Int(sender))
        }
      }
    }
    return sum
  }

  private func ownerOfNeurons(_ parts: [(population: Int, neurons: [Int32])]) -> [[Int32]] {
    var owner = wiring.populations.map { [Int32](repeating: 0, count: $0.count) }
    for (number, part) in parts.enumerated() {
      for neuron in part.neurons { owner[part.population][Int(neuron)] = Int32(number) }
    }
    return owner
  }
}
