/// Something that people should know of a compilation, but that changes nothing of the network.
public enum CompileNote: Equatable, Sendable {
  /// The input channels of one Input node.
  public struct Channels: Equatable, Sendable {
    /// The node's name.
    public var node: String
    /// Its channels in the image.
    public var channels: Range<Int>
  }

  /// Several Input nodes were joined into one numbering of channels.
  case inputChannels([Channels])
  /// The step was not given and follows from the file's r or w_in, in seconds.
  case guessedStep(Double)
  /// The step was not given, and the file's times count steps, if it has any.
  case countedSteps
  /// A layer's shortest time constant, in steps of the network: min(tau) / dt.
  case timeResolution(layer: String, parameter: String, steps: Double)
  /// Neurons whose inputs can lift them over several thresholds in one step, and the most
  /// thresholds; a circuit fires at most once in its refractory time.
  case severalSpikes(layer: String, neurons: Int, thresholds: Double)
  /// Neurons that cannot reach their threshold, even if all that send to them fire in every step.
  case neverFires(layer: String, neurons: Int, of: Int)
  /// Neurons rest after a spike for at least a step, which NIR's do not.
  case refractory(ticks: Int, ticksPerStep: Int)
  /// The network is larger than the chip and runs in parts; the populations of each.
  case parts([[String]])
  /// No weight other than zero leads to some neurons of a layer.
  case deadNeurons(layer: String, neurons: Int, of: Int)
  /// All weights of some senders onto a layer were rounded to zero.
  case deadSenders(layer: String, senders: Int)
  /// Something in the network's file that was repaired as it was read.
  case file(String)

  /// The layer; empty when it is the network.
  public var layer: String {
    switch self {
    case .inputChannels, .guessedStep, .countedSteps, .refractory, .parts, .file: return ""
    case .timeResolution(let layer, _, _), .severalSpikes(let layer, _, _),
      .neverFires(let layer, _, _), .deadNeurons(let layer, _, _), .deadSenders(let layer, _):
      return layer
    }
  }

  /// One sentence.
  public var message: String {
    switch self {
    case .inputChannels(let nodes):
      return "the Input nodes share one numbering of channels: "
        + nodes.map {
          "'\($0.node)' has \($0.channels.lowerBound) to \($0.channels.upperBound - 1)"
        }.joined(separator: ", ")
    case .guessedStep(let dt):
      return "no --dt was given; the file's r or w_in are time constants over a step of"
        + " \(dt.short) s, which was taken"
    case .countedSteps:
      return "no --dt was given; no time of the file is below 1, as in files that count steps, so a"
        + " step of 1 was taken"
    case .neverFires(let layer, let neurons, let all):
      return
        "\(neurons) of \(all) neurons of layer '\(layer)' cannot reach their threshold, even if"
        + " all that send to them fire in every step; is --dt right?"
    case .timeResolution(let layer, let parameter, let steps):
      return "the shortest \(parameter) of layer '\(layer)' is \(steps.short) steps"
    case .severalSpikes(let layer, let neurons, let thresholds):
      return "inputs of one step can lift \(neurons) neurons of layer '\(layer)' over up to"
        + " \(thresholds.short) thresholds; frameworks that count spikes give several there, a"
        + " circuit gives one in its refractory time"
    case .refractory(let ticks, let ticksPerStep):
      return "neurons rest for \(ticks) ticks after a spike, and a step is \(ticksPerStep); NIR's"
        + " neurons do not rest"
    case .parts(let parts):
      let names = parts.map { $0.map { "'\($0)'" }.joined(separator: ", ") }
      return "the network is larger than the chip and runs in \(parts.count) parts, one after the"
        + " other: " + names.joined(separator: "; ")
    case .deadNeurons(let layer, let neurons, let all):
      return "layer '\(layer)': no weight other than zero leads to \(neurons) of \(all) neurons"
    case .deadSenders(let layer, let senders):
      return "layer '\(layer)': all weights of \(senders) senders were rounded to zero"
    case .file(let sentence): return sentence
    }
  }
}

extension CompileNote: Encodable {
  private enum Key: String, CodingKey { case layer, message }

  /// Writes the layer and the sentence.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(layer, forKey: .layer)
    try container.encode(message, forKey: .message)
  }
}
