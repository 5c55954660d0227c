/// Why a network of weights and rectifiers does not become a spiking one.
public enum ConversionFault: Error, Equatable, Sendable {
  /// An array of an npz file is missing, or is not what it must be.
  case array(file: String, name: String, found: String, expected: String)
  /// A graph without neurons is no chain of weights from one input to one output.
  case noChain(node: String, reason: String)
  /// A layer is of a kind that is not converted, or has an option that is not.
  case kind(layer: String, found: String, known: [String])
  /// A layer takes another shape than the layer before it gives, or makes too many values.
  case shape(layer: String, found: [Int], expected: String)
  /// A batch normalisation has no layer with weights that could take it up.
  case normalisation(layer: String, reason: String)
  /// A maximum is taken of values that may be negative.
  case maxPool(layer: String, reason: String)
  /// A softmax stands before the network's end.
  case softmax(layer: String)
  /// The samples do not fit the network.
  case samples(found: String, expected: String)
  /// A layer has nothing that could be scaled.
  case silent(layer: String, reason: String)
  /// A setting lies outside of what is allowed.
  case setting(name: String, value: Double, lowest: Double, highest: Double)

  /// The code that `synapus explain` takes.
  public var code: String {
    switch self {
    case .array: "E0370"
    case .noChain: "E0371"
    case .kind: "E0372"
    case .shape: "E0373"
    case .normalisation: "E0374"
    case .maxPool: "E0375"
    case .softmax: "E0376"
    case .samples: "E0377"
    case .silent: "E0378"
    case .setting: "E0379"
    }
  }

  /// One sentence: what, where, what is allowed.
  public var message: String {
    switch self {
    case .array(let file, let name, let found, let expected):
      "array '\(name)' of \(file) is \(found); it must be \(expected)"
    case .noChain(let node, let reason):
      "node '\(node)' \(reason); a graph without neurons is converted where its layers form one"
        + " chain from Input to Output"
    case .kind(let layer, let found, let known):
      "layer '\(layer)' is \(found); what is converted: \(known.joined(separator: ", "))"
    case .shape(let layer, let found, let expected):
      "layer '\(layer)' is given shape \(found); it must be \(expected)"
    case .normalisation(let layer, let reason):
      "batch normalisation '\(layer)' \(reason); it must follow the dense or convolution layer whose"
        + " weights take it up"
    case .maxPool(let layer, let reason):
      "max-pool '\(layer)' \(reason); rates of spikes have no sign, so a rectifier must stand before"
        + " it or directly behind it"
    case .softmax(let layer):
      "softmax '\(layer)' stands within the network; it can be left out at the output only"
    case .samples(let found, let expected):
      "the samples to balance by have \(found); the network needs \(expected)"
    case .silent(let layer, let reason): "layer '\(layer)' \(reason), so no threshold fits it"
    case .setting(let name, let value, let lowest, let highest):
      "\(name) is \(value); \(lowest) to \(highest) is allowed"
    }
  }

  /// What to try.
  public var remedy: String {
    switch self {
    case .array: "write the file as docs/ann-npz.md shows"
    case .noChain: "join the branches to one layer, or give the graph neuron nodes"
    case .kind: "replace the layer and train again, or write the network with neuron nodes as NIR"
    case .shape: "give 'input_shape' without batch axis, and layers that fit each other"
    case .normalisation: "move the normalisation behind the weights, before the rectifier"
    case .maxPool: "put a rectifier before the max-pool, or train with an average-pool"
    case .softmax: "remove the softmax, or move it to the output"
    case .samples: "samples coded as the network's inputs will be, or no --balance-data"
    case .silent: "samples that excite the layer, or remove the layer"
    case .setting(let name, _, let lowest, let highest):
      "\(name) from \(lowest) to \(highest)"
    }
  }
}

/// What a conversion changed or left out, one sentence each.
public enum ConversionNote: Equatable, Sendable, CustomStringConvertible {
  /// A batch normalisation went into the weights of a layer.
  case folded(layer: String, into: String)
  /// The softmax at the output was left out.
  case softmaxDropped(layer: String)
  /// The rectifier at the output was left out.
  case rectifierDropped(layer: String)
  /// A layer that does nothing after training was left out.
  case dropped(layer: String)
  /// A maximum became layers of differences and rectifiers, which give the same numbers.
  case maxByDifferences(layer: String, neurons: Int, layers: Int)
  /// A maximum became a mean, which gives other numbers.
  case maxByMean(layer: String)
  /// Thresholds were balanced by activations.
  case balanced(samples: Int, percentile: Double)
  /// Thresholds were balanced by bounds that weights give.
  case bounded
  /// Biases come from neurons that fire by themselves.
  case biasNeurons(neurons: Int, layers: [String])
  /// An array of the file that nothing asked for.
  case ignored(array: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .folded(let layer, let target):
      "batch normalisation '\(layer)' was folded into the weights of '\(target)'"
    case .softmaxDropped(let layer):
      "softmax '\(layer)' at the output was left out; the largest output stays the largest"
    case .rectifierDropped(let layer):
      "rectifier '\(layer)' at the output was left out; the largest output stays the largest where"
        + " any is above zero"
    case .dropped(let layer): "layer '\(layer)' does nothing after training and was left out"
    case .maxByDifferences(let layer, let neurons, let layers):
      "max-pool '\(layer)' became \(layers) layers with \(neurons) neurons, by max(a, b) ="
        + " relu(a - b) + b"
    case .maxByMean(let layer):
      "max-pool '\(layer)' became the mean over its windows, which gives other numbers"
    case .balanced(let samples, let percentile):
      "thresholds were balanced by the activations of \(samples) samples, percentile"
        + " \(percentile)"
    case .bounded:
      "thresholds were balanced by the largest activations that the weights allow, which makes rates"
        + " low; --balance-data with samples gives better ones"
    case .biasNeurons(let neurons, let layers):
      "the biases of \(layers.joined(separator: ", ")) come from \(neurons) neurons that fire by"
        + " themselves"
    case .ignored(let array): "array '\(array)' is known to no layer and was left out"
    }
  }
}
