import ChipInterface
import HardwareSpec

/// One station of a route: the server that the event waits for, and what lies behind it.
///
/// The stations of a route are stored in preorder: the first station behind `n` is `n + 1`, the
/// next one begins where that one's part ends.
struct RouteStation {
  /// The server, by number.
  var server: Int32
  /// One past the last station behind this one.
  var end: Int32
  /// The first delivery of this station; the next station's first is one past its last.
  var firstDelivery: Int32
}

/// One row pair at the end of a route.
struct RouteEnd {
  /// Position of the target core among the cores in use, and the row pair there.
  var slot, pair: UInt16
  /// The axonal delay, in ticks.
  var delay: UInt8
  /// ``far`` and ``dead``, or 0.
  var flags: UInt8

  /// A crossbar leads to another core, which takes a hop's latency.
  static let far: UInt8 = 1
  /// A link on the way is dead: every event is lost.
  static let dead: UInt8 = 2
}

/// The multicast routes of an image as trees over the servers that they need.
///
/// A core's routing table says, for an event's source, over which links it goes on and which row
/// pairs it drives here: a tree for each source, and one copy of an event on each of its links.
struct RouteForest {
  /// One more station stands at the end, for the last one's deliveries.
  private(set) var stations: [RouteStation] = []
  private(set) var ends: [RouteEnd] = []
  /// Output servers come first, one for each arbiter; then the links, as routes need them.
  private(set) var servers: [NetworkServer]
  /// For each core in use and column, its first station, or −1.
  private(set) var roots: [Int32]

  private let spec: ChipSpec
  private let network: NetworkSpec
  private let slots: [Int32]
  private let allCores: [CoreOnChip]
  private let arbiters: Int
  /// Server of each link, by position · 4 + direction in a mesh, by slot and bus in a crossbar.
  private var links: [Int32]

  /// Whether a link between neighbours, or a crossbar's way between cores, loses every event.
  private let isDead: (CoreOnChip, CoreOnChip) -> Bool

  /// One target of the source at hand.
  private struct Target {
    var core: Int
    var end: RouteEnd
  }

  /// Plants the routes between `cores`, those in use, in ascending order.
  init(
    _ cores: [CoreOnChip], _ routes: [SpikeRoute], _ spec: ChipSpec, _ network: NetworkSpec,
    isDead: @escaping (CoreOnChip, CoreOnChip) -> Bool
  ) {
    (self.spec, self.network, self.isDead) = (spec, network, isDead)
    let geometry = spec.geometry
    var slots = [Int32](repeating: -1, count: geometry.coreCount)
    for (slot, core) in cores.enumerated() { slots[core.index] = Int32(slot) }
    self.slots = slots
    allCores = geometry.cores
    arbiters = cores.count * network.arbitersPerCore
    let output = NetworkServer(network.output, latency: 0, fanIn: 1)
    servers = Array(repeating: output, count: arbiters)
    roots = Array(repeating: -1, count: cores.count * geometry.circuitsPerCore)
    let links =
      network.router == .mesh ? 4 * geometry.coreCount : network.busesPerCore * slots.count
    self.links = Array(repeating: -1, count: links)
    grow(routes)
    numberLinks()
    stations.append(
      RouteStation(server: 0, end: Int32(stations.count + 1), firstDelivery: Int32(ends.count)))
  }

  /// Gives links numbers in the order of where they are, not of who used them first.
  private mutating func numberLinks() {
    var numbers = Array(Int32(0)..<Int32(servers.count))
    var sorted = Array(servers[..<arbiters])
    for link in links where link >= 0 {
      numbers[Int(link)] = Int32(sorted.count)
      sorted.append(servers[Int(link)])
    }
    servers = sorted
    for i in stations.indices { stations[i].server = numbers[Int(stations[i].server)] }
  }

  private mutating func grow(_ routes: [SpikeRoute]) {
    var next = 0
    while next < routes.count {
      let source = routes[next].source
      var targets: [Target] = []
      while next < routes.count, routes[next].source == source {
        targets += self.targets(of: routes[next])
        next += 1
      }
      if !targets.isEmpty { plant(source, targets) }
    }
  }

  private func targets(of route: SpikeRoute) -> [Target] {
    return route.targets.compactMap { pair in
      let slot = slots[pair.core.index]
      guard slot >= 0 else { return nil }
      let isFar = network.router == .crossbar && pair.core != route.source.core
      let flags =
        !isFar ? 0 : RouteEnd.far | (isDead(route.source.core, pair.core) ? RouteEnd.dead : 0)
      let end = RouteEnd(
        slot: UInt16(slot), pair: UInt16(pair.pair), delay: route.delayTicks, flags: flags)
      return Target(core: pair.core.index, end: end)
    }
  }

  private mutating func plant(_ source: CircuitOnChip, _ targets: [Target]) {
    let slot = Int(slots[source.core.index])
    let share = spec.geometry.circuitsPerCore / network.arbitersPerCore
    let server = slot * network.arbitersPerCore + source.column / share
    let root = stations.count
    roots[slot * spec.geometry.circuitsPerCore + source.column] = Int32(root)
    if network.router == .mesh {
      branch(server: server, at: source.core.index, targets)
    } else {
      fan(server: server, targets)
    }
  }

  // MARK: Mesh

  /// Adds the station of `server`, which leads to `position`, and all that lies behind it.
  private mutating func branch(server: Int, at position: Int, _ targets: [Target]) {
    let station = stations.count
    stations.append(
      RouteStation(server: Int32(server), end: 0, firstDelivery: Int32(ends.count)))
    for target in targets where target.core == position { ends.append(target.end) }
    if targets.contains(where: { $0.core != position }) {
      for direction in MeshDirection.allCases {
        let onward = targets.filter { self.direction(from: position, to: $0.core) == direction }
        if onward.isEmpty { continue }
        let next = position + direction.step(spec.geometry.meshColumns)
        let server = link(position, direction, to: next)
        if isDead(allCores[position], allCores[next]) {
          end(at: server, onward)
        } else {
          branch(server: server, at: next, onward)
        }
      }
    }
    stations[station].end = Int32(stations.count)
  }

  /// Adds the station of a dead link: what enters it is lost.
  private mutating func end(at server: Int, _ targets: [Target]) {
    stations.append(
      RouteStation(
        server: Int32(server), end: Int32(stations.count + 1), firstDelivery: Int32(ends.count)))
    for target in targets {
      var end = target.end
      end.flags |= RouteEnd.dead
      ends.append(end)
    }
  }

  private func direction(from position: Int, to core: Int) -> MeshDirection? {
    let width = spec.geometry.meshColumns
    let along = core % width - position % width
    if along != 0 { return along > 0 ? .east : .west }
    return core == position ? nil : core > position ? .south : .north
  }

  private mutating func link(_ from: Int, _ direction: MeshDirection, to: Int) -> Int {
    let index = from * 4 + direction.rawValue
    if links[index] >= 0 { return Int(links[index]) }
    let fanIn = 3 + network.arbitersPerCore
    let geometry = spec.geometry
    var server = NetworkServer(
      network.link, latency: spec.events.hopLatencyCycles, fanIn: fanIn)
    if let chips = network.chips,
      chips.borders(from: allCores[from], to: allCores[to], on: geometry) > 0
    {
      server = NetworkServer(chips.link, latency: chips.linkLatencyCycles, fanIn: fanIn)
    }
    links[index] = Int32(servers.count)
    servers.append(server)
    return servers.count - 1
  }

  // MARK: Crossbar

  /// Adds the station of an arbiter's output, and behind it one for each bus with targets.
  private mutating func fan(server: Int, _ targets: [Target]) {
    let station = stations.count
    stations.append(
      RouteStation(server: Int32(server), end: 0, firstDelivery: Int32(ends.count)))
    var buses: [(line: Int, end: RouteEnd)] = targets.map { target in
      let bus = Int(target.end.pair) % network.busesPerCore
      return (Int(target.end.slot) * network.busesPerCore + bus, target.end)
    }
    buses.sort { ($0.line, $0.end.pair) < ($1.line, $1.end.pair) }
    var last = -1
    for bus in buses {
      if bus.line != last {
        stations.append(
          RouteStation(
            server: Int32(line(bus.line)), end: Int32(stations.count + 1),
            firstDelivery: Int32(ends.count)))
      }
      last = bus.line
      ends.append(bus.end)
    }
    stations[station].end = Int32(stations.count)
  }

  private mutating func line(_ index: Int) -> Int {
    if links[index] < 0 {
      links[index] = Int32(servers.count)
      servers.append(NetworkServer(network.link, latency: 0, fanIn: arbiters))
    }
    return Int(links[index])
  }
}

/// A way out of a router of the mesh.
enum MeshDirection: Int, CaseIterable {
  case east, west, south, north

  /// From a core to its neighbour, in core numbers.
  func step(_ columns: Int) -> Int {
    switch self {
    case .east: return 1
    case .west: return -1
    case .south: return columns
    case .north: return -columns
    }
  }
}
