import HardwareSpec

/// A first placement of many single cores: the network is cut in two where few events cross, the
/// mesh is cut in two, and so on with the halves (Breuer: "A class of min-cut placement
/// algorithms", DAC 1977).
struct BisectionStart {
  private let edges: [[(other: Int, weight: Double)]]
  private let heaviest: Double
  private let columns: Int
  private let seed: UInt64

  init(_ nets: TrafficNets, clusters: Int, columns: Int, seed: UInt64) {
    var clusterOf: [Int] = []
    for cluster in 0..<clusters {
      clusterOf += Array(
        repeating: cluster, count: nets.firstCores[cluster + 1] - nets.firstCores[cluster])
    }
    var sums = [[Int: Double]](repeating: [:], count: clusters)
    for net in nets.nets where net.pins.count <= 64 {
      let source = clusterOf[Int(net.source)]
      for pin in net.pins {
        let target = clusterOf[Int(nets.targets[pin])]
        guard target != source else { continue }
        sums[source][target, default: 0] += net.weight
        sums[target][source, default: 0] += net.weight
      }
    }
    edges = sums.map { row in row.keys.sorted().map { ($0, row[$0] ?? 0) } }
    heaviest = edges.lazy.flatMap { $0.lazy.map(\.weight) }.max() ?? 1
    (self.columns, self.seed) = (columns, seed)
  }

  /// A core for each of some clusters, out of at least as many.
  func places(of clusters: [Int], on cores: [Int]) -> [Int: Int] {
    var places: [Int: Int] = [:]
    divide(clusters, region(cores, clusters.count), &places)
    return places
  }

  /// The corner of the mesh that has as many cores as are needed.
  private func region(_ cores: [Int], _ count: Int) -> [Int] {
    let nearFirst = cores.sorted { a, b in
      let (ax, ay, bx, by) = (a % columns, a / columns, b % columns, b / columns)
      return (max(ax, ay), ay, ax) < (max(bx, by), by, bx)
    }
    return Array(nearFirst.prefix(count))
  }

  private func divide(_ clusters: [Int], _ cores: [Int], _ places: inout [Int: Int]) {
    guard clusters.count > 1 else {
      if let cluster = clusters.first, let core = cores.first { places[cluster] = core }
      return
    }
    let (first, second) = halves(of: cores)
    let isFirst = cut(clusters, share: first.count)
    divide(zip(clusters, isFirst).filter { $0.1 }.map(\.0), first, &places)
    divide(zip(clusters, isFirst).filter { !$0.1 }.map(\.0), second, &places)
  }

  /// Cuts a region across its longer side.
  private func halves(of cores: [Int]) -> ([Int], [Int]) {
    let (xs, ys) = (cores.map { $0 % columns }, cores.map { $0 / columns })
    let width = (xs.max() ?? 0) - (xs.min() ?? 0)
    let height = (ys.max() ?? 0) - (ys.min() ?? 0)
    let sorted = cores.sorted { a, b in
      let (ka, kb) = (a % columns, b % columns)
      return width >= height
        ? (ka, a / columns) < (kb, b / columns) : (a / columns, ka) < (b / columns, kb)
    }
    let half = sorted.count / 2
    return (Array(sorted[..<half]), Array(sorted[half...]))
  }

  /// Which clusters go to the first half: exactly so many, few events crossing.
  private func cut(_ clusters: [Int], share: Int) -> [Bool] {
    var local: [Int: Int] = [:]
    for (i, cluster) in clusters.enumerated() { local[cluster] = i }
    var graph = CutGraph(constraints: 1)
    for cluster in clusters {
      graph.addVertex(weights: [1], size: 1)
      graph.beginEdges()
      for edge in edges[cluster] {
        guard let other = local[edge.other] else { continue }
        graph.addEdge(to: Int32(other), weight: Int32(1 + 10_000 * edge.weight / heaviest))
      }
    }
    let part = Double(share) / Double(clusters.count)
    let groups = graph.cut(
      into: 2, imbalance: 0.01, seed: seed, shares: [part, 1 - part])
    var isFirst: [Bool] = clusters.indices.map { i in
      if let groups { return groups[i] == 0 }
      return i < share
    }
    balance(&isFirst, clusters, local, share)
    return isFirst
  }

  /// Moves those that lose least, until the sizes are exact.
  private func balance(
    _ isFirst: inout [Bool], _ clusters: [Int], _ local: [Int: Int], _ share: Int
  ) {
    var excess = isFirst.filter { $0 }.count - share
    while excess != 0 {
      let side = excess > 0
      func loss(_ i: Int) -> Double {
        edges[clusters[i]].reduce(0) { sum, edge in
          guard let other = local[edge.other] else { return sum }
          return sum + (isFirst[other] == side ? edge.weight : -edge.weight)
        }
      }
      let least = isFirst.indices.filter { isFirst[$0] == side }.map { ($0, loss($0)) }
        .min { ($0.1, $0.0) < ($1.1, $1.0) }
      guard let least else { return }
      isFirst[least.0].toggle()
      excess += side ? -1 : 1
    }
  }
}
