import NIR

/// Writes layers of integrating neurons down as a NIR graph.
struct SpikingGraphBuilder {
  private let options: CompileOptions
  private let circuits: IntegratorCircuits
  private var nodes: [NIRNamedNode] = []
  private var edges: [NIREdge] = []
  private var inputShape: [Int] = []

  /// The nodes of the neurons that give biases.
  private static let (drive, source) = ("bias.drive", "bias")

  init(_ options: CompileOptions, _ circuits: IntegratorCircuits) {
    (self.options, self.circuits) = (options, circuits)
  }

  mutating func graph(
    _ layers: [SpikingConversion.Layer], _ source: BiasSource
  ) throws(NIRError) -> NIRGraph {
    inputShape = layers.first?.block.parts.first?.inputShape ?? []
    nodes = [NIRNamedNode("input", .input(shape: inputShape))]
    edges = []
    if source.count > 0 { addSource(source.count) }
    var last = "input"
    for layer in layers {
      let parts = layer.block.scaled(by: currentPerJump(layer)).parts
      let weights = add(parts, from: last, bias: bias(layer))
      let population = layer.block.name + (layer.block.fires ? ".if" : ".sum")
      add(population, neurons(layer))
      edges.append(NIREdge(weights, population))
      if source.count > 0, layer.drift.contains(where: { $0 != 0 }) {
        connectSource(source, to: population, layer)
      }
      last = population
    }
    let shape = layers.last?.block.outputShape ?? []
    add("output", .output(shape: shape))
    edges.append(NIREdge(last, "output"))
    return try NIRGraph(nodes: nodes, edges: edges)
  }

  private mutating func add(_ name: String, _ node: NIRNode) {
    nodes.append(NIRNamedNode(name, node))
  }

  // MARK: Weights

  /// The linear layers of a block, one behind the other; the last one's name.
  private mutating func add(
    _ parts: [RateBlock.Part], from first: String, bias: [Double]?
  ) -> String {
    var last = first
    for (index, part) in parts.enumerated() {
      add(part.name, part.node(bias: index == parts.count - 1 ? bias : nil))
      edges.append(NIREdge(last, part.name))
      last = part.name
    }
    return last
  }

  /// The input that shifts the leak as asked for.
  private func bias(_ layer: SpikingConversion.Layer) -> [Double]? {
    layer.leakShift?.map { $0 / inputWeight(layer) }
  }

  /// w_in = tau_syn / dt, as snntorch and spikingjelly write it: a weight of 1 makes R·I jump by 1.
  private func inputWeight(_ layer: SpikingConversion.Layer) -> Double {
    layer.synapticTicks / Double(options.ticksPerStep)
  }

  /// The jump of R·I that moves the potential by 1 in all.
  private func currentPerJump(_ layer: SpikingConversion.Layer) -> Double {
    layer.membraneTicks / layer.synapticTicks
  }

  // MARK: Neurons

  private func seconds(ofTicks ticks: Double) -> Double {
    ticks * options.dt / Double(options.ticksPerStep)
  }

  private func neurons(_ layer: SpikingConversion.Layer) -> NIRNode {
    let shape = layer.block.outputShape
    func all(_ value: Double) -> NIRTensor { NIRTensor(repeating: value, shape: shape) }
    let synapse = all(seconds(ofTicks: layer.synapticTicks))
    let membrane = all(seconds(ofTicks: layer.membraneTicks))
    guard layer.block.fires else {
      return .cubaLI(
        NIRCubaLI(
          tauSyn: synapse, tauMem: membrane, r: all(1), vLeak: all(0),
          wIn: all(inputWeight(layer))))
    }
    return .cubaLIF(
      NIRCubaLIF(
        tauSyn: synapse, tauMem: membrane, r: all(1), vLeak: all(IntegratorCircuits.leak),
        vThreshold: all(1), vReset: all(0), wIn: all(inputWeight(layer))))
  }

  // MARK: Biases

  /// Neurons whose leak lies above their threshold; nothing else drives them.
  ///
  /// Where the input has channels, height and width they have them too, since NIR's convolutions lead
  /// to such shapes only.
  private mutating func addSource(_ count: Int) {
    let shape = inputShape.count == 3 ? [count, 1, 1] : [count]
    let synapse = 2 * circuits.shortestSynapse
    let inputWeight = synapse / Double(options.ticksPerStep)
    let drive = NIRTensor(repeating: circuits.source.drive / inputWeight, shape: [count])
    let weight = NIRTensor(repeating: 0, shape: [count] + inputShape)
    if inputShape.count == 3 {
      add(
        Self.drive,
        .conv2d(NIRConv2d(weight: weight, bias: drive, inputShape: Array(inputShape.dropFirst()))))
    } else {
      add(Self.drive, .affine(NIRAffine(weight: weight, bias: drive)))
    }
    func all(_ value: Double) -> NIRTensor { NIRTensor(repeating: value, shape: shape) }
    add(
      Self.source,
      .cubaLIF(
        NIRCubaLIF(
          tauSyn: all(seconds(ofTicks: synapse)),
          tauMem: all(seconds(ofTicks: circuits.source.membrane)), r: all(1), vLeak: all(0),
          vThreshold: all(1), vReset: all(0), wIn: all(inputWeight))))
    edges += [NIREdge("input", Self.drive), NIREdge(Self.drive, Self.source)]
  }

  /// The biases of a layer as weights from the source, one bias a neuron.
  private mutating func connectSource(
    _ source: BiasSource, to population: String, _ layer: SpikingConversion.Layer
  ) {
    let name = layer.block.name + ".bias"
    let factor = currentPerJump(layer)
    let shape = layer.block.outputShape
    let weights = layer.drift.map { source.weight(ofDrift: $0) * factor }
    var last = Self.source
    if shape.count == 3 {
      add(name, .conv2d(Self.kernel(weights, source.count, shape)))
    } else {
      if inputShape.count == 3 {
        add(name + ".flatten", .flatten(NIRFlatten(inputShape: [source.count, 1, 1])))
        edges.append(NIREdge(last, name + ".flatten"))
        last = name + ".flatten"
      }
      let matrix = weights.flatMap { Array(repeating: $0, count: source.count) }
      add(
        name,
        .linear(
          NIRLinear(
            weight: NIRTensor(shape: [weights.count, source.count], values: matrix))))
    }
    edges += [NIREdge(last, name), NIREdge(name, population)]
  }

  /// A convolution of one place that reaches every place of [channels, height, width] by a tap of its
  /// own: NIR has no other node that leads from a vector to such a shape.
  private static func kernel(_ weights: [Double], _ sources: Int, _ shape: [Int]) -> NIRConv2d {
    let (height, width) = (shape[1], shape[2])
    var taps: [Double] = []
    for channel in 0..<shape[0] {
      for _ in 0..<sources {
        for row in (0..<height).reversed() {
          for column in (0..<width).reversed() {
            taps.append(weights[(channel * height + row) * width + column])
          }
        }
      }
    }
    return NIRConv2d(
      weight: NIRTensor(shape: [shape[0], sources, height, width], values: taps),
      bias: NIRTensor(repeating: 0, shape: [shape[0]]),
      padding: .explicit([height - 1, width - 1]), inputShape: [1, 1])
  }
}

extension RateBlock.Part {
  /// The NIR node of a linear layer, with a bias where one is given.
  fileprivate func node(bias: [Double]?) -> NIRNode {
    switch operation {
    case .flatten: return .flatten(NIRFlatten(inputShape: inputShape))
    case .dense(let dense):
      let weight = NIRTensor(shape: [dense.outputs, dense.inputs], values: dense.weights)
      guard let bias else { return .linear(NIRLinear(weight: weight)) }
      return .affine(NIRAffine(weight: weight, bias: NIRTensor(bias)))
    case .convolution(let convolution):
      return .conv2d(convolution.node(bias: bias, taking: inputShape))
    }
  }
}

extension RateConvolution {
  fileprivate func node(bias: [Double]?, taking shape: [Int]) -> NIRConv2d {
    NIRConv2d(
      weight: NIRTensor(
        shape: [outputs, inputs / groups, window.size[0], window.size[1]], values: weights),
      bias: NIRTensor(bias ?? Array(repeating: 0, count: outputs)), stride: window.stride,
      padding: window.before == window.behind ? .explicit(window.before) : .same,
      dilation: dilation, groups: groups,
      inputShape: Array(shape.dropFirst()))
  }
}
