import CEmulatorKernels
import HardwareSpec

/// The spike network of one sample: moves events as its queues do.
///
/// Where nobody can be held up, a tick is worked off stage by stage. All else is moved from cycle
/// to cycle by the exact engine: only cycles in which something happens are visited, and in them
/// only the parts that it happens to.
final class NetworkState {
  /// An event at the end of its way: row pair, and when it gets there, in 1/64 tick.
  struct Arrival {
    var slot: Int32
    var pair: UInt16
    /// The server that delivered it.
    var server: Int32
    var time: Int
  }

  /// One entry of a FIFO.
  struct Waiting {
    var event: TravellingEvent
    var next: Int32
  }

  /// What changes in size while it runs.
  struct Board {
    var arrivals = NetworkCalendar.Page<Arrival>()
    var ordered = NetworkCalendar.Page<Arrival>()
    /// Entries of all FIFOs, and the first free one.
    var pool = NetworkCalendar.Page<Waiting>()
    var firstFree: Int32 = -1
    /// Events that outputs hand to links in this cycle.
    var handed = NetworkCalendar.Page<TravellingEvent>()
    /// Events of this cycle that are not the only one to come to their FIFO.
    var crowd = NetworkCalendar.Page<TravellingEvent>()
    /// Servers that contend for scarce places in this cycle.
    var contenders = NetworkCalendar.Page<Int32>()
    /// Arbiters with new spikes in this cycle.
    var woken = NetworkCalendar.Page<Int32>()
    var counts = NetworkCounts()
  }

  let tables: NetworkTables
  let servers: UnsafeMutablePointer<NetworkServer>
  let stations: UnsafePointer<RouteStation>
  let ends: UnsafePointer<RouteEnd>
  let steps: UnsafePointer<RouteStep>
  let calendar: NetworkCalendar
  let board: UnsafeMutablePointer<Board>
  let arbiters: UnsafeMutablePointer<NetworkArbiter>
  /// For each arbiter, one bit a column that waits.
  let requests: UnsafeMutablePointer<UInt64>
  let requestWords: Int
  /// For each circuit, when it fired; valid while it waits.
  let fired: UnsafeMutablePointer<Int32>
  /// For each core in use, the spikes of the tick, and how many.
  let collected: UnsafeMutablePointer<(cycle: Int32, request: ArbiterRequest)>
  let collectedCounts: UnsafeMutablePointer<Int32>
  /// One byte a core in use, in words of eight: whether anything was collected from it.
  let hasCollected: UnsafeMutablePointer<UInt8>
  /// For each core in use, a sum over what was read ahead; nobody looks at it.
  let readAhead: UnsafeMutablePointer<Int32>
  let outputsShareLinks: Bool
  let arbiterCount, serverCount, columns, arbitersPerCore: Int
  /// For each column of a core, its arbiter there.
  let shares: UnsafeMutablePointer<UInt8>
  let localLatency, farLatency, phaseShift: Int
  let arbiterCycles: Int32
  let holdsBack: Bool
  let stages: UnsafeMutablePointer<NetworkStages>
  /// Server by place in the order of stages.
  let order: UnsafePointer<Int32>
  /// Whether the exact engine does everything.
  private let exactOnly: Bool

  /// Makes an empty network; with `exactOnly`, the exact engine moves all events.
  init(_ tables: NetworkTables, exactOnly: Bool = false) {
    self.tables = tables
    self.exactOnly = exactOnly || !tables.isOrdered
    stages = .allocate(capacity: 1)
    stages.initialize(to: NetworkStages(tables))
    order = UnsafePointer(tables.order)
    (serverCount, holdsBack) = (tables.serverCount, tables.holdsBack)
    (columns, arbitersPerCore) = (tables.columns, tables.arbitersPerCore)
    (localLatency, farLatency) = (tables.localLatency, tables.farLatency)
    phaseShift = tables.phasesPerCycle.trailingZeroBitCount
    shares = .allocate(capacity: tables.columns)
    for column in 0..<tables.columns {
      shares[column] = UInt8(column / tables.columnsPerArbiter)
    }
    arbiterCycles = Int32(tables.arbiterCycles)
    outputsShareLinks = tables.outputsShareLinks
    readAhead = .allocate(capacity: max(1, tables.coreCount))
    hasCollected = .allocateAligned(tables.coreCount + 8)
    servers = .allocate(capacity: tables.serverCount)
    stations = UnsafePointer(tables.stations)
    ends = UnsafePointer(tables.ends)
    steps = UnsafePointer(tables.steps)
    calendar = NetworkCalendar(ahead: 2 * tables.cyclesPerTick + tables.longestPlan)
    board = .allocate(capacity: 1)
    board.initialize(to: Board())
    arbiterCount = tables.coreCount * tables.arbitersPerCore
    arbiters = .allocate(capacity: max(1, arbiterCount))
    requestWords = (tables.columnsPerArbiter + 63) / 64
    requests = .allocate(capacity: max(1, arbiterCount * requestWords))
    let circuits = max(1, tables.coreCount * tables.columns)
    fired = .allocate(capacity: circuits)
    collected = .allocate(capacity: circuits)
    collectedCounts = .allocate(capacity: max(1, tables.coreCount))
    fired.initialize(repeating: 0, count: circuits)
    stages.pointee.usedExact = true
    reset()
  }

  deinit {
    stages.pointee.deallocate(serverCount)
    stages.deallocate()
    servers.deallocate()
    calendar.deallocate()
    board.pointee.arrivals.items.deallocate()
    board.pointee.ordered.items.deallocate()
    board.pointee.pool.items.deallocate()
    board.pointee.handed.items.deallocate()
    board.pointee.crowd.items.deallocate()
    board.pointee.contenders.items.deallocate()
    board.pointee.woken.items.deallocate()
    board.deallocate()
    arbiters.deallocate()
    requests.deallocate()
    shares.deallocate()
    fired.deallocate()
    collected.deallocate()
    collectedCounts.deallocate()
    readAhead.deallocate()
    hasCollected.deallocate()
  }

  /// Empties the network for a new sample.
  func reset() {
    if stages.pointee.usedExact {
      servers.update(from: tables.servers, count: serverCount)
      calendar.reset()
      (board.pointee.pool.count, board.pointee.firstFree) = (0, -1)
    }
    stages.pointee.reset(tables, exactOnly: exactOnly)
    board.pointee.arrivals.count = 0
    board.pointee.counts = NetworkCounts()
    arbiters.initialize(repeating: NetworkArbiter(), count: arbiterCount)
    requests.initialize(repeating: 0, count: arbiterCount * requestWords)
    collectedCounts.initialize(repeating: 0, count: tables.coreCount)
    hasCollected.update(repeating: 0, count: tables.coreCount + 8)
  }

  /// What was counted since the last reset.
  var counts: NetworkCounts { board.pointee.counts }

  /// The events that ``transport(_:)`` brought to the end of their way.
  var arrivals: UnsafeBufferPointer<Arrival> {
    UnsafeBufferPointer(
      start: board.pointee.arrivals.items, count: Int(board.pointee.arrivals.count))
  }

  /// Events in the output FIFOs of a core.
  func waitingAtOutput(_ slot: Int) -> Int {
    let first = slot * tables.arbitersPerCore
    return (first..<first + tables.arbitersPerCore).reduce(0) {
      $0 + Int(servers[$1].count) + Int(stages.pointee.lanes[$1].count)
    }
  }

  /// Takes the spikes of one core in one tick, as the kernels give them.
  ///
  /// That is column << 8 | phase, in ascending columns. Several threads may collect cores at once,
  /// each its own.
  func collect(
    _ slot: Int, core: Int, _ tick: Int, _ spikes: UnsafePointer<UInt32>, _ count: Int,
    _ randomness: TrialRandomness
  ) {
    let start = tick &* tables.cyclesPerTick
    let shift = tables.phasesPerCycle.trailingZeroBitCount
    let (roots, list) = (tables.roots + slot &* tables.columns, collected + slot &* tables.columns)
    let rideBytes = Int64(min(512, tables.longestRide * MemoryLayout<ExpressStop>.stride))
    var (kept, sum): (Int, Int32) = (0, 0)
    var flags: UInt8 = 0
    for i in 0..<count {
      let column = Int(spikes[i] >> 8)
      if roots[column] < 0 { continue }
      let late = randomness.spikeShift(core: core, column: column, tick: tick)
      let cycle = start &+ Int(spikes[i] & 255) >> shift &+ late &* tables.cyclesPerTick
      let root = roots[column]
      let circuit = UInt32(truncatingIfNeeded: slot) << 16 | UInt32(truncatingIfNeeded: column)
      flags |= late > 0 ? Self.hasSpikes | Self.hasLateSpikes : Self.hasSpikes
      list[kept] = (
        Int32(truncatingIfNeeded: cycle), ArbiterRequest(circuit: circuit, root: root)
      )
      kept &+= 1
      // Brings the route near: here many such loads are under way at once, later each is waited for.
      let ride = tables.rides[slot &* tables.columns &+ column]
      if ride >= 0 {
        synapus_prefetch(steps + Int(root), 1)
        synapus_prefetch(tables.stops + Int(ride), rideBytes)
        continue
      }
      sum &+= steps[Int(root)].onward
    }
    collectedCounts[slot] = Int32(kept)
    hasCollected[slot] = hasCollected[slot] & Self.hasWaiting | flags
    readAhead[slot] = sum
  }

  /// Advances the network to the end of a tick; ``arrivals`` then holds what got through.
  func transport(_ tick: Int) {
    board.pointee.arrivals.count = 0
    let first = Int32(truncatingIfNeeded: tick &* tables.cyclesPerTick)
    let end = first &+ Int32(truncatingIfNeeded: tables.cyclesPerTick)
    if !stages.pointee.isExact {
      if runStages(first, end) {
        stages.pointee.patience = max(1, stages.pointee.patience &- 1)
        return
      }
      leaveToEngine(first)
    }
    runEngine(first)
    resumeRides(end)
    stages.pointee.exactTicks -= 1
    if !exactOnly, stages.pointee.exactTicks <= 0 { takeFromEngine(end) }
  }

  private func runEngine(_ first: Int32) {
    gather()
    while let cycle = calendar.next(first, tables.cyclesPerTick) { advance(cycle) }
    orderArrivals()
  }

  /// Plans the collected spikes; eight cores at a glance, for most may be idle.
  private func gather() {
    for first in stride(from: 0, to: tables.coreCount, by: 8)
    where UnsafeRawPointer(hasCollected + first).load(as: UInt64.self) != 0 {
      for slot in first..<first &+ 8 where hasCollected[slot] != 0 {
        gather(slot)
        hasCollected[slot] = 0
      }
    }
  }

  @inline(__always)
  private func gather(_ slot: Int) {
    let start = slot &* columns
    for i in start..<start &+ Int(collectedCounts[slot]) {
      calendar.plan(collected[i].cycle).pointee.spikes.append(collected[i].request)
    }
    collectedCounts[slot] = 0
    for i in start..<start &+ Int(stages.pointee.postponedCounts[slot]) {
      let (cycle, request) = stages.pointee.postponed[i]
      calendar.plan(cycle).pointee.spikes.append(request)
    }
    stages.pointee.postponedCounts[slot] = 0
  }

  /// One cycle: arrivals at FIFOs, arbiters, turns of outputs and links, what outputs hand to
  /// links, and the turns of links that got something.
  private func advance(_ cycle: Int32) {
    let now = calendar.entries(cycle)
    if now.pointee.arrivals.count > 0 { land(&now.pointee.arrivals, cycle) }
    let spikes = now.pointee.spikes.items
    for i in 0..<Int(now.pointee.spikes.count) { request(spikes[i], cycle) }
    now.pointee.spikes.count = 0
    for i in 0..<Int(now.pointee.calls.count) {
      let called = now.pointee.calls.items[i]
      if called < serverCount {
        resume(Int(called), cycle)
      } else {
        board.pointee.woken.append(called &- Int32(serverCount))
      }
    }
    now.pointee.calls.count = 0
    let woken = board.pointee.woken.items
    for i in 0..<Int(board.pointee.woken.count) { grant(Int(woken[i]), cycle) }
    board.pointee.woken.count = 0
    if board.pointee.contenders.count > 0 { contend(cycle) }
    if board.pointee.handed.count > 0 {
      land(&board.pointee.handed, cycle)
      if board.pointee.contenders.count > 0 { contend(cycle) }
    }
  }
}
