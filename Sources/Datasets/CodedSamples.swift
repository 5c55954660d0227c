/// Holds samples as spikes, every spike with the clock cycle in which it happens.
///
/// Plain arrays, one list of spikes a sample: what an experiment on a chip takes as its inputs.
public struct CodedSamples: Equatable, Sendable {
  /// Number of input channels.
  public let channels: Int
  /// Duration of every sample, in ticks.
  public let ticks: Int
  /// Clock cycles of a tick.
  public let cyclesPerTick: Int
  /// Sample `s` owns the spikes `offsets[s]..<offsets[s + 1]`; starts at 0.
  public internal(set) var offsets: [Int] = [0]
  /// Clock cycles from the start of the sample, ascending within a sample.
  public internal(set) var cycles: [UInt32] = []
  /// The channel of each spike; ascending where cycles are equal.
  public internal(set) var units: [UInt32] = []
  /// One label a sample.
  public internal(set) var labels: [UInt8] = []
  /// Spikes that fell after the end of their sample and were left out.
  public internal(set) var spikesAfterEnd = 0

  /// Number of samples.
  public var count: Int { labels.count }

  /// The positions of one sample's spikes.
  public func range(ofSample sample: Int) -> Range<Int> { offsets[sample]..<offsets[sample + 1] }

  init(channels: Int, ticks: Int, cyclesPerTick: Int) {
    precondition(channels > 0 && ticks > 0 && cyclesPerTick > 0)
    precondition(ticks <= Int(UInt32.max) / cyclesPerTick, "cycles of a sample fit 32 bits")
    (self.channels, self.ticks, self.cyclesPerTick) = (channels, ticks, cyclesPerTick)
  }

  /// Adds a sample of spikes in any order; times are in ticks and not negative.
  ///
  /// A time is rounded to the nearest clock cycle; spikes after the end are counted.
  mutating func append(label: UInt8, spikes: [(ticks: Double, unit: Int)]) {
    let end = Double(ticks * cyclesPerTick)
    var keys: [UInt64] = []
    keys.reserveCapacity(spikes.count)
    for (ticks, unit) in spikes {
      let cycle = (ticks * Double(cyclesPerTick)).rounded()
      if cycle < end {
        keys.append(UInt64(cycle) << 32 | UInt64(unit))
      } else {
        spikesAfterEnd += 1
      }
    }
    keys.sort()
    cycles += keys.lazy.map { UInt32($0 >> 32) }
    units += keys.lazy.map { UInt32(truncatingIfNeeded: $0) }
    offsets.append(cycles.count)
    labels.append(label)
  }
}
