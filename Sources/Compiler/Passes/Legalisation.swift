import HardwareSpec

/// Brings neurons and delays to what the chip's circuits can be.
struct Legalisation {
  private let options: CompileOptions
  private let spec: ChipSpec

  init(_ options: CompileOptions) { (self.options, spec) = (options, options.spec) }

  func legalise(_ network: SpikingNetwork, _ log: inout CompileLog) -> LegalNetwork {
    let times = TimeRange(network, options)
    var legal = network
    for index in network.populations.indices {
      times.report(network.populations[index], &log)
      legal.populations[index] = legalise(network.populations[index], &log)
    }
    return LegalNetwork(network: legal)
  }

  private func legalise(
    _ population: SpikingPopulation, _ log: inout CompileLog
  ) -> SpikingPopulation {
    var legal = population
    if population.neurons.contains(where: { $0.synapticTicks == nil }) {
      log.add(.shortestSynapse(layer: population.name, ticks: shortestSynapticTicks))
    }
    for i in legal.neurons.indices where legal.neurons[i].synapticTicks == nil {
      legal.neurons[i].synapticTicks = shortestSynapticTicks
    }
    if population.fires, population.reset == .subtract {
      log.add(.resetToPotential(layer: population.name))
      legal.reset = .toPotential
    }
    return legal
  }

  /// A neuron without a synaptic time constant gets the same charge through the chip's shortest.
  private var shortestSynapticTicks: Double {
    spec.neuron.synapticTime.rounded(spec.neuron.synapticTime.range.lowerBound)
      / spec.time.tickSeconds
  }
}
