import ChipInterface
import HardwareSpec

/// The spike network of an image in parts that share nothing: no output, no link, no input port.
///
/// What happens in one part is nothing to the others, so that threads may move the events of
/// different parts at once. Where all routes meet there is one part.
final class NetworkParts: @unchecked Sendable {
  /// One part: its tables, which number the cores it needs from 0 on.
  struct Part: Sendable {
    let tables: NetworkTables
    /// The cores in use by their numbers in the part.
    let slots: [Int32]
    /// Stations, as a measure of its work.
    let weight: Int
  }

  /// Where a core's spikes go: the part, and the core's number there; −1 where they go nowhere.
  struct Place {
    var part: Int32 = -1
    var slot: Int32 = 0
  }

  let parts: [Part]
  /// By core in use.
  let places: UnsafeMutablePointer<Place>
  /// By part, the cores in use by their numbers there.
  let slots: UnsafeMutablePointer<UnsafeMutablePointer<Int32>>

  /// Parts beyond so many are put together: more would only cost memory.
  private static let mostParts = 16

  /// Makes the parts; nil when the chip's network is an ideal one or no spike goes anywhere.
  init?(
    _ image: ChipImage, _ spec: ChipSpec,
    isDead: @escaping (CoreOnChip, CoreOnChip) -> Bool = { _, _ in false }
  ) {
    guard let network = spec.network, !image.spikeRoutes.isEmpty else { return nil }
    let cores = image.cores.map(\.core)
    let forest = RouteForest(cores, image.spikeRoutes, spec, network, isDead: isDead)
    let shares = RouteShares(
      forest, cores: cores.count, arbiters: network.arbitersPerCore, most: Self.mostParts)
    let positions = Dictionary(
      cores.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    parts = (0..<shares.count).compactMap { part in
      let routes = image.spikeRoutes.filter {
        positions[$0.source.core].map { shares.partOfCore[$0] == part } ?? false
      }
      let used = shares.count == 1 ? cores : Self.cores(routes, positions)
      let weight = shares.weights[part]
      return NetworkTables(used, routes, spec, isDead: isDead).map { tables in
        Part(
          tables: tables, slots: used.compactMap { positions[$0].map(Int32.init) }, weight: weight)
      }
    }
    places = .allocate(capacity: max(1, cores.count))
    places.initialize(repeating: Place(), count: max(1, cores.count))
    for (p, part) in parts.enumerated() {
      for (local, slot) in part.slots.enumerated() where shares.partOfCore[Int(slot)] == p {
        places[Int(slot)] = Place(part: Int32(p), slot: Int32(local))
      }
    }
    slots = .allocateCopy(of: parts.map { .allocateCopy(of: $0.slots) })
  }

  deinit {
    places.deallocate()
    for part in parts.indices { slots[part].deallocate() }
    slots.deallocate()
  }

  /// The cores in use that some routes begin or end at, in their order.
  private static func cores(
    _ routes: [SpikeRoute], _ positions: [CoreOnChip: Int]
  ) -> [CoreOnChip] {
    let named = Set(routes.flatMap { [$0.source.core] + $0.targets.map(\.core) })
    return named.filter { positions[$0] != nil }.sorted()
  }

  /// Ticks from a spike to the arrival of an event that has just been taken by its last server.
  var horizon: Int { parts.map(\.tables.horizon).max() ?? 0 }

  /// The parts that each of a team's threads moves: the heaviest first to the one with the least.
  func shares(_ team: Int) -> [[Int]] {
    var (shares, loads) = (Array(repeating: [Int](), count: team), Array(repeating: 0, count: team))
    for part in parts.indices.sorted(by: { (parts[$0].weight, $1) > (parts[$1].weight, $0) }) {
      let idle = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      shares[idle].append(part)
      loads[idle] += parts[part].weight
    }
    return shares.map { $0.sorted() }
  }
}

/// Which cores' spikes may meet others' on their way.
private struct RouteShares {
  /// By core in use, the part that its spikes are in; −1 where they go nowhere.
  let partOfCore: [Int]
  /// By part, its stations.
  let weights: [Int]
  var count: Int { weights.count }

  /// Joins what shares a server or a port, and puts the smallest sets together.
  init(_ forest: RouteForest, cores: Int, arbiters: Int, most: Int) {
    var sets = Self.sets(forest, cores: cores, arbiters: arbiters)
    var stations = Array(repeating: 0, count: cores)
    for station in forest.stations.dropLast() {
      stations[sets.root(cores + Int(station.server))] += 1
    }
    let (partOfSet, weights) = Self.parts(stations, most: most)
    let columns = forest.roots.count / max(1, cores)
    partOfCore = (0..<cores).map { core in
      let sends = forest.roots[core * columns..<(core + 1) * columns].contains { $0 >= 0 }
      return sends ? partOfSet[sets.root(core)] : -1
    }
    self.weights = weights
  }

  /// Cores, servers and ports, in this order, joined along all routes.
  ///
  /// A set has the name of a core: every event comes from one.
  private static func sets(_ forest: RouteForest, cores: Int, arbiters: Int) -> DisjointSets {
    let ports = cores + forest.servers.count
    var sets = DisjointSets(ports + cores)
    for output in 0..<cores * arbiters { sets.join(output / arbiters, cores + output) }
    for (index, station) in forest.stations.dropLast().enumerated() {
      let here = cores + Int(station.server)
      var next = index + 1
      while next < Int(station.end) {
        sets.join(here, cores + Int(forest.stations[next].server))
        next = Int(forest.stations[next].end)
      }
      let last = Int(forest.stations[index + 1].firstDelivery)
      for end in forest.ends[Int(station.firstDelivery)..<last] {
        sets.join(here, ports + Int(end.slot))
      }
    }
    return sets
  }

  /// By set, its part, −1 for none; and the parts' weights.
  private static func parts(_ stations: [Int], most: Int) -> ([Int], [Int]) {
    var (parts, weights) = (Array(repeating: -1, count: stations.count), [Int]())
    let sets = stations.indices.filter { stations[$0] > 0 }
    for set in sets.sorted(by: { (stations[$0], $1) > (stations[$1], $0) }) {
      if weights.count < most { weights.append(0) }
      let least = weights.indices.min { weights[$0] < weights[$1] } ?? 0
      parts[set] = least
      weights[least] += stations[set]
    }
    return (parts, weights)
  }
}

/// Sets of numbers that are joined step by step; each is named by its lowest number.
private struct DisjointSets {
  private var parents: [Int]

  init(_ count: Int) { parents = Array(0..<count) }

  mutating func root(_ number: Int) -> Int {
    var number = number
    while parents[number] != number {
      parents[number] = parents[parents[number]]
      number = parents[number]
    }
    return number
  }

  mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (root(a), root(b))
    parents[max(a, b)] = min(a, b)
  }
}
