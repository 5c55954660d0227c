import NIR

/// A stack of fully connected layers of current-based neurons, as training makes it.
public struct DenseNetwork: Equatable, Sendable {
  /// One layer with the weights that lead to it.
  public struct Layer: Equatable, Sendable {
    /// The population's and the projection's name.
    public var name, projection: String
    /// The weights, [sender, receiver], row by row; the jump of R·I in units of potential.
    public var weights: [Float]
    /// Neurons of the layer.
    public var count: Int
    /// Membrane and synaptic time constant, in seconds.
    public var membraneSeconds, synapticSeconds: Double
    /// Threshold potential, or nil for a layer that only integrates; leak and reset are at 0.
    public var threshold: Double?

    /// Describes a layer.
    public init(
      name: String, projection: String, weights: [Float], count: Int, membraneSeconds: Double,
      synapticSeconds: Double, threshold: Double?
    ) {
      (self.name, self.projection) = (name, projection)
      (self.weights, self.count, self.threshold) = (weights, count, threshold)
      (self.membraneSeconds, self.synapticSeconds) = (membraneSeconds, synapticSeconds)
    }
  }

  /// Input channels.
  public var inputCount: Int
  /// The layers, from input to output.
  public var layers: [Layer]

  /// Describes a network.
  public init(inputCount: Int, layers: [Layer]) {
    (self.inputCount, self.layers) = (inputCount, layers)
  }

  /// The network as a NIR graph of Linear, CubaLIF and CubaLI nodes between `input` and `output`.
  ///
  /// r is 1 and w_in is tau_syn / dt, so that a weight is the jump of R·I; this is the form that
  /// snntorch and spikingjelly write.
  ///
  /// - Throws: ``CompilerError/weightCount(projection:found:expected:)``, or the ``NIRError`` of
  ///   names that collide.
  public func nirGraph(dt: Double) throws -> NIRGraph {
    var nodes = [NIRNamedNode("input", .input(shape: [inputCount]))]
    var edges: [NIREdge] = []
    var (last, senders) = ("input", inputCount)
    for layer in layers {
      guard layer.weights.count == senders * layer.count else {
        throw CompilerError.weightCount(
          projection: layer.projection, found: layer.weights.count,
          expected: senders * layer.count)
      }
      nodes.append(NIRNamedNode(layer.projection, .linear(layer.linear(senders))))
      nodes.append(NIRNamedNode(layer.name, layer.population(dt)))
      edges += [NIREdge(last, layer.projection), NIREdge(layer.projection, layer.name)]
      (last, senders) = (layer.name, layer.count)
    }
    nodes.append(NIRNamedNode("output", .output(shape: [senders])))
    edges.append(NIREdge(last, "output"))
    return try NIRGraph(nodes: nodes, edges: edges)
  }
}

extension DenseNetwork.Layer {
  /// NIR has the weights as [receiver, sender].
  fileprivate func linear(_ senders: Int) -> NIRLinear {
    let values = (0..<weights.count).map { Double(weights[$0 % senders * count + $0 / senders]) }
    return NIRLinear(weight: NIRTensor(shape: [count, senders], values: values))
  }

  fileprivate func population(_ dt: Double) -> NIRNode {
    func all(_ value: Double) -> NIRTensor {
      NIRTensor(repeating: value, shape: [count], elementType: .float64)
    }
    guard let threshold else {
      return .cubaLI(
        NIRCubaLI(
          tauSyn: all(synapticSeconds), tauMem: all(membraneSeconds), r: all(1), vLeak: all(0),
          wIn: all(synapticSeconds / dt)))
    }
    return .cubaLIF(
      NIRCubaLIF(
        tauSyn: all(synapticSeconds), tauMem: all(membraneSeconds), r: all(1), vLeak: all(0),
        vThreshold: all(threshold), vReset: all(0), wIn: all(synapticSeconds / dt)))
  }
}
