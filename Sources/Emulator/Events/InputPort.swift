/// The input port of one core: each bus takes one event every few clocks, lets some wait, and
/// loses the rest.
///
/// Events come in any order within a tick and are taken in the order of their arrival; of two
/// that arrive at once, the one that was sent first.
struct InputPort {
  /// The most events of one tick that the synapse array sums; more wait for the next tick.
  static let mostEventsPerTick = 32

  /// The events of one future tick: row pair << 8 | phase.
  private struct Slot {
    var events: UnsafeMutablePointer<UInt32>
    var count: Int32 = 0
    var capacity: Int32
  }

  /// One bus with its row drivers.
  private struct Bus {
    var freeAt = 0
    /// Events taken too late for their own tick: (row pair << 8 | phase), and in which tick.
    var delayed: UnsafeMutablePointer<(event: UInt32, tick: Int32)>
    var start = 0, count = 0
  }

  /// Time of one event at a bus, and the longest wait, in 1/64 tick.
  private let service, longestWait: Int
  private let slots: UnsafeMutablePointer<Slot>
  private let slotMask: Int
  private let buses: UnsafeMutablePointer<Bus>
  private let busCount, delayedCapacity: Int
  /// Events that wait for a tick to come.
  private(set) var pending = 0
  /// Events that a bus has yet to take.
  private(set) var waiting = 0
  /// Events lost here.
  private(set) var lost = 0

  /// Makes a port for events that may be sent up to `horizon` ticks ahead.
  ///
  /// `service` is the time of one event at a bus in 1/64 tick, `waiting` the events that may wait
  /// at each bus; row pair `p` hangs on bus `p` modulo `buses`.
  init(service: Int, waiting: Int, horizon: Int, buses busCount: Int = 1) {
    (self.service, longestWait, self.busCount) = (service, waiting * service, busCount)
    var count = 1
    while count < horizon + 1 { count *= 2 }
    slotMask = count - 1
    slots = .allocate(capacity: count)
    for i in 0..<count {
      (slots + i).initialize(to: Slot(events: .allocate(capacity: 64), capacity: 64))
    }
    delayedCapacity = waiting + 65
    buses = .allocate(capacity: busCount)
    for i in 0..<busCount {
      (buses + i).initialize(to: Bus(delayed: .allocate(capacity: delayedCapacity)))
    }
  }

  func deallocate() {
    for i in 0...slotMask { slots[i].events.deallocate() }
    for i in 0..<busCount { buses[i].delayed.deallocate() }
    slots.deallocate()
    buses.deallocate()
  }

  /// Empties the port for a new sample.
  mutating func reset() {
    for i in 0...slotMask { slots[i].count = 0 }
    for i in 0..<busCount { (buses[i].freeAt, buses[i].start, buses[i].count) = (0, 0, 0) }
    (pending, waiting, lost) = (0, 0, 0)
  }

  /// Hands an event over that arrives at `time`, in 1/64 tick from the start of the sample.
  @inline(__always)
  mutating func send(pair: Int32, at time: Int) {
    let slot = slots + ((time >> 6) & slotMask)
    if slot.pointee.count == slot.pointee.capacity { Self.grow(slot) }
    slot.pointee.events[Int(slot.pointee.count)] = UInt32(pair) << 8 | UInt32(time & 63)
    slot.pointee.count += 1
    pending += 1
  }

  /// Takes the events of a tick; gives how many were written to `events` (room for 32).
  @inline(__always)
  mutating func take(tick: Int, into events: UnsafeMutablePointer<UInt32>) -> Int32 {
    let slot = slots + (tick & slotMask)
    if slot.pointee.count == 0 && waiting == 0 { return 0 }
    return takeWaiting(tick, slot, events)
  }

  private mutating func takeWaiting(
    _ tick: Int, _ slot: UnsafeMutablePointer<Slot>, _ events: UnsafeMutablePointer<UInt32>
  ) -> Int32 {
    var taken: Int32 = 0
    if waiting > 0 {
      for i in 0..<busCount { takeDelayed(tick, buses + i, events, &taken) }
    }
    Self.sortByPhase(slot.pointee.events, Int(slot.pointee.count))
    for i in 0..<Int(slot.pointee.count) {
      let event = slot.pointee.events[i]
      let bus = buses + (busCount == 1 ? 0 : Int(event >> 8) % busCount)
      let arrival = tick << 6 + Int(event & 255)
      guard bus.pointee.freeAt - arrival <= longestWait else {
        lost += 1
        continue
      }
      let start = max(arrival, bus.pointee.freeAt)
      bus.pointee.freeAt = start + service
      let stamped = event & ~255 | UInt32(start & 63)
      if start >> 6 == tick, taken < Self.mostEventsPerTick {
        events[Int(taken)] = stamped
        taken += 1
      } else {
        let isLate = start >> 6 == tick
        delay(isLate ? event & ~255 : stamped, to: isLate ? tick + 1 : start >> 6, bus)
      }
    }
    pending -= Int(slot.pointee.count)
    slot.pointee.count = 0
    return taken
  }

  /// Takes what waited on one bus for this tick; what an earlier tick had no room for, at its start.
  private mutating func takeDelayed(
    _ tick: Int, _ bus: UnsafeMutablePointer<Bus>, _ events: UnsafeMutablePointer<UInt32>,
    _ taken: inout Int32
  ) {
    while bus.pointee.count > 0, taken < Self.mostEventsPerTick {
      let next = bus.pointee.delayed[bus.pointee.start]
      if Int(next.tick) > tick { return }
      events[Int(taken)] = next.event
      taken += 1
      bus.pointee.start = (bus.pointee.start + 1) % delayedCapacity
      bus.pointee.count -= 1
      waiting -= 1
    }
  }

  private mutating func delay(_ event: UInt32, to tick: Int, _ bus: UnsafeMutablePointer<Bus>) {
    guard bus.pointee.count < delayedCapacity else {
      lost += 1
      return
    }
    let place = (bus.pointee.start + bus.pointee.count) % delayedCapacity
    bus.pointee.delayed[place] = (event, Int32(tick))
    bus.pointee.count += 1
    waiting += 1
  }

  /// Events that are still on the way or waiting.
  var unfinished: Int { pending + waiting }

  private static func grow(_ slot: UnsafeMutablePointer<Slot>) {
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(slot.pointee.capacity) * 2)
    larger.update(from: slot.pointee.events, count: Int(slot.pointee.count))
    slot.pointee.events.deallocate()
    slot.pointee.events = larger
    slot.pointee.capacity *= 2
  }

  /// Stable sort by phase.
  ///
  /// Short lists in disorder are placed by counting, without branches: over a network, events come
  /// in no order that could be guessed.
  private static func sortByPhase(_ events: UnsafeMutablePointer<UInt32>, _ count: Int) {
    guard count > 1 else { return }
    var disorder: UInt32 = 0
    for i in 1..<count { disorder |= (events[i] & 255) &- (events[i &- 1] & 255) }
    if disorder >> 31 == 0 { return }
    if count > 16 { return insertByPhase(events, count) }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { sorted in
      for i in 0..<count {
        let phase = events[i] & 255
        var earlier: UInt32 = 0
        for j in 0..<i { earlier &+= ((events[j] & 255) &- phase &- 1) >> 31 }
        for j in i..<count { earlier &+= ((events[j] & 255) &- phase) >> 31 }
        sorted[Int(earlier)] = events[i]
      }
      for i in 0..<count { events[i] = sorted[i] }
    }
  }

  private static func insertByPhase(_ events: UnsafeMutablePointer<UInt32>, _ count: Int) {
    for i in 1..<count {
      let event = events[i]
      var j = i
      while j > 0, events[j - 1] & 255 > event & 255 {
        events[j] = events[j - 1]
        j -= 1
      }
      events[j] = event
    }
  }
}
