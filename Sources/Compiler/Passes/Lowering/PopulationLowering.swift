import NIR

/// Makes the neurons of planned populations.
struct PopulationLowering {
  private let graph: NodeGraph
  private let options: CompileOptions

  init(_ graph: NodeGraph, _ options: CompileOptions) {
    (self.graph, self.options) = (graph, options)
  }

  /// - Parameter bias: What leads to each neuron where nothing fires; nil: nothing.
  func population(
    _ plan: PlannedPopulation, bias: [Double]?, _ log: inout CompileLog
  ) -> SpikingPopulation {
    var parameters = parameters(plan)
    let name = graph.name(plan.node)
    let count = graph.count(plan.node)
    if let found = parameters.tensorCounts().first(where: { $0 != 1 && $0 != count }) {
      log.add(.size(node: name, found: found, expected: count))
      parameters = NeuronParameters(summing: options)
    }
    if let bias, bias.count != count {
      log.add(.size(node: name, found: count, expected: bias.count))
    }
    let biases = bias?.count == count ? bias : nil
    let neurons = (0..<count).map {
      SpikingNeuron($0, parameters, bias: biases?[$0] ?? 0, options)
    }
    report(plan, parameters, neurons, biases, &log)
    var population = SpikingPopulation(
      name: name, fires: parameters.threshold != nil, shape: graph.shapes[plan.node].output,
      reset: options.reset == .subtract && plan.resets(graph) ? .subtract : .toPotential,
      neurons: neurons)
    plan.finish(&population, options)
    return population
  }

  private func parameters(_ plan: PlannedPopulation) -> NeuronParameters {
    let node =
      if case .cut(let integrator, _, _) = plan.kind { integrator } else { plan.node }
    var parameters =
      NeuronParameters(graph.nodes[node].node) ?? NeuronParameters(summing: options)
    if case .cut(_, let threshold, let factors) = plan.kind,
      case .threshold(let cut) = graph.nodes[threshold].node
    {
      parameters.threshold = NIRTensor(
        (0..<graph.count(threshold)).map { cut.threshold.value($0) / (factors?[$0] ?? 1) },
        elementType: .float64)
    }
    return parameters
  }

  private func report(
    _ plan: PlannedPopulation, _ parameters: NeuronParameters, _ neurons: [SpikingNeuron],
    _ bias: [Double]?, _ log: inout CompileLog
  ) {
    let name = graph.name(plan.node)
    let biased = bias?.count { $0 != 0 } ?? 0
    if biased > 0 { log.add(.biasAsLeak(layer: name, neurons: biased)) }
    if let i = neurons.firstIndex(where: {
      !($0.chargePerWeight > 0 && $0.chargePerWeight.isFinite)
    }) {
      log.add(
        .notPositive(node: name, parameter: parameters.driveName, value: parameters.drive(i)))
    }
    switch plan.kind {
    case .node: break
    case .cut(let integrator, _, _):
      log.add(
        .cutPotential(
          layer: name, integrator: graph.name(integrator), type: graph.type(integrator)))
    case .readout: log.add(.addedReadout(layer: name, behind: plan.doors.map(graph.name)))
    }
  }
}

extension PlannedPopulation {
  /// How far below its threshold a potential is set that NIR does not reset, as a part of the
  /// distance from leak to threshold.
  static let cutDepth = 1.0 / 32

  /// Ticks from an event to the spike that it causes, at most; a rest of a whole step after it would
  /// reach into the next one.
  private static let ticksToFire = 2

  /// Whether the node's own rule resets its potential.
  fileprivate func resets(_ graph: NodeGraph) -> Bool {
    guard case .node(let node) = kind else { return false }
    if case .threshold = graph.nodes[node].node { return false }
    return graph.roles[node] == .firing
  }

  /// Lets Threshold nodes give at most one spike a step.
  ///
  /// Where one cuts an integrator, whose potential goes on, the nearest that a circuit comes to is a
  /// reset to just below the threshold.
  fileprivate func finish(_ population: inout SpikingPopulation, _ options: CompileOptions) {
    guard population.fires else { return }
    let isCut = if case .cut = kind { true } else { false }
    let isMemoryless = population.neurons.first?.membraneTicks == 0
    guard isCut || isMemoryless else { return }
    population.refractoryTicks = max(
      options.ticksPerStep - Self.ticksToFire, options.refractoryTicks)
    guard isCut else { return }
    for i in population.neurons.indices {
      let neuron = population.neurons[i]
      population.neurons[i].reset =
        neuron.threshold - Self.cutDepth * abs(neuron.threshold - neuron.leak)
    }
  }
}
