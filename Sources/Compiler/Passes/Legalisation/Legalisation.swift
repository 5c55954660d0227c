import HardwareSpec

/// Brings neurons and delays to what the chip's circuits can be.
struct Legalisation {
  private let options: CompileOptions
  private let spec: ChipSpec

  init(_ options: CompileOptions) { (self.options, spec) = (options, options.spec) }

  func legalise(_ network: SpikingNetwork, _ log: inout CompileLog) -> LegalNetwork {
    let times = TimeRange(network, options)
    var legal = network
    let inputs = InputSums(network)
    for index in network.populations.indices {
      let population = network.populations[index]
      times.report(population, &log)
      let incoming = inputs.sums(ontoPopulation: index)
      note(population, incoming, &log)
      legal.populations[index] = legalise(population, network, incoming, &log)
    }
    noteRest(of: network, &log)
    times.reportDelays(network, &log)
    return LegalNetwork(network: legal)
  }

  private func legalise(
    _ population: SpikingPopulation, _ network: SpikingNetwork, _ incoming: [InputSums.Sum],
    _ log: inout CompileLog
  ) -> SpikingPopulation {
    var legal = population
    let reset = SubtractiveReset(population, incoming, options)
    giveLeak(&legal, &log)
    giveMemory(&legal, &log)
    giveSynapse(&legal, network, &log)
    if let reset { legal = reset.applied(to: legal, &log) }
    return legal
  }

  /// Neurons without leak get the longest membrane time constant at equal jumps.
  private func giveLeak(_ population: inout SpikingPopulation, _ log: inout CompileLog) {
    guard population.neurons.contains(where: { $0.membraneTicks == .infinity }) else { return }
    let longest = ticks(spec.neuron.membraneTime, spec.neuron.membraneTime.range.upperBound)
    for i in population.neurons.indices where population.neurons[i].membraneTicks == .infinity {
      population.neurons[i].membraneTicks = longest
      population.neurons[i].chargePerWeight *= longest
      population.neurons[i].biasShift *= longest
      guard !population.fires else { continue }
      population.neurons[i].reset += population.neurons[i].biasShift
      population.neurons[i].threshold += population.neurons[i].biasShift
    }
    let run = options.durationTicks
    log.add(
      .longestMembrane(
        layer: population.name, ticks: longest,
        lost: DeterministicMath.oneMinusExp(ofMinus: Double(run) / longest), run: run))
  }

  /// Neurons that compare the input of one step get the shortest time constants; an event of weight
  /// w lifts them to w at the peak.
  private func giveMemory(_ population: inout SpikingPopulation, _ log: inout CompileLog) {
    guard population.neurons.contains(where: { $0.membraneTicks == 0 }) else { return }
    let membrane = ticks(spec.neuron.membraneTime, spec.neuron.membraneTime.range.lowerBound)
    let response = SynapticResponse(membraneTicks: membrane, synapticTicks: shortestSynapticTicks)
    for i in population.neurons.indices where population.neurons[i].membraneTicks == 0 {
      population.neurons[i].membraneTicks = membrane
      population.neurons[i].synapticTicks = shortestSynapticTicks
      population.neurons[i].chargePerWeight *= membrane / response.peak
    }
    log.add(
      .briefMemory(
        layer: population.name, kept: response.kept(after: Double(options.ticksPerStep))))
  }

  /// A neuron without a synaptic time constant gets the same charge through the chip's shortest;
  /// through a longer one, up to a step, where its weights would exceed the gain.
  private func giveSynapse(
    _ population: inout SpikingPopulation, _ network: SpikingNetwork, _ log: inout CompileLog
  ) {
    guard population.neurons.contains(where: { $0.synapticTicks == nil }) else { return }
    let (ticks, excess) = SynapseChoice(options, shortestTicks: shortestSynapticTicks)
      .ticks(for: population, in: network)
    var peak = 1.0
    for i in population.neurons.indices where population.neurons[i].synapticTicks == nil {
      population.neurons[i].synapticTicks = ticks
      let membrane = population.neurons[i].membraneTicks
      peak = min(peak, SynapticResponse(membraneTicks: membrane, synapticTicks: ticks).peak)
    }
    log.add(
      ticks == shortestSynapticTicks
        ? .shortestSynapse(layer: population.name, ticks: ticks)
        : .slowedSynapse(layer: population.name, ticks: ticks, peak: peak))
    if !population.fires, excess > 1 { widen(&population, by: excess, &log) }
  }

  /// Potentials that are only read out may take fewer codes, so that their weights fit the gain.
  private func widen(
    _ population: inout SpikingPopulation, by factor: Double, _ log: inout CompileLog
  ) {
    for i in population.neurons.indices {
      let rest = population.neurons[i].leak + population.neurons[i].biasShift
      population.neurons[i].threshold = rest + (population.neurons[i].threshold - rest) * factor
    }
    log.add(
      .coarseReadout(
        layer: population.name, codesPerUnit: MappingConvention.codesPerUnit / factor))
  }

  private var shortestSynapticTicks: Double {
    ticks(spec.neuron.synapticTime, spec.neuron.synapticTime.range.lowerBound)
  }

  private func ticks(_ law: ParameterLaw, _ seconds: Double) -> Double {
    law.rounded(seconds) / spec.time.tickSeconds
  }

  // MARK: Notes

  private func note(
    _ population: SpikingPopulation, _ incoming: [InputSums.Sum], _ log: inout CompileLog
  ) {
    let perStep = Double(options.ticksPerStep)
    let membranes = population.neurons.map(\.membraneTicks).filter { $0.isFinite && $0 > 0 }
    let synapses = population.neurons.compactMap(\.synapticTicks)
    if let membrane = membranes.min() {
      let synapse = synapses.min() ?? .infinity
      let name = synapses.isEmpty ? "tau" : synapse < membrane ? "tau_syn" : "tau_mem"
      log.add(
        .timeResolution(
          layer: population.name, parameter: name, steps: min(membrane, synapse) / perStep))
    }
    guard population.fires else { return }
    let runs = Double(options.durationTicks) / perStep
    let dead = zip(population.neurons, incoming).count { neuron, sum in
      !neuron.canFire(drivenBy: sum.positive, ticksPerStep: perStep, steps: runs)
    }
    if dead > 0 {
      log.add(
        .neverFires(layer: population.name, neurons: dead, of: population.neurons.count))
    }
    noteSeveralSpikes(population, incoming, &log)
  }

  private func noteSeveralSpikes(
    _ population: SpikingPopulation, _ incoming: [InputSums.Sum], _ log: inout CompileLog
  ) {
    guard population.refractoryTicks == nil else { return }
    let perStep = Double(options.ticksPerStep)
    var (count, most) = (0, 0.0)
    for (neuron, sum) in zip(population.neurons, incoming) {
      let thresholds =
        sum.positive * neuron.risePerWeight(ticksPerStep: perStep)
        / (neuron.threshold - neuron.leak)
      guard thresholds >= 2 else { continue }
      (count, most) = (count + 1, max(most, thresholds))
    }
    if count > 0 {
      log.add(.severalSpikes(layer: population.name, neurons: count, thresholds: most))
    }
  }

  private func noteRest(of network: SpikingNetwork, _ log: inout CompileLog) {
    guard options.refractoryTicks >= options.ticksPerStep,
      network.populations.contains(where: { $0.fires && $0.refractoryTicks == nil })
    else { return }
    log.add(.refractory(ticks: options.refractoryTicks, ticksPerStep: options.ticksPerStep))
  }
}
