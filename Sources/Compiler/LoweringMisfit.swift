import NIR

/// Why a graph cannot become populations and projections of a chip.
public enum LoweringMisfit: Equatable, Sendable {
  /// Linear nodes feed back onto themselves without a population in between.
  case loopWithoutNeurons(nodes: [String])
  /// Nested graphs or shapes contradict each other.
  case graph(NIRError)
  /// No node of the graph is a population.
  case noNeurons(nodes: Int)
  /// A potential would have to drive a population, or be weighted behind the last population.
  case analogSender(node: String, type: String, target: String, targetType: String)
  /// Multiplied out, a node has more synapses than a network may have.
  case tooManySynapses(node: String, needed: Int, available: Int)
  /// Multiplying nodes out takes more multiplications than are allowed.
  case tooManyProducts(node: String, needed: Int, available: Int)
  /// The shape of what a node gets is nowhere said.
  case unknownShape(node: String, type: String)
  /// A delay is longer than the chip's longest, in ticks.
  case delay(projection: String, layer: String, needed: Int, available: Int, remedy: DelayRemedy)
  /// The chip has no axonal delays.
  case noDelays(projection: String, layer: String, needed: Int, chip: String)

  /// What brings a delay into range.
  public enum DelayRemedy: Equatable, Sendable {
    /// What brings the delays and all time constants into range.
    case time(Misfit.TimeRemedy)
    /// The longest delay that fits, in seconds of the network's time.
    case shorten(Double)
  }
}

extension LoweringMisfit {
  var code: String {
    switch self {
    case .loopWithoutNeurons: return "E0304"
    case .graph: return "E0325"
    case .noNeurons: return "E0326"
    case .analogSender: return "E0327"
    case .tooManySynapses, .tooManyProducts: return "E0328"
    case .unknownShape: return "E0329"
    case .delay: return "E0330"
    case .noDelays: return "E0331"
    }
  }

  var layer: String {
    switch self {
    case .loopWithoutNeurons, .graph, .noNeurons: return ""
    case .analogSender(let node, _, _, _), .tooManySynapses(let node, _, _),
      .tooManyProducts(let node, _, _), .unknownShape(let node, _):
      return node
    case .delay(_, let layer, _, _, _), .noDelays(_, let layer, _, _): return layer
    }
  }

  var message: String {
    switch self {
    case .loopWithoutNeurons(let nodes):
      return "nodes \(nodes.map { "'\($0)'" }.joined(separator: ", ")) feed back onto themselves"
        + " without a population in between"
    case .graph(let error): return error.description
    case .noNeurons(let nodes): return "none of the graph's \(nodes) nodes is a population"
    case .analogSender(let node, let type, let target, let targetType):
      return "the potential of \(type) node '\(node)' leads over weights to \(targetType) node"
        + " '\(target)'; spikes cannot carry it"
    case .tooManySynapses(let node, let needed, let available):
      return "multiplied out, node '\(node)' brings the network to \(needed) synapses;"
        + " \(available) are allowed"
    case .tooManyProducts(let node, let needed, let available):
      return "multiplying out the nodes up to '\(node)' takes \(needed) multiplications;"
        + " \(available) are allowed"
    case .unknownShape(let node, let type):
      return "nothing says the shape of what \(type) node '\(node)' gets"
    case .delay(let projection, let layer, let needed, let available, _):
      return "projection '\(projection)' onto layer '\(layer)' needs a delay of \(needed) ticks;"
        + " the longest is \(available)"
    case .noDelays(let projection, let layer, let needed, let chip):
      return "projection '\(projection)' onto layer '\(layer)' needs a delay of \(needed) ticks;"
        + " chip '\(chip)' has no axonal delays"
    }
  }

  var remedy: String {
    switch self {
    case .loopWithoutNeurons: return "put a population into the loop"
    case .graph: return "repair the graph in the program that wrote it"
    case .noNeurons:
      return "put neuron nodes behind the weights, or convert the network from an ANN"
    case .analogSender(let node, _, _, let targetType):
      return targetType == "Output"
        ? "lead '\(node)' straight to the Output and apply the weights to its recording, or put a"
          + " Threshold node behind it"
        : "put a Threshold node behind '\(node)', or make it a LIF, CubaLIF or IF node"
    case .tooManySynapses, .tooManyProducts:
      return "put a population between the nodes, or make the layer smaller"
    case .unknownShape: return "give the Input node its shape, or the convolution its input_shape"
    case .delay(_, _, _, _, .time(.ticksPerStep(let ticks))): return "--ticks-per-step \(ticks)"
    case .delay(_, _, _, _, .time(.dt(let dt))): return "--dt \(dt)"
    case .delay(_, _, _, _, .time(.none)): return "shorten the delay"
    case .delay(_, _, _, _, .shorten(let seconds)):
      return "delays of up to \(seconds.short) in the file's unit of time"
    case .noDelays: return "--chip synapus-1, or delays behind the Input nodes only"
    }
  }

  var resource: String {
    switch self {
    case .loopWithoutNeurons, .graph, .noNeurons, .analogSender: return "graph"
    case .tooManySynapses, .tooManyProducts: return "synapses"
    case .unknownShape: return "shape"
    case .delay, .noDelays: return "delay"
    }
  }

  var amounts: (needed: Double, available: Double)? {
    switch self {
    case .tooManySynapses(_, let needed, let available),
      .tooManyProducts(_, let needed, let available), .delay(_, _, let needed, let available, _):
      return (Double(needed), Double(available))
    case .noDelays(_, _, let needed, _): return (Double(needed), 0)
    case .loopWithoutNeurons, .graph, .noNeurons, .analogSender, .unknownShape: return nil
    }
  }
}
