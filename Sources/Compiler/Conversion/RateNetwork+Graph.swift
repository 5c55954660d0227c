import NIR

extension RateNetwork {
  /// Reads a graph without neuron nodes: weights in one chain, a rectifier behind each but the last.
  ///
  /// - Throws: ``CompilerError/conversion(_:)`` naming the node.
  public init(_ graph: NIRGraph, name: String) throws(CompilerError) {
    let open: NIRGraph
    let shapes: [String: NIRNodeShape]
    do throws(NIRError) {
      (open, shapes) = (try graph.flattened(), try graph.inferredShapes())
    } catch {
      throw .conversion(.noChain(node: name, reason: "has shapes that do not fit: \(error)"))
    }
    do throws(ConversionFault) {
      let chain = try Self.chain(open)
      guard case .input(let stored)? = chain.first?.node else {
        throw .noChain(node: chain.first?.name ?? "", reason: "is no Input")
      }
      let inferred = shapes[chain[0].name]?.output ?? []
      let lastWeights = chain.lastIndex { $0.node.hasWeights }
      var (layers, waiting) = ([RateLayer](), nil as RateLayer?)
      for (index, named) in chain.enumerated() {
        let shape = shapes[named.name]?.input ?? []
        guard let operation = try named.operation(taking: shape) else { continue }
        // A factor behind weights belongs to them, as a batch normalisation would.
        if let rectifier = waiting, !named.node.isScale {
          layers.append(rectifier)
          waiting = nil
        }
        layers.append(RateLayer(named.name, operation))
        if named.node.hasWeights, index != lastWeights {
          waiting = RateLayer(named.name + ".relu", .rectifier)
        }
      }
      self.init(name: name, inputShape: inferred.isEmpty ? stored : inferred, layers: layers)
    } catch {
      throw .conversion(error)
    }
  }

  /// The nodes from Input to Output, where each has one successor.
  private static func chain(_ graph: NIRGraph) throws(ConversionFault) -> [NIRNamedNode] {
    let inputs = graph.nodes.filter { if case .input = $0.node { true } else { false } }
    guard var node = inputs.first, inputs.count == 1 else {
      throw .noChain(node: inputs.last?.name ?? "input", reason: "is one of \(inputs.count) inputs")
    }
    var chain = [node]
    while true {
      if case .output = node.node { break }
      let next = graph.edges.filter { $0.source == node.name }.map(\.target)
      guard next.count == 1, let named = graph.nodes.first(where: { $0.name == next[0] }),
        chain.count <= graph.nodes.count
      else { throw .noChain(node: node.name, reason: "leads to \(next.count) nodes") }
      node = named
      chain.append(named)
    }
    guard chain.count == graph.nodes.count else {
      let left = graph.nodes.first { named in !chain.contains { $0.name == named.name } }
      throw .noChain(node: left?.name ?? "", reason: "does not lie between Input and Output")
    }
    return chain
  }
}

extension NIRGraph {
  /// Whether the graph has weights and no neurons, so that rectifiers are implied between them.
  public var impliesRectifiers: Bool {
    nodes.contains { $0.node.hasWeights }
      && nodes.allSatisfy { named in
        switch named.node {
        case .graph(let inner):
          inner.nodes.allSatisfy { !$0.node.isNeuron }
        default: !named.node.isNeuron
        }
      }
  }
}

extension NIRNode {
  fileprivate var hasWeights: Bool {
    switch self {
    case .affine, .linear, .conv1d, .conv2d: true
    case .graph(let inner): inner.nodes.contains { $0.node.hasWeights }
    default: false
    }
  }

  fileprivate var isScale: Bool { if case .scale = self { true } else { false } }

  fileprivate var isNeuron: Bool {
    switch self {
    case .i, .if, .li, .lif, .cubaLI, .cubaLIF, .threshold, .delay: true
    case .graph(let inner): inner.nodes.contains { $0.node.isNeuron }
    default: false
    }
  }
}

extension NIRNamedNode {
  /// What the node does; nil for Input and Output.
  fileprivate func operation(
    taking shape: [Int]
  ) throws(ConversionFault) -> RateLayer.Operation? {
    switch node {
    case .input, .output: return nil
    case .affine(let affine):
      return .dense(RateDense(affine.weight, bias: affine.bias.values))
    case .linear(let linear): return .dense(RateDense(linear.weight, bias: nil))
    case .conv2d(let convolution): return .convolution(try convolution.rate(name))
    case .avgPool2d(let pool): return .averagePool(pool.window)
    case .sumPool2d(let pool):
      guard let channels = shape.first, shape.count == 3 else { break }
      return .convolution(pool.sum(channels: channels))
    case .flatten: return .flatten
    case .scale(let scale):
      return .normalisation(
        factors: scale.scale.values, shifts: scale.scale.values.map { _ in 0 })
    default: break
    }
    throw .kind(
      layer: name, found: node.typeName,
      known: ["Affine", "Linear", "Conv2d", "AvgPool2d", "SumPool2d", "Flatten", "Scale"])
  }
}

extension RateDense {
  fileprivate init(_ weight: NIRTensor, bias: [Double]?) {
    let outputs = weight.shape.first ?? 0
    self.init(
      inputs: weight.shape.last ?? 0, outputs: outputs, weights: weight.values,
      bias: bias ?? Array(repeating: 0, count: outputs))
  }
}

extension NIRConv2d {
  fileprivate func rate(_ name: String) throws(ConversionFault) -> RateConvolution {
    let size = Array(weight.shape.suffix(2))
    var (before, behind) = ([0, 0], [0, 0])
    switch padding {
    case .valid: break
    case .explicit(let zeros): (before, behind) = (zeros, zeros)
    case .same:
      let all = zip(size, dilation).map { ($0 - 1) * $1 }
      before = all.map { $0 / 2 }
      behind = zip(all, before).map(-)
    }
    let window = RateWindow(size: size, stride: stride, before: before, behind: behind)
    var rate = RateConvolution(
      window, groups: groups, inputs: weight.shape[1] * groups, outputs: weight.shape[0],
      weights: weight.values, bias: bias.values)
    rate.dilation = dilation
    return rate
  }
}

extension NIRPool2d {
  fileprivate var window: RateWindow {
    RateWindow(size: kernelSize, stride: stride, before: padding, behind: padding)
  }

  fileprivate func sum(channels: Int) -> RateConvolution {
    let area = kernelSize[0] * kernelSize[1]
    return RateConvolution(
      window, groups: channels, inputs: channels, outputs: channels,
      weights: Array(repeating: 1, count: channels * area),
      bias: Array(repeating: 0, count: channels))
  }
}
