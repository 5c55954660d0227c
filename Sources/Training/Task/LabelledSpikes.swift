import ChipInterface

/// Samples coded as spikes, with their classes.
public struct LabelledSpikes: Equatable, Sendable {
  /// The events of each sample, on input channels, in clock cycles.
  public let spikes: SpikeBatch
  /// The class of each sample.
  public let labels: [Int]

  /// Takes samples and as many labels.
  public init(spikes: SpikeBatch, labels: [Int]) {
    precondition(spikes.sampleCount == labels.count, "one label a sample")
    (self.spikes, self.labels) = (spikes, labels)
  }

  /// Samples.
  public var count: Int { labels.count }

  /// These samples, and others behind them.
  public func joined(with others: LabelledSpikes) -> LabelledSpikes {
    var joined = spikes
    joined.cycles += others.spikes.cycles
    joined.units += others.spikes.units
    joined.offsets += others.spikes.offsets.dropFirst().map { $0 + spikes.spikeCount }
    return LabelledSpikes(spikes: joined, labels: labels + others.labels)
  }
}
