import HardwareSpec

/// The sample-and-hold stages before the column ADC, whose channels do not all sample at once.
///
/// A conversion that belongs to tick T takes channel c's membrane at T plus the channel's phase,
/// between two ticks by a straight line. Where phases reach beyond the next conversion or beyond
/// the end of the run, the channel samples at the last moment before.
final class ColumnSampling {
  /// Phases of each core's channels, in 1/64 tick.
  private let phases: [[Int32]]
  /// Whole ticks after which the last channel has sampled.
  private let latest: Int
  private let capacity: Int
  /// For each slot, membranes as they were a tick before, and as the channels hold them.
  private let before, held: [UnsafeMutablePointer<Int32>]

  /// Memory for `capacity` samples; nil when all channels sample at once.
  init?(_ loaded: LoadedImage, capacity: Int) {
    phases = loaded.cores.map(\.adcPhases)
    let largest = phases.lazy.flatMap { $0 }.max() ?? 0
    guard largest > 0 else { return nil }
    latest = Int(largest + 63) / 64
    self.capacity = capacity
    let sizes = loaded.cores.flatMap { core in
      Array(repeating: core.lanes * 4, count: capacity)
    }
    before = sizes.map { .allocateAligned($0) }
    held = sizes.map { .allocateAligned($0) }
  }

  deinit {
    for memory in before + held { memory.deallocate() }
  }

  /// Whether the last channel of a conversion samples `since` ticks after the conversion's own.
  func isComplete(since: Int, every: Int, isLastTick: Bool) -> Bool {
    let last = min(latest, every - 1)
    return since == last || (isLastTick && since < last)
  }

  /// Whether any channel still has to sample.
  func isOpen(since: Int, every: Int) -> Bool { since <= min(latest, every - 1) }

  /// Lets the channels of a core sample whose phase lies within the last tick.
  ///
  /// `state` has the membranes after the tick, in the kernels' layout.
  func sample(core: Int, slot: Int, since: Int, _ state: UnsafePointer<Int32>) {
    let (before, held) = (before[slot], held[slot])
    let start = Int32(since - 1) * 64
    for (lane, phase) in phases[core].enumerated() {
      let place = KernelLayout.state(lane)
      let now = state[place]
      if since == 0 || phase > start {
        let part = since == 0 ? 64 : min(64, phase - start)
        held[place] = before[place] &+ ((now &- before[place]) &* part) >> 6
      }
      if since == 0 { held[place] = now }
      before[place] = now
    }
  }

  /// What the channels of a slot hold, in the kernels' layout.
  func held(slot: Int) -> UnsafePointer<Int32> { UnsafePointer(held[slot]) }
}
