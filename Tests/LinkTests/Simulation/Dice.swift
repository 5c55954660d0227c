/// The only chance in a simulation: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) from a seed.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func chance(_ probability: Double) -> Bool {
    probability > 0 && Double(next() >> 11) * 0x1p-53 < probability
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// One of the values, of which there is at least one.
  mutating func pick<Value>(_ values: [Value]) -> Value { values[integer(0...values.count - 1)] }
}

/// What is to happen, by virtual time; what comes at the same time comes in the order of its entry.
struct Agenda<Event> {
  private struct Entry {
    let time, serial, place: Int

    func comes(before other: Entry) -> Bool {
      time < other.time || time == other.time && serial < other.serial
    }
  }

  private var heap: [Entry] = []
  private var serial = 0
  // Events are large; only their places are sorted.
  private var events: [Event?] = []
  private var free: [Int] = []

  mutating func add(_ event: Event, at time: Int) {
    serial += 1
    let place: Int
    if let last = free.popLast() {
      place = last
      events[place] = event
    } else {
      place = events.count
      events.append(event)
    }
    heap.append(Entry(time: time, serial: serial, place: place))
    var child = heap.count - 1
    while child > 0, heap[child].comes(before: heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (time: Int, event: Event)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { sink(last) }
    guard let event = events[first.place] else { return nil }
    events[first.place] = nil
    free.append(first.place)
    return (first.time, event)
  }

  private mutating func sink(_ entry: Entry) {
    heap[0] = entry
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, heap[child + 1].comes(before: heap[child]) { child += 1 }
      guard heap[child].comes(before: heap[parent]) else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
