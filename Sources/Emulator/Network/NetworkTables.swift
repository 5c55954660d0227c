import ChipInterface
import HardwareSpec

/// The spike network of an image: what all samples share, in raw memory.
final class NetworkTables: @unchecked Sendable {
  /// Phases of 1/64 tick in one clock cycle.
  let phasesPerCycle: Int
  let cyclesPerTick, columns, coreCount: Int
  /// From leaving the last line to a row driver, in cycles; and what is added between cores of a
  /// crossbar.
  let localLatency, farLatency: Int
  let arbitersPerCore, columnsPerArbiter, arbiterCycles: Int
  /// Whether several outputs may hand events to one link in the same cycle.
  let outputsShareLinks: Bool
  /// Whether a full FIFO holds its senders up; if not, events are lost.
  let holdsBack: Bool
  let serverCount: Int
  let servers: UnsafeMutablePointer<NetworkServer>
  let stations: UnsafeMutablePointer<RouteStation>
  let ends: UnsafeMutablePointer<RouteEnd>
  /// What an event does at each station, in short.
  let steps: UnsafeMutablePointer<RouteStep>
  /// What an event does on links on which it never waits, and the most stops of one way.
  let stops: UnsafeMutablePointer<ExpressStop>
  let longestRide: Int
  /// By core in use and column: the first station, or −1.
  let roots: UnsafeMutablePointer<Int32>
  /// In the same order: the first stop where the first station's event rides at once, or −1.
  let rides: UnsafeMutablePointer<Int32>
  /// Whether servers can be worked off one after the other, in `order`; the place of each there, and
  /// the longest time from the server before.
  let isOrdered: Bool
  let order, ranks, lookbacks: UnsafeMutablePointer<Int32>
  /// By core in use: whether any of its spikes goes anywhere.
  let sends: [Bool]
  /// Cycles that anything may be planned ahead.
  let longestPlan: Int
  /// Ticks from a spike to the arrival of an event that has just been taken by its last server.
  let horizon: Int

  /// Makes the tables; nil when the chip's network is an ideal one or no spike goes anywhere.
  convenience init?(
    _ image: ChipImage, _ spec: ChipSpec,
    isDead: @escaping (CoreOnChip, CoreOnChip) -> Bool = { _, _ in false }
  ) {
    self.init(image.cores.map(\.core), image.spikeRoutes, spec, isDead: isDead)
  }

  /// Makes the tables for routes, in order of their sources, between the cores in use.
  ///
  /// Links for which `isDead` holds, between neighbours in a mesh or between any two cores of a
  /// crossbar, lose every event.
  init?(
    _ cores: [CoreOnChip], _ routes: [SpikeRoute], _ spec: ChipSpec,
    isDead: @escaping (CoreOnChip, CoreOnChip) -> Bool
  ) {
    guard let network = spec.network, !routes.isEmpty else { return nil }
    let forest = RouteForest(cores, routes, spec, network, isDead: isDead)
    cyclesPerTick = spec.time.cyclesPerTick
    phasesPerCycle = 64 / spec.time.cyclesPerTick
    localLatency = spec.events.localLatencyCycles
    farLatency = network.router == .crossbar ? spec.events.hopLatencyCycles : 0
    outputsShareLinks = network.router == .crossbar || network.arbitersPerCore > 1
    columns = spec.geometry.circuitsPerCore
    coreCount = cores.count
    arbitersPerCore = network.arbitersPerCore
    columnsPerArbiter = columns / network.arbitersPerCore
    arbiterCycles = network.arbiterCyclesPerEvent
    holdsBack = network.whenFull == .backPressure
    serverCount = forest.servers.count
    servers = .allocateCopy(of: forest.servers)
    stations = .allocateCopy(of: forest.stations)
    ends = .allocateCopy(of: forest.ends)
    let outputs = cores.count * network.arbitersPerCore
    let stages = StageOrder(forest.stations, forest.servers, outputs: outputs)
    isOrdered = stages != nil
    let express = ExpressLinks(
      forest, order: stages?.servers, outputs: outputs, holdsBack: holdsBack)
    steps = .allocateCopy(of: RouteStep.steps(forest, express))
    (stops, longestRide) = (.allocateCopy(of: express.stops), express.longest)
    roots = .allocateCopy(of: forest.roots)
    rides = .allocateCopy(of: forest.roots.map { $0 < 0 ? -1 : express.firstStops[Int($0)] })
    let unordered = Array(0..<Int32(forest.servers.count))
    order = .allocateCopy(of: stages?.servers ?? unordered)
    ranks = .allocateCopy(of: stages?.ranks ?? unordered)
    lookbacks = .allocateCopy(of: stages?.lookbacks ?? unordered)
    let columns = columns
    sends = cores.indices.map { slot in
      forest.roots[slot * columns..<(slot + 1) * columns].contains { $0 >= 0 }
    }
    longestPlan =
      forest.servers.map { Int(max($0.latency, $0.service)) }.max() ?? 1
    let longest = forest.servers.map { Int($0.latency) }.max() ?? 0
    let delay = Int(forest.ends.map(\.delay).max() ?? 0)
    horizon = (longest + localLatency + farLatency) * phasesPerCycle / 64 + delay + 4
  }

  deinit {
    servers.deallocate()
    stations.deallocate()
    ends.deallocate()
    steps.deallocate()
    stops.deallocate()
    roots.deallocate()
    rides.deallocate()
    order.deallocate()
    ranks.deallocate()
    lookbacks.deallocate()
  }

  /// Row pairs that an event at a station still has to reach.
  @inline(__always)
  static func copies(_ stations: UnsafePointer<RouteStation>, _ station: Int) -> Int {
    let end = Int(stations[station].end)
    return Int(stations[end].firstDelivery - stations[station].firstDelivery)
  }
}
