import ChipInterface
import HardwareSpec

/// How long events are under way in a placed network when nothing waits, in clock cycles.
///
/// An event of tick t, cycle c acts at (t + 1, c) plus the route's latency plus the delay of its
/// axon. Networks may be recurrent: what counts is the way on which the first effect comes.
struct EventLatency {
  /// Of each population, the slowest way of a projection onto it, delays apart.
  private(set) var added: [Int]
  /// Of each population, when the first effect of an input event comes; nil: none does.
  private(set) var firstEffect: [Int?]

  private struct Way {
    var source: Int?
    var target: Int
    /// Cycles with the shortest delay of a sender.
    var cycles: Int
  }

  init(_ placed: PlacedNetwork, on spec: ChipSpec) {
    let network = placed.partitioned.network
    let positions = Dictionary(
      network.populations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    let cores = placed.coresOfPopulations
    added = Array(repeating: 0, count: network.populations.count)
    var ways: [Way] = []
    for projection in network.projections {
      guard let target = positions[projection.target] else { continue }
      let source = projection.source.flatMap { positions[$0] }
      let route = source.map { spec.slowestRoute(from: cores[$0], to: cores[target]) }
      let cycles = spec.time.cyclesPerTick + (route ?? spec.events.localLatencyCycles)
      added[target] = max(added[target], cycles)
      let delay = projection.delays.min() ?? 0
      ways.append(
        Way(source: source, target: target, cycles: cycles + delay * spec.time.cyclesPerTick))
    }
    firstEffect = Self.firstEffects(ways, populations: network.populations.count)
  }

  /// The shortest sum of cycles to each population (Bellman and Ford; every way takes time).
  private static func firstEffects(_ ways: [Way], populations: Int) -> [Int?] {
    var first = [Int?](repeating: nil, count: populations)
    var leaving = [[Way]](repeating: [], count: populations)
    var waiting: [Int] = []
    func reach(_ way: Way, at time: Int) {
      guard time < first[way.target] ?? .max else { return }
      first[way.target] = time
      waiting.append(way.target)
    }
    for way in ways {
      if let source = way.source { leaving[source].append(way) } else { reach(way, at: way.cycles) }
    }
    var next = 0
    while next < waiting.count {
      let population = waiting[next]
      next += 1
      let time = first[population] ?? 0
      for way in leaving[population] { reach(way, at: time + way.cycles) }
    }
    return first
  }
}

extension PlacedNetwork {
  /// The cores that hold neurons of each population, those of joined circuits all.
  fileprivate var coresOfPopulations: [[CoreOnChip]] {
    var cores = [[CoreOnChip]](repeating: [], count: partitioned.network.populations.count)
    for part in partitioned.parts where self.cores.indices.contains(part.cluster) {
      cores[part.population] += self.cores[part.cluster]
    }
    return cores.map { Array(Set($0)).sorted() }
  }
}

extension ChipSpec {
  /// The latency between the cores of two groups that lie farthest apart.
  ///
  /// The farthest two of two groups are extreme in column plus row, or in column minus row.
  fileprivate func slowestRoute(from a: [CoreOnChip], to b: [CoreOnChip]) -> Int {
    let columns = geometry.meshColumns
    let diagonals: [(CoreOnChip) -> Int] = [
      { $0.index % columns + $0.index / columns }, { $0.index % columns - $0.index / columns },
    ]
    var slowest = 0
    for diagonal in diagonals {
      func ends(_ cores: [CoreOnChip]) -> [CoreOnChip] {
        let least = cores.min { diagonal($0) < diagonal($1) }
        let most = cores.max { diagonal($0) < diagonal($1) }
        return [least, most].compactMap { $0 }
      }
      for from in ends(a) {
        for to in ends(b) { slowest = max(slowest, routeLatencyCycles(from: from, to: to)) }
      }
    }
    return slowest
  }
}
