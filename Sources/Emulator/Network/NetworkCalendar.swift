/// What happens in which cycle to come: a ring of cycles in raw memory, which grows as needed.
struct NetworkCalendar {
  /// A list that keeps its memory.
  struct Page<Item> {
    var items: UnsafeMutablePointer<Item>
    var count: Int32 = 0
    var capacity: Int32

    init() {
      capacity = 8
      items = .allocate(capacity: 8)
    }

    @inline(__always)
    mutating func append(_ item: Item) {
      if count == capacity { grow() }
      items[Int(count)] = item
      count &+= 1
    }

    private mutating func grow() {
      let larger = UnsafeMutablePointer<Item>.allocate(capacity: Int(capacity) * 2)
      larger.update(from: items, count: Int(count))
      items.deallocate()
      (items, capacity) = (larger, capacity * 2)
    }
  }

  /// Everything that happens in one cycle.
  struct Cycle {
    /// Events that come to the FIFO of a link.
    var arrivals = Page<TravellingEvent>()
    /// Servers, and behind them arbiters, that can go on.
    var calls = Page<Int32>()
    /// Spikes at arbiters.
    var spikes = Page<ArbiterRequest>()
  }

  private let cycles: UnsafeMutablePointer<Cycle>
  private let occupied: UnsafeMutablePointer<UInt64>
  private let mask: Int

  /// Makes a calendar for plans up to `ahead` cycles.
  init(ahead: Int) {
    var size = 128
    while size < ahead + 64 { size *= 2 }
    mask = size - 1
    cycles = .allocate(capacity: size)
    occupied = .allocate(capacity: size / 64)
    for i in 0..<size { (cycles + i).initialize(to: Cycle()) }
    occupied.initialize(repeating: 0, count: size / 64)
  }

  func deallocate() {
    for i in 0...mask {
      cycles[i].arrivals.items.deallocate()
      cycles[i].calls.items.deallocate()
      cycles[i].spikes.items.deallocate()
    }
    cycles.deallocate()
    occupied.deallocate()
  }

  func reset() {
    for i in 0...mask {
      (cycles[i].arrivals.count, cycles[i].calls.count, cycles[i].spikes.count) = (0, 0, 0)
    }
    occupied.update(repeating: 0, count: (mask + 1) / 64)
  }

  /// The entries of a cycle, marked as planned for.
  @inline(__always)
  func plan(_ cycle: Int32) -> UnsafeMutablePointer<Cycle> {
    let place = Int(cycle) & mask
    occupied[place >> 6] |= 1 << UInt64(place & 63)
    return cycles + place
  }

  /// Takes the next planned cycle out of `count` cycles from `first` on, all in one word of 64.
  @inline(__always)
  func next(_ first: Int32, _ count: Int) -> Int32? {
    let place = Int(first) & mask
    let word = occupied[place >> 6] >> UInt64(place & 63) & (~0 >> UInt64(64 - count))
    if word == 0 { return nil }
    let cycle = place + word.trailingZeroBitCount
    occupied[cycle >> 6] &= ~(1 << UInt64(cycle & 63))
    return first &+ Int32(truncatingIfNeeded: word.trailingZeroBitCount)
  }

  /// The entries of a cycle.
  @inline(__always)
  func entries(_ cycle: Int32) -> UnsafeMutablePointer<Cycle> { cycles + (Int(cycle) & mask) }

  /// Calls a body with every cycle's entries, in no order of time.
  func forEach(_ body: (Cycle) -> Void) {
    for i in 0...mask { body(cycles[i]) }
  }
}
