/// Codes features as spike times: one spike a feature, its time says the feature's value.
///
/// With x the feature in 0...1 and τ the time constant of the neurons, in ticks, the time is
///
///     t(x) = (atZero + x (atOne − atZero)) τ
///
/// rounded to the nearest clock cycle: events keep their cycle within the tick.
public struct LatencyCoding: Equatable, Sendable {
  /// Times of a feature of 0 and of 1, in units of τ.
  public var atZero, atOne: Double
  /// Features up to this value give no spike; nil: all of them give one.
  public var silentUpTo: Float?
  /// Time of a spike that every sample has on one more channel, in units of τ; nil: none.
  public var bias: Double?
  /// The time constant τ, in ticks.
  public var timeConstant: Double
  /// Duration of a sample, in ticks.
  public var ticks: Int
  /// Clock cycles of a tick.
  public var cyclesPerTick: Int

  /// The coding of Yin-Yang: t = (0.25 + 2.25 x) τ for the four features, and a bias spike on a
  /// fifth channel at 0.9 τ.
  ///
  /// A sample takes 4 τ.
  public static func yinYang(timeConstant: Double = 20, cyclesPerTick: Int = 64) -> LatencyCoding {
    LatencyCoding(
      atZero: 0.25, atOne: 2.5, silentUpTo: nil, bias: 0.9, timeConstant: timeConstant,
      ticks: Int((4 * timeConstant).rounded(.up)), cyclesPerTick: cyclesPerTick)
  }

  /// The coding of pictures: t = (0.15 + 1.85 (1 − p)) τ for pixels p above 0.2, so that bright
  /// ones come first; darker ones are silent.
  ///
  /// A sample takes 3 τ.
  public static func pictures(timeConstant: Double = 20, cyclesPerTick: Int = 64) -> LatencyCoding {
    LatencyCoding(
      atZero: 2, atOne: 0.15, silentUpTo: 0.2, bias: nil, timeConstant: timeConstant,
      ticks: Int((3 * timeConstant).rounded(.up)), cyclesPerTick: cyclesPerTick)
  }

  /// The channels for samples of so many features.
  public func channels(features: Int) -> Int { features + (bias == nil ? 0 : 1) }

  /// Codes samples; channel i is feature i, and the bias is the last one.
  public func code(_ samples: LabelledSamples) -> CodedSamples {
    var coded = CodedSamples(
      channels: channels(features: samples.featureCount), ticks: ticks,
      cyclesPerTick: cyclesPerTick)
    for sample in 0..<samples.count {
      coded.append(
        label: samples.labels[sample], spikes: spikes(samples.features(ofSample: sample)))
    }
    return coded
  }

  private func spikes(_ features: ArraySlice<Float>) -> [(ticks: Double, unit: Int)] {
    var spikes: [(ticks: Double, unit: Int)] = []
    spikes.reserveCapacity(features.count + 1)
    for (channel, feature) in features.enumerated() {
      if let silentUpTo, feature <= silentUpTo { continue }
      let time = (atZero + Double(feature) * (atOne - atZero)) * timeConstant
      spikes.append((time, channel))
    }
    if let bias { spikes.append((bias * timeConstant, features.count)) }
    return spikes
  }
}
