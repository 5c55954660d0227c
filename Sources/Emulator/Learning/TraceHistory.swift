/// The traces of one side at some places of an epoch.
final class TraceHistory {
  /// Position of each place (from 1) among those asked for, or −1.
  let positions: UnsafeMutablePointer<Int32>
  private let asked: UnsafeMutablePointer<Int32>
  /// How many places are asked for.
  private(set) var count = 0
  /// The traces, [(position · traces + trace) · padded + neuron].
  private(set) var memory: UnsafeMutablePointer<Int16>
  private var capacity = 1
  private let traces, padded: Int

  init(traces: Int, padded: Int, epochTicks: Int) {
    (self.traces, self.padded) = (traces, padded)
    positions = .allocateAligned(epochTicks + 1)
    positions.update(repeating: -1, count: epochTicks + 1)
    asked = .allocateAligned(epochTicks)
    memory = .allocateAligned(traces * padded)
  }

  deinit {
    positions.deallocate()
    asked.deallocate()
    memory.deallocate()
  }

  /// Asks for the places of the other side's last spikes.
  func request(_ side: TraceSide) {
    requestNothing()
    for i in 0..<Int(side.spikedCount) {
      let place = Int(side.spikedAt[Int(side.spiked[i])])
      if positions[place] >= 0 { continue }
      positions[place] = Int32(count)
      asked[count] = Int32(place)
      count += 1
    }
    if count > capacity {
      memory.deallocate()
      capacity = count
      memory = .allocateAligned(capacity * traces * padded)
    }
  }

  /// Asks for nothing.
  func requestNothing() {
    for i in 0..<count { positions[Int(asked[i])] = -1 }
    count = 0
  }

  @inline(__always)
  func note(trace: Int, _ n: Int, place: Int, _ value: Int16) {
    let position = Int(positions[place])
    if position >= 0 { memory[(position * traces + trace) * padded + n] = value }
  }

  func clear(trace: Int, _ n: Int) {
    for position in 0..<count { memory[(position * traces + trace) * padded + n] = 0 }
  }

  /// The trace at a place that was asked for.
  @inline(__always)
  func value(trace: Int, _ n: Int, place: Int) -> Int32 {
    Int32(memory[(Int(positions[place]) * traces + trace) * padded + n])
  }
}
