/// Something that the chip does a little otherwise than the network's file says.
public enum Approximation: Equatable, Sendable {
  /// LIF and LI nodes have no synaptic time constant; they get the chip's shortest, in ticks.
  case shortestSynapse(layer: String, ticks: Double)
  /// A bias became a shift of the leak potential, which acts without the synapse's delay.
  case biasAsLeak(layer: String, neurons: Int)
  /// Reset by subtraction became a reset to a potential.
  case resetToPotential(layer: String)
  /// Gains of the neurons were rounded one by one, by up to this relative amount.
  case roundedGains(layer: String, relative: Double)
  /// Gains do not reach, so the distances from leak to threshold were moved by a factor.
  case movedThresholds(layer: String, neurons: Int, factor: Double)
  /// The weights are so small that the lowest gain leaves some of the steps unused.
  case lowestGain(layer: String, weightPerStep: Double)
  /// Weights of a digital chip were clipped to its range, or lost low bits.
  case storedWeights(projection: String, clipped: Int, truncated: Int, of: Int)

  /// The layer.
  public var layer: String {
    switch self {
    case .shortestSynapse(let layer, _), .biasAsLeak(let layer, _), .resetToPotential(let layer),
      .roundedGains(let layer, _), .lowestGain(let layer, _), .movedThresholds(let layer, _, _),
      .storedWeights(let layer, _, _, _):
      return layer
    }
  }

  /// One sentence.
  public var message: String {
    switch self {
    case .shortestSynapse(let layer, let ticks):
      return "layer '\(layer)' has no synaptic time constant; it gets the chip's shortest,"
        + " \(ticks.short) ticks, at equal charge"
    case .biasAsLeak(let layer, let neurons):
      return "the biases of \(neurons) neurons of layer '\(layer)' became shifts of their leak"
        + " potential"
    case .resetToPotential(let layer):
      return "layer '\(layer)' resets to a potential instead of subtracting its threshold"
    case .roundedGains(let layer, let relative):
      return "gains of layer '\(layer)' differ from neuron to neuron and were rounded by up to"
        + " \(relative.short) of their value"
    case .movedThresholds(let layer, let neurons, let factor):
      return
        "gains do not reach the weights of layer '\(layer)', so potentials of \(neurons) neurons"
        + " take down to \(factor.short) of the usual volts"
    case .lowestGain(let layer, let weightPerStep):
      return "the weights of layer '\(layer)' need less than the lowest gain; one step is now a"
        + " weight of \(weightPerStep.short)"
    case .storedWeights(let projection, let clipped, let truncated, let all):
      return "of the \(all) weights of projection '\(projection)' \(clipped) were clipped and"
        + " \(truncated) lost low bits"
    }
  }
}

extension Approximation: Encodable {
  private enum Key: String, CodingKey { case layer, message }

  /// Writes the layer and the sentence.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(layer, forKey: .layer)
    try container.encode(message, forKey: .message)
  }
}
