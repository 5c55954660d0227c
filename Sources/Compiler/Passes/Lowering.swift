import HardwareSpec
import NIR

/// Reads a NIR graph as populations and projections.
///
/// Input, populations and weights must alternate: between the input and a population, and between
/// two populations, stands one Affine or Linear node. All contradictions are reported.
struct Lowering {
  private let graph: NIRGraph
  private let options: CompileOptions

  init(_ graph: NIRGraph, _ options: CompileOptions) {
    (self.graph, self.options) = (graph, options)
  }

  func network(name: String, _ log: inout CompileLog) -> SpikingNetwork {
    let inputs = graph.nodes.filter { $0.node.role == .input }
    if inputs.count != 1 { log.add(.inputs(found: inputs.count)) }
    checkConnections(&log)
    let order = populationsInOrder(&log)
    let outputs = graph.edges.filter { role($0.target) == .output }.map(\.source)
    let network = SpikingNetwork(
      name: name, inputCount: inputs.first.map { channels(of: $0.name) } ?? 0,
      populations: order.map { population($0, &log) },
      projections: order.flatMap { projections(to: $0, &log) },
      readout: order.last { outputs.contains($0) } ?? order.last ?? "")
    checkSizes(network, &log)
    return network
  }

  /// Input channels, as the weights see them: an Input of empty shape has any number.
  private func channels(of input: String) -> Int {
    targets(of: input).compactMap { weights($0)?.weight.shape[1] }.first ?? 0
  }

  private func checkSizes(_ network: SpikingNetwork, _ log: inout CompileLog) {
    guard log.report.misfits.isEmpty else { return }
    for projection in network.projections {
      let target = network.populations.first { $0.name == projection.target }
      let senders = projection.source.map { source in
        network.populations.first { $0.name == source }?.neurons.count ?? 0
      }
      let expected = (senders ?? network.inputCount) * (target?.neurons.count ?? 0)
      if projection.synapses.count != expected {
        log.add(
          .size(node: projection.name, found: projection.synapses.count, expected: expected))
      }
    }
  }

  private func role(_ name: String) -> NIRNode.Role? { graph.node(named: name)?.role }

  private func sources(of node: String) -> [String] {
    graph.edges.filter { $0.target == node }.map(\.source)
  }

  private func targets(of node: String) -> [String] {
    graph.edges.filter { $0.source == node }.map(\.target)
  }

  private func checkConnections(_ log: inout CompileLog) {
    for edge in graph.edges {
      guard let source = graph.node(named: edge.source), let target = graph.node(named: edge.target)
      else { continue }
      if !source.role.mayLead(to: target.role) {
        log.add(
          .connection(
            source: edge.source, sourceType: source.typeName, target: edge.target,
            targetType: target.typeName))
      }
    }
    for named in graph.nodes {
      let lacksSource = named.node.role != .input && sources(of: named.name).isEmpty
      let needsTarget = named.node.role == .input || named.node.role == .weights
      if lacksSource || needsTarget && targets(of: named.name).isEmpty {
        log.add(.unconnected(node: named.name, type: named.node.typeName))
      }
    }
  }

  /// The populations, each after all that send to it; equals stand in the order of their names.
  private func populationsInOrder(_ log: inout CompileLog) -> [String] {
    var waiting = graph.nodes.filter { $0.node.role == .population }.map(\.name)
    var order: [String] = []
    while !waiting.isEmpty {
      let ready = waiting.filter { population in
        !sources(of: population).flatMap(sources).contains { waiting.contains($0) }
      }
      guard !ready.isEmpty else {
        log.add(.recurrence(populations: waiting))
        break
      }
      order += ready
      waiting.removeAll { ready.contains($0) }
    }
    return order
  }

  private func weights(_ node: String) -> (weight: NIRTensor, bias: NIRTensor?)? {
    switch graph.node(named: node) {
    case .affine(let affine)?: return (affine.weight, affine.bias)
    case .linear(let linear)?: return (linear.weight, nil)
    default: return nil
    }
  }

  private func projections(
    to population: String, _ log: inout CompileLog
  ) -> [SpikingProjection] {
    var projections: [SpikingProjection] = []
    for node in sources(of: population) {
      guard let (tensor, _) = weights(node) else { continue }
      let (rows, columns) = (tensor.shape[0], tensor.shape[1])
      let matrix = (0..<columns * rows).map {
        tensor.values[$0 % rows * columns + $0 / rows]
      }
      let senders = sources(of: node)
      for sender in senders {
        let isAlone = senders.count == 1 && targets(of: node).count == 1
        projections.append(
          SpikingProjection(
            name: isAlone ? node : "\(node):\(sender)>\(population)",
            source: role(sender) == .input ? nil : sender, target: population,
            synapses: SynapseMatrix(
              dense: matrix, senderCount: columns, receiverCount: rows), nodes: [node]))
      }
    }
    return projections
  }

  private func population(_ name: String, _ log: inout CompileLog) -> SpikingPopulation {
    guard let node = graph.node(named: name), let parameters = NeuronParameters(node) else {
      return SpikingPopulation(name: name, fires: false, neurons: [])
    }
    let incoming = sources(of: name).compactMap { source in
      weights(source)
    }
    let count =
      node.inputShape.isEmpty ? incoming.first?.weight.shape[0] ?? 1 : node.inputShape.reduce(1, *)
    var bias = [Double](repeating: 0, count: count)
    for (weight, own) in incoming {
      if weight.shape[0] != count {
        log.add(.size(node: name, found: count, expected: weight.shape[0]))
      } else if let own {
        for i in 0..<count { bias[i] += own.values[i] }
      }
    }
    noteApproximations(name, parameters, bias, &log)
    let neurons = (0..<count).map { neuron($0, parameters, bias: bias[$0]) }
    if let bad = neurons.first(where: { !($0.chargePerWeight > 0 && $0.chargePerWeight.isFinite) })
    {
      log.add(
        .notPositive(
          node: name, parameter: parameters.inputWeight == nil ? "r" : "r * w_in",
          value: bad.chargePerWeight / Double(options.ticksPerStep)))
    }
    return SpikingPopulation(
      name: name, fires: parameters.threshold != nil,
      reset: options.reset == .subtract ? .subtract : .toPotential, neurons: neurons)
  }

  private func noteApproximations(
    _ name: String, _ parameters: NeuronParameters, _ bias: [Double], _ log: inout CompileLog
  ) {
    let biased = bias.filter { $0 != 0 }.count
    if biased > 0 { log.add(.biasAsLeak(layer: name, neurons: biased)) }
  }

  /// One event of weight 1 lasts one step, so its charge is `R · w_in` in potential × steps.
  private func neuron(_ i: Int, _ parameters: NeuronParameters, bias: Double) -> SpikingNeuron {
    let ticks = Double(options.ticksPerStep)
    let leak = parameters.leak.value(i)
    let drive = parameters.resistance.value(i) * (parameters.inputWeight?.value(i) ?? 1)
    let reset = options.reset == .file ? parameters.reset?.value(i) : 0
    return SpikingNeuron(
      membraneTicks: parameters.membraneTime.value(i) / options.dt * ticks,
      synapticTicks: parameters.synapticTime.map { $0.value(i) / options.dt * ticks },
      leak: leak, biasShift: drive * bias,
      threshold: parameters.threshold?.value(i) ?? leak + drive * bias + 1,
      reset: parameters.threshold == nil ? leak + drive * bias : reset ?? 0,
      chargePerWeight: drive * ticks)
  }
}

extension NIRTensor {
  /// A neuron's value; a tensor of one value has it for all neurons.
  fileprivate func value(_ i: Int) -> Double { values.count == 1 ? values[0] : values[i] }
}

extension NIRNode {
  /// What a node is in a network of populations and projections.
  fileprivate enum Role {
    case input, output, weights, population, other

    func mayLead(to next: Role) -> Bool {
      switch (self, next) {
      case (.input, .weights), (.population, .weights), (.weights, .population),
        (.population, .output):
        return true
      default: return false
      }
    }
  }

  fileprivate var role: Role {
    switch self {
    case .input: return .input
    case .output: return .output
    case .affine, .linear: return .weights
    case .lif, .cubaLIF, .li, .cubaLI: return .population
    default: return .other
    }
  }
}

/// The parameters that the neuron nodes have in common, and those that only some have.
private struct NeuronParameters {
  var membraneTime: NIRTensor
  var synapticTime: NIRTensor?
  var resistance: NIRTensor
  var inputWeight: NIRTensor?
  var leak: NIRTensor
  var threshold, reset: NIRTensor?

  init?(_ node: NIRNode) {
    switch node {
    case .lif(let lif):
      (membraneTime, resistance, leak) = (lif.tau, lif.r, lif.vLeak)
      (threshold, reset) = (lif.vThreshold, lif.vReset)
    case .li(let li): (membraneTime, resistance, leak) = (li.tau, li.r, li.vLeak)
    case .cubaLIF(let lif):
      (membraneTime, synapticTime, resistance) = (lif.tauMem, lif.tauSyn, lif.r)
      (inputWeight, leak) = (lif.wIn, lif.vLeak)
      (threshold, reset) = (lif.vThreshold, lif.vReset)
    case .cubaLI(let li):
      (membraneTime, synapticTime, resistance) = (li.tauMem, li.tauSyn, li.r)
      (inputWeight, leak) = (li.wIn, li.vLeak)
    default: return nil
    }
  }
}
