/// The loss of a mini-batch and its derivatives by the weights, in thresholds.
///
/// Copies of an input share one weight; the derivative is that by the weight of one copy.
public struct Gradient: Equatable, Sendable {
  /// Mean loss over the samples.
  public var loss: Double
  /// Samples whose class the chip's own scores got right.
  public var correct: Int
  /// Hidden spikes over all samples.
  public var hiddenSpikes: Int
  /// Derivatives by the weights from inputs to hidden neurons, [input, hidden].
  public var input: [Double]
  /// Derivatives by the weights from hidden neurons to outputs, [hidden, output].
  public var hidden: [Double]

  /// Makes a gradient of zeros.
  public init(model: NominalModel) {
    (loss, correct, hiddenSpikes) = (0, 0, 0)
    input = Array(repeating: 0, count: model.inputs * model.hidden.count)
    hidden = Array(repeating: 0, count: model.hidden.count * model.output.count)
  }
}
