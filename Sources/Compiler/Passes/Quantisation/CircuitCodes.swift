import ChipInterface
import HardwareSpec

/// Finds the DAC codes of a population's circuits.
struct CircuitCodes {
  private let population: SpikingPopulation
  private let scale: PopulationScale
  private let laws: NeuronSpec
  private let tick: Double
  private let refractoryTicks: Int

  init(_ population: SpikingPopulation, _ scale: PopulationScale, _ options: CompileOptions) {
    (self.population, self.scale) = (population, scale)
    (laws, tick) = (options.spec.neuron, options.spec.time.tickSeconds)
    refractoryTicks = population.refractoryTicks ?? options.refractoryTicks
  }

  func settings(gains: [UInt16]) -> [CircuitSettings] {
    zip(population.neurons, gains).enumerated().map { i, entry in
      circuit(i, entry.0, gain: entry.1)
    }
  }

  private func circuit(_ i: Int, _ neuron: SpikingNeuron, gain: UInt16) -> CircuitSettings {
    let synapse = laws.synapticTime.code((neuron.synapticTicks ?? 0) * tick)
    return CircuitSettings(
      leak: potential(neuron.leak + neuron.biasShift, i), reset: potential(neuron.reset, i),
      threshold: potential(neuron.threshold, i),
      membraneTime: laws.membraneTime.code(neuron.membraneTicks * tick), excitatoryTime: synapse,
      inhibitoryTime: synapse, excitatoryGain: gain, inhibitoryGain: gain,
      refractoryCount: UInt8(clamping: min(refractoryTicks, laws.largestRefractoryCount)),
      fires: population.fires)
  }

  private func potential(_ value: Double, _ i: Int) -> UInt16 {
    laws.potential.code(laws.railVolts.clamp(scale.volts(potential: value, ofNeuron: i)))
  }

  /// By how much of its distance from the leak a threshold was rounded at most.
  var thresholdError: Double {
    guard population.fires else { return 0 }
    return population.neurons.enumerated().reduce(0) { worst, entry in
      let (i, neuron) = entry
      let wanted = scale.volts(potential: neuron.threshold, ofNeuron: i)
      let distance = (neuron.threshold - neuron.leak) * scale.voltsPerUnit(ofNeuron: i)
      let given = laws.potential.value(code: Int(potential(neuron.threshold, i)))
      let error = (given - wanted).magnitude / distance.magnitude
      return error.isFinite ? max(worst, error) : worst
    }
  }
}
