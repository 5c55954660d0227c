/// Codes features as rates: a feature of x fires `rate` · x times a tick, evenly.
///
/// Channel i begins at the phase i · 0.618… of its interval, so that channels of equal features do
/// not fire together.
public struct RateCoding: Equatable, Sendable {
  /// Spikes a tick of a feature of 1.
  public var rate: Double
  /// Duration of a sample, in ticks.
  public var ticks: Int
  /// Clock cycles of a tick.
  public var cyclesPerTick: Int

  /// Codes at most `rate` spikes a tick and channel, above 0.
  public init(rate: Double = 0.5, ticks: Int = 100, cyclesPerTick: Int = 64) {
    precondition(rate > 0 && ticks > 0)
    (self.rate, self.ticks, self.cyclesPerTick) = (rate, ticks, cyclesPerTick)
  }

  /// The coding in words, for an image's description.
  public var words: String { "rate \(rate) x a tick, \(ticks) ticks" }

  /// Codes samples; channel i is feature i.
  public func code(_ samples: LabelledSamples) -> CodedSamples {
    var coded = CodedSamples(
      channels: samples.featureCount, ticks: ticks, cyclesPerTick: cyclesPerTick)
    for sample in 0..<samples.count {
      let features = samples.features(ofSample: sample)
      coded.append(
        label: samples.labels[sample],
        spikes: features.enumerated().flatMap { spikes(ofChannel: $0, feature: Double($1)) })
    }
    return coded
  }

  private func spikes(ofChannel channel: Int, feature: Double) -> [(ticks: Double, unit: Int)] {
    let golden = Double(channel) * 0.6180339887498949
    let phase = golden - golden.rounded(.down)
    let count = Int((feature * rate * Double(ticks) + phase).rounded(.down))
    return (0..<max(count, 0)).map { ((Double($0) + 1 - phase) / (feature * rate), channel) }
  }
}
