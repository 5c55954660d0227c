/// Events on their way to one core, by tick of arrival: a ring of ticks, in raw memory.
struct IdealEvents {
  /// An event at a row pair, at a phase of its tick in 1/64.
  struct Event {
    var pair, phase: Int32
  }

  private struct Arrivals {
    var events: UnsafeMutablePointer<Event>
    var count = 0
    var capacity = 16
  }

  private let ring: UnsafeMutablePointer<Arrivals>
  private let ticks: Int

  /// Makes a ring for events that arrive less than `ticks` after the tick that sends them.
  init(ticks: Int) {
    self.ticks = ticks
    ring = .allocate(capacity: ticks)
    for tick in 0..<ticks {
      (ring + tick).initialize(to: Arrivals(events: .allocate(capacity: 16)))
    }
  }

  /// Gives the memory back; the ring is not used again.
  func free() {
    for tick in 0..<ticks { ring[tick].events.deallocate() }
    ring.deallocate()
  }

  /// Adds an event; `time` is in 1/64 tick.
  func add(pair: Int32, at time: Int) {
    let arrivals = ring + (time >> 6) % ticks
    if arrivals.pointee.count == arrivals.pointee.capacity { grow(arrivals) }
    arrivals.pointee.events[arrivals.pointee.count] = Event(pair: pair, phase: Int32(time & 63))
    arrivals.pointee.count += 1
  }

  private func grow(_ arrivals: UnsafeMutablePointer<Arrivals>) {
    let old = arrivals.pointee
    arrivals.pointee.capacity = 2 * old.capacity
    arrivals.pointee.events = .allocate(capacity: 2 * old.capacity)
    arrivals.pointee.events.update(from: old.events, count: old.count)
    old.events.deallocate()
  }

  /// The events of a tick, until the ring is added to.
  func arriving(at tick: Int) -> UnsafeBufferPointer<Event> {
    let arrivals = ring[tick % ticks]
    return UnsafeBufferPointer(start: arrivals.events, count: arrivals.count)
  }

  /// Forgets the events of a tick.
  func clear(_ tick: Int) { ring[tick % ticks].count = 0 }

  /// Forgets all events.
  func clear() {
    for tick in 0..<ticks { ring[tick].count = 0 }
  }

  /// Events that have not been forgotten.
  var count: Int { (0..<ticks).reduce(0) { $0 + ring[$1].count } }
}
