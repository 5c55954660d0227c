import HardwareSpec

/// An event at a server: when and in what order it comes there, and when its neuron fired.
struct LaneEvent {
  /// Cycle of arrival << 32 | ``fromOutput`` | station: the order in which a FIFO is entered.
  var key: UInt64
  var emitted, start: Int32

  /// Of events that come in one cycle, those of outputs enter last.
  static let fromOutput: UInt64 = 1 << 31

  @inline(__always)
  var arrival: Int32 { Int32(truncatingIfNeeded: key >> 32) }

  @inline(__always)
  var station: Int { Int(key & 0x7FFF_FFFF) }
}

/// A server as the stage-by-stage pass sees it: the events of a tick, and when it is free again.
struct NetworkLane {
  var items: UnsafeMutablePointer<LaneEvent>
  var count: Int32 = 0
  var capacity: Int32 = 8
  /// When the next event can be taken.
  var freeAt: Int32
  /// Events that the last tick left over: waiting, or on the line.
  var carried: Int32 = 0
  let service, latency: Int32
  /// Events that may be here before something else than waiting could happen.
  let limit: Int32
  /// Cycles before an arrival in which its sender looked for room.
  let lookback: Int32
  /// Where it stands in the order of all servers along the ways: word, and bit there.
  let word: Int32
  let bit: UInt64
  /// Fills a line of the cache.
  private let unused: UInt64 = 0

  /// The lane of a server; without a rank, of what goes nowhere.
  init(_ server: NetworkServer, limit: Int32, lookback: Int32, rank: Int32?) {
    word = (rank ?? 0) >> 6
    bit = rank.map { 1 << UInt64($0 & 63) } ?? 0
    items = .allocate(capacity: 8)
    freeAt = server.freeAt
    (service, latency) = (server.service, server.latency)
    (self.limit, self.lookback) = (limit, lookback)
  }

  @inline(__always)
  mutating func append(_ event: LaneEvent) {
    if count == capacity { grow() }
    items[Int(count)] = event
    count &+= 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<LaneEvent>.allocate(capacity: Int(capacity) * 2)
    larger.update(from: items, count: Int(count))
    items.deallocate()
    (items, capacity) = (larger, capacity * 2)
  }

  /// Brings the events into the order in which they enter the FIFO.
  ///
  /// Few events are put at the place that the number of earlier ones tells: without branches, for
  /// their order cannot be guessed. Keys have 63 bits, so that a difference's sign compares them.
  @inline(__always)
  func sort(_ scratch: UnsafeMutablePointer<LaneEvent>) {
    let (items, count) = (items, Int(count))
    var disorder: UInt64 = 0
    for i in 1..<max(1, count) { disorder |= (items[i].key &- items[i &- 1].key) >> 63 }
    if disorder == 0 { return }
    if count > Self.few { return sortMany() }
    for i in 0..<count {
      let event = items[i]
      var earlier: UInt64 = 0
      for j in 0..<count { earlier &+= (items[j].key &- event.key) >> 63 }
      scratch[Int(earlier)] = event
    }
    items.update(from: scratch, count: count)
  }

  /// Events that are sorted by counting.
  static let few = 24

  private func sortMany() {
    for i in 1..<Int(count) {
      let event = items[i]
      var j = i
      while j > 0, items[j &- 1].key > event.key {
        items[j] = items[j &- 1]
        j &-= 1
      }
      items[j] = event
    }
  }

  /// Drops the first `taken` events.
  @inline(__always)
  mutating func drop(_ taken: Int) {
    let left = Int(count) &- taken
    for i in 0..<left { items[i] = items[taken &+ i] }
    count = Int32(truncatingIfNeeded: left)
    carried = count
  }
}

/// The memory of the stage-by-stage pass.
struct NetworkStages {
  /// A lane, or an arbiter, as it was before this tick's pass.
  struct Save {
    var index, count, time: Int32
  }

  /// For each server, and one more for events without a server to go to.
  let lanes: UnsafeMutablePointer<NetworkLane>
  /// One bit a server, by rank: has events in this tick; in the next one.
  var active, next: UnsafeMutablePointer<UInt64>
  let words: Int
  /// Room for the events of a lane that are sorted.
  let scratch: UnsafeMutablePointer<LaneEvent>
  /// For each core in use, spikes of the next tick.
  let postponed: UnsafeMutablePointer<(cycle: Int32, request: ArbiterRequest)>
  let postponedCounts: UnsafeMutablePointer<Int32>
  /// Spikes of one arbiter, where they do not stand in one list.
  var asking = NetworkCalendar.Page<(cycle: Int32, request: ArbiterRequest)>()
  var sorted = NetworkCalendar.Page<(cycle: Int32, request: ArbiterRequest)>()
  /// What the pass has changed, so that it can be taken back.
  var laneSaves = NetworkCalendar.Page<Save>()
  var savedEvents = NetworkCalendar.Page<LaneEvent>()
  var arbiterSaves = NetworkCalendar.Page<Save>()
  var savedWaiters = NetworkCalendar.Page<(circuit: Int32, fired: Int32)>()
  var savedCounts = NetworkCounts()
  /// Events on express links after this tick, and after the one before.
  var rides = NetworkCalendar.Page<ExpressRide>()
  var ridesBefore = NetworkCalendar.Page<ExpressRide>()
  /// Whether the exact engine has the events.
  var isExact = false
  /// Whether the exact engine's memory was used since the last reset.
  var usedExact = false
  /// Ticks that the engine goes on at least, and how long it stays when called next.
  var exactTicks = 0, patience = 1

  init(_ tables: NetworkTables) {
    lanes = .allocate(capacity: tables.serverCount + 1)
    scratch = .allocate(capacity: NetworkLane.few)
    words = (tables.serverCount + 63) / 64
    active = .allocate(capacity: max(1, words))
    next = .allocate(capacity: max(1, words))
    let nowhere = NetworkServer(
      ServerSpec(cyclesPerEvent: 1, waitingEvents: 1), latency: 0, fanIn: 1)
    (lanes + tables.serverCount).initialize(
      to: NetworkLane(nowhere, limit: 0, lookback: 0, rank: nil))
    let outputs = tables.coreCount * tables.arbitersPerCore
    for i in 0..<tables.serverCount {
      let server = tables.servers[i]
      let isHeldBack = tables.holdsBack && i >= outputs
      let lane = NetworkLane(
        server, limit: server.depth - (isHeldBack ? server.fanIn : 0),
        lookback: isHeldBack ? tables.lookbacks[i] : 0, rank: tables.ranks[i])
      (lanes + i).initialize(to: lane)
    }
    postponed = .allocate(capacity: max(1, tables.coreCount * tables.columns))
    postponedCounts = .allocate(capacity: max(1, tables.coreCount))
  }

  func deallocate(_ servers: Int) {
    for i in 0...servers { lanes[i].items.deallocate() }
    scratch.deallocate()
    lanes.deallocate()
    active.deallocate()
    next.deallocate()
    postponed.deallocate()
    postponedCounts.deallocate()
    asking.items.deallocate()
    sorted.items.deallocate()
    laneSaves.items.deallocate()
    savedEvents.items.deallocate()
    arbiterSaves.items.deallocate()
    savedWaiters.items.deallocate()
    rides.items.deallocate()
    ridesBefore.items.deallocate()
  }

  mutating func reset(_ tables: NetworkTables, exactOnly: Bool) {
    for i in 0..<tables.serverCount {
      lanes[i].freeAt = tables.servers[i].freeAt
      (lanes[i].count, lanes[i].carried) = (0, 0)
    }
    active.update(repeating: 0, count: words)
    next.update(repeating: 0, count: words)
    postponedCounts.update(repeating: 0, count: tables.coreCount)
    (isExact, usedExact, exactTicks, patience) = (exactOnly, exactOnly, 0, 1)
    (rides.count, ridesBefore.count) = (0, 0)
  }
}
