/// The input port of one core: takes one event every few clocks, lets some wait, loses the rest.
///
/// Events come in any order within a tick and are taken in the order of their arrival; of two
/// that arrive at once, the one that was sent first.
struct InputPort {
  /// The events of one future tick: row pair << 8 | phase.
  private struct Slot {
    var events: UnsafeMutablePointer<UInt32>
    var count: Int32 = 0
    var capacity: Int32
  }

  /// Time of one event at the port, and the longest wait, in 1/64 tick.
  private let service, longestWait: Int
  private let slots: UnsafeMutablePointer<Slot>
  private let slotMask: Int
  /// Events taken too late for their own tick: (row pair << 8 | phase), and in which tick.
  private let delayed: UnsafeMutablePointer<(event: UInt32, tick: Int32)>
  private let delayedCapacity: Int
  private var delayedStart = 0, delayedCount = 0
  private var freeAt = 0
  /// Events that wait for a tick to come.
  private(set) var pending = 0
  /// Events lost here.
  private(set) var lost = 0

  /// Makes a port for events that may be sent up to `horizon` ticks ahead.
  init(service: Int, waiting: Int, horizon: Int) {
    (self.service, longestWait) = (service, waiting * service)
    var count = 1
    while count < horizon + 1 { count *= 2 }
    slotMask = count - 1
    slots = .allocate(capacity: count)
    for i in 0..<count {
      slots[i] = Slot(events: .allocate(capacity: 64), capacity: 64)
    }
    delayedCapacity = waiting + 65
    delayed = .allocate(capacity: delayedCapacity)
  }

  func deallocate() {
    for i in 0...slotMask { slots[i].events.deallocate() }
    slots.deallocate()
    delayed.deallocate()
  }

  /// Empties the port for a new sample.
  mutating func reset() {
    for i in 0...slotMask { slots[i].count = 0 }
    (delayedStart, delayedCount, freeAt, pending, lost) = (0, 0, 0, 0, 0)
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

  /// Takes the events of a tick; gives how many were written to `events` (room for 65).
  @inline(__always)
  mutating func take(tick: Int, into events: UnsafeMutablePointer<UInt32>) -> Int32 {
    let slot = slots + (tick & slotMask)
    if slot.pointee.count == 0 && delayedCount == 0 { return 0 }
    return takeWaiting(tick, slot, events)
  }

  private mutating func takeWaiting(
    _ tick: Int, _ slot: UnsafeMutablePointer<Slot>, _ events: UnsafeMutablePointer<UInt32>
  ) -> Int32 {
    var taken: Int32 = 0
    while delayedCount > 0, Int(delayed[delayedStart].tick) == tick {
      events[Int(taken)] = delayed[delayedStart].event
      delayedStart = (delayedStart + 1) % delayedCapacity
      delayedCount -= 1
      taken += 1
    }
    Self.sortByPhase(slot.pointee.events, Int(slot.pointee.count))
    for i in 0..<Int(slot.pointee.count) {
      let event = slot.pointee.events[i]
      let arrival = tick << 6 + Int(event & 255)
      guard freeAt - arrival <= longestWait else {
        lost += 1
        continue
      }
      let start = max(arrival, freeAt)
      freeAt = start + service
      let stamped = event & ~255 | UInt32(start & 63)
      if start >> 6 == tick {
        events[Int(taken)] = stamped
        taken += 1
      } else {
        delayed[(delayedStart + delayedCount) % delayedCapacity] = (stamped, Int32(start >> 6))
        delayedCount += 1
      }
    }
    pending -= Int(slot.pointee.count)
    slot.pointee.count = 0
    return taken
  }

  /// Events that are still on the way or waiting.
  var unfinished: Int { pending + delayedCount }

  private static func grow(_ slot: UnsafeMutablePointer<Slot>) {
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(slot.pointee.capacity) * 2)
    larger.update(from: slot.pointee.events, count: Int(slot.pointee.count))
    slot.pointee.events.deallocate()
    slot.pointee.events = larger
    slot.pointee.capacity *= 2
  }

  /// Stable insertion sort: lists are short and nearly in order.
  private static func sortByPhase(_ events: UnsafeMutablePointer<UInt32>, _ count: Int) {
    guard count > 1 else { return }
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
