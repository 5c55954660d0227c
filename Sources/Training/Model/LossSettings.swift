/// What is minimised, and the derivative that stands in for that of a spike.
///
/// The loss is CE(softmax(c·score)) + ρ_r·mean((c·score)²) + ρ_b·mean(n²), with the score of a class
/// the highest potential that the ADC found, in thresholds, and n the spikes of a hidden neuron.
public struct LossSettings: Equatable, Sendable {
  /// Steepness α of the surrogate derivative 1/(1 + α|v − θ|)², v in thresholds.
  public var steepness: Double
  /// Factor c on the scores.
  public var readoutScale: Double
  /// Weight ρ_r of the mean squared scaled score.
  public var readoutPenalty: Double
  /// Weight ρ_b of the mean squared number of a hidden neuron's spikes.
  public var burstPenalty: Double

  /// Makes settings; the defaults are those of Yin-Yang.
  public init(
    steepness: Double = 20, readoutScale: Double = 10, readoutPenalty: Double = 4e-4,
    burstPenalty: Double = 0
  ) {
    (self.steepness, self.readoutScale) = (steepness, readoutScale)
    (self.readoutPenalty, self.burstPenalty) = (readoutPenalty, burstPenalty)
  }
}
