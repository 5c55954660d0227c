import ChipInterface
import HardwareSpec

/// Finds the DAC codes of every neuron, the weight of a step for every projection, and the steps of
/// every synapse.
///
/// What lies out of range is reported and set to the end of the range, so that later passes can
/// report their misfits too.
struct Quantisation {
  private let options: CompileOptions
  private let spec: ChipSpec

  init(_ options: CompileOptions) { (self.options, spec) = (options, options.spec) }

  func quantise(_ legal: LegalNetwork, _ log: inout CompileLog) -> QuantisedNetwork {
    let network = legal.network
    let largest = spec.neuron.largestRefractoryCount
    if !(1...largest).contains(options.refractoryTicks) {
      log.add(.refractory(needed: options.refractoryTicks, available: largest))
    }
    var quantised = QuantisedNetwork(legal: legal, populations: [], projections: [])
    var weightPerStep: [Double] = []
    for population in network.populations {
      let layer = scale(population, network, &log)
      quantised.populations.append(
        QuantisedPopulation(scale: layer.scale, circuits: layer.circuits))
      weightPerStep.append(layer.weightPerStep)
    }
    for projection in network.projections {
      let target = network.populations.firstIndex { $0.name == projection.target }
      quantised.projections.append(
        round(projection, weightPerStep: target.map { weightPerStep[$0] } ?? 1, &log))
    }
    return quantised
  }

  private struct Layer {
    var scale: PopulationScale
    var circuits: [CircuitSettings]
    var weightPerStep: Double
  }

  private func scale(
    _ population: SpikingPopulation, _ network: SpikingNetwork, _ log: inout CompileLog
  ) -> Layer {
    let scale = potentialScale(population, &log)
    reportPotentials(population, scale, &log)
    let gains = GainChoice(
      layer: population.name, voltsPerUnit: scale.voltsPerUnit,
      jumps: population.neurons.map(jump), law: spec.neuron.gain)
    let (codes, weightPerStep) = gains.choose(
      asked: asked(population, network, &log),
      natural: natural(population, network), &log)
    let circuits = zip(population.neurons, codes).map { neuron, gain in
      circuit(
        neuron, fires: population.fires, scale, gain: gain,
        refractory: population.refractoryTicks ?? options.refractoryTicks)
    }
    return Layer(scale: scale, circuits: circuits, weightPerStep: weightPerStep)
  }

  // MARK: Potentials

  /// Leak at the convention's code; the layer's largest threshold distance, as the DAC rounds it,
  /// gives the scale, so that this threshold is met exactly.
  private func potentialScale(
    _ population: SpikingPopulation, _ log: inout CompileLog
  ) -> PopulationScale {
    let (law, readout) = (spec.neuron.potential, spec.readout)
    let leaks = population.neurons.map(\.leak)
    let middle = (leaks.min() ?? 0) / 2 + (leaks.max() ?? 0) / 2
    let code =
      population.fires ? MappingConvention.firingLeakCode : MappingConvention.readoutLeakCode
    let leakVolts = law.rounded(readout.zeroVolts + code * readout.lsbVolts)
    var volts = MappingConvention.codesPerUnit * readout.lsbVolts
    var distance = population.readDistance
    if population.fires {
      distance = population.neurons.map { $0.threshold - $0.leak }.max() ?? 1
      volts = law.rounded(leakVolts + volts) - leakVolts
      if !(distance > 0 && distance.isFinite) {
        log.add(
          .notPositive(
            node: population.name, parameter: "v_threshold - v_leak", value: distance))
        distance = 1
      }
    }
    return PopulationScale(
      population: population.name, voltsPerUnit: volts / distance, leakVolts: leakVolts,
      leakPotential: middle)
  }

  private func reportPotentials(
    _ population: SpikingPopulation, _ scale: PopulationScale, _ log: inout CompileLog
  ) {
    let (law, rails) = (spec.neuron.potential.range, spec.neuron.railVolts)
    let allowed = law.clamped(to: rails)
    var potentials: [(String, [Double])] = [
      ("v_leak", population.neurons.map { $0.leak + $0.biasShift })
    ]
    if population.fires {
      potentials.append(("v_threshold", population.neurons.map(\.threshold)))
      potentials.append(("v_reset", population.neurons.map(\.reset)))
    }
    for (parameter, values) in potentials {
      let volts = values.map { scale.volts(potential: $0) }
      guard let (count, worst) = outside(volts, allowed) else { continue }
      log.add(
        .potential(
          layer: population.name, parameter: parameter, neurons: count, volts: worst,
          allowed: allowed))
    }
  }

  // MARK: Circuits

  /// The jump of R·I for one event of weight 1, in potential.
  private func jump(_ neuron: SpikingNeuron) -> Double {
    neuron.chargePerWeight / (neuron.synapticTicks ?? 1)
  }

  private func circuit(
    _ neuron: SpikingNeuron, fires: Bool, _ scale: PopulationScale, gain: UInt16, refractory: Int
  ) -> CircuitSettings {
    let (laws, tick) = (spec.neuron, spec.time.tickSeconds)
    func potential(_ value: Double) -> UInt16 {
      laws.potential.code(laws.railVolts.clamp(scale.volts(potential: value)))
    }
    let synapse = laws.synapticTime.code((neuron.synapticTicks ?? 0) * tick)
    return CircuitSettings(
      leak: potential(neuron.leak + neuron.biasShift), reset: potential(neuron.reset),
      threshold: potential(neuron.threshold),
      membraneTime: laws.membraneTime.code(neuron.membraneTicks * tick), excitatoryTime: synapse,
      inhibitoryTime: synapse, excitatoryGain: gain, inhibitoryGain: gain,
      refractoryCount: UInt8(clamping: min(refractory, laws.largestRefractoryCount)),
      fires: fires)
  }

  // MARK: Weights

  /// The scale that the options ask for, if any.
  private func asked(
    _ population: SpikingPopulation, _ network: SpikingNetwork, _ log: inout CompileLog
  ) -> Double? {
    let scales = network.projections(to: population.name).compactMap {
      options.projection(network.projections[$0].name).weightPerStep
    }
    if Set(scales).count > 1 {
      log.add(.unlikeScales(layer: population.name, scales: scales))
    }
    return scales.first
  }

  /// The scale at which the largest weight of the layer takes the largest step in all copies;
  /// 1/largest when all weights are zero.
  private func natural(_ population: SpikingPopulation, _ network: SpikingNetwork) -> Double {
    let largest = Double(spec.synapse.largestWeight)
    let scales = network.projections(to: population.name).map { index in
      let projection = network.projections[index]
      let peak = projection.synapses.weights.reduce(0) { max($0, $1.magnitude) }
      return peak / (Double(options.projection(projection.name).copies) * largest)
    }
    let scale = scales.max() ?? 0
    return scale > 0 ? scale : 1 / largest
  }

  private func round(
    _ projection: SpikingProjection, weightPerStep: Double, _ log: inout CompileLog
  ) -> QuantisedProjection {
    let (weights, copies) = (
      projection.synapses.weights, options.projection(projection.name).copies
    )
    let rounding = StepRounding<Double>(
      copies: copies, weightPerStep: weightPerStep, largestWeight: spec.synapse.largestWeight)
    let (clipped, ratio) = rounding.quality(of: weights)
    let stored = weights.count * copies
    if Double(clipped) > options.maxClip * Double(stored) {
      log.add(
        .clipped(
          projection: projection.name, clipped: clipped, of: stored, allowed: options.maxClip))
    }
    return QuantisedProjection(
      copies: copies, weightPerStep: weightPerStep,
      steps: weights.map { Int16(clamping: rounding.sum($0).steps) }, clipped: clipped,
      signalToNoise: ratio)
  }
}

/// How many values lie outside of a range, and the one farthest outside; nil when none does.
func outside(
  _ values: [Double], _ allowed: ClosedRange<Double>
) -> (count: Int, worst: Double)? {
  let slack = 1e-9 * max(allowed.lowerBound.magnitude, allowed.upperBound.magnitude)
  func excess(_ value: Double) -> Double {
    value.isNaN ? .infinity : max(allowed.lowerBound - value, value - allowed.upperBound)
  }
  let bad = values.filter { excess($0) > slack }
  return bad.max { excess($0) < excess($1) }.map { (bad.count, $0) }
}

extension ClosedRange<Double> {
  /// The nearest number in the range; the lower bound for what is no number.
  func clamp(_ value: Double) -> Double {
    value > lowerBound ? Swift.min(value, upperBound) : lowerBound
  }
}

extension ParameterLaw {
  /// The code nearest to a value, or to the end of the range beyond which it lies.
  func code(_ value: Double) -> UInt16 {
    UInt16(clamping: nearestCode(for: range.clamp(value)))
  }

  /// The value that the DAC gives for a value asked for.
  func rounded(_ value: Double) -> Double { self.value(code: Int(code(value))) }
}
