/// The spikes of many samples: one list a sample, in ascending order of time.
public struct SpikeBatch: Equatable, Sendable {
  /// Sample `s` owns the spikes `offsets[s]..<offsets[s + 1]`; starts at 0.
  public var offsets: [Int]
  /// When each spike happened, in clock cycles of the chip from the start of its sample.
  public var cycles: [UInt32]
  /// Who fired: an input channel, or a unit of a recording.
  public var units: [UInt32]

  /// Makes a batch of no samples.
  public init() { (offsets, cycles, units) = ([0], [], []) }

  /// Makes a batch from its arrays; ``validate(units:cycles:)`` checks them.
  public init(offsets: [Int], cycles: [UInt32], units: [UInt32]) {
    (self.offsets, self.cycles, self.units) = (offsets, cycles, units)
  }

  /// Samples of the batch.
  public var sampleCount: Int { offsets.count - 1 }
  /// Spikes of the batch.
  public var spikeCount: Int { cycles.count }

  /// The positions of one sample's spikes.
  public func range(ofSample sample: Int) -> Range<Int> { offsets[sample]..<offsets[sample + 1] }

  /// The batch that holds the chosen samples, in the order given.
  public func selecting(_ samples: some Sequence<Int>) -> SpikeBatch {
    var batch = SpikeBatch()
    for sample in samples {
      batch.cycles += cycles[range(ofSample: sample)]
      batch.units += units[range(ofSample: sample)]
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  /// Checks that offsets ascend and fit, that times ascend within `0..<cycles`, and that units
  /// lie in `0..<units`.
  public func validate(units unitCount: Int, cycles cycleCount: Int) throws(ChipError) {
    guard offsets.first == 0, offsets.last == cycles.count, units.count == cycles.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw .malformedSpikes(spikes: cycles.count, units: units.count, offsets: offsets.count)
    }
    for sample in 0..<sampleCount { try validate(sample, unitCount, cycleCount) }
  }

  private func validate(_ sample: Int, _ unitCount: Int, _ cycleCount: Int) throws(ChipError) {
    var last: UInt32 = 0
    for i in range(ofSample: sample) {
      guard units[i] < unitCount else {
        throw .spikeUnitOutOfRange(sample: sample, unit: Int(units[i]), count: unitCount)
      }
      guard cycles[i] < cycleCount, cycles[i] >= last else {
        throw .spikeTimeOutOfRange(sample: sample, cycle: Int(cycles[i]), duration: cycleCount)
      }
      last = cycles[i]
    }
  }
}
