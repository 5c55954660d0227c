import ChipInterface
import HardwareSpec

/// Where the potentials of one population lie on the chip, and how far its scale may be moved.
///
/// The leak rests at the convention's code. The largest distance from leak to threshold takes the
/// convention's codes as the DAC rounds them, so that this threshold is met exactly; where gains do
/// not reach, distances are made smaller or larger instead, as a neuron that hears and compares in
/// smaller volts fires at the same times.
struct PotentialScale {
  private let population: SpikingPopulation
  private let spec: ChipSpec
  private let leakCode: Int
  let leakVolts: Double
  /// The network's potential at the leak's volts: the middle of the neurons' leaks.
  let leakPotential: Double
  /// Volts of one unit of the network's potential by the convention.
  let voltsPerUnit: Double
  /// The largest distance from leak to threshold, in the network's potential.
  private let distance: Double

  init(_ population: SpikingPopulation, _ spec: ChipSpec, _ log: inout CompileLog) {
    let (law, readout) = (spec.neuron.potential, spec.readout)
    (self.population, self.spec) = (population, spec)
    let leaks = population.neurons.map(\.leak)
    leakPotential = (leaks.min() ?? 0) / 2 + (leaks.max() ?? 0) / 2
    let code =
      population.fires ? MappingConvention.firingLeakCode : MappingConvention.readoutLeakCode
    leakCode = Int(law.code(readout.zeroVolts + code * readout.lsbVolts))
    leakVolts = law.value(code: leakCode)
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
    (self.distance, voltsPerUnit) = (distance, volts / distance)
  }

  var fires: Bool { population.fires }

  // MARK: Other scales

  /// The scales that a population may have: as few codes as the convention allows, and as many as
  /// keep its potentials where the ADC reads them.
  func range(ofNeuron i: Int) -> ClosedRange<Double> {
    let least = MappingConvention.leastCodesPerUnit / MappingConvention.codesPerUnit * voltsPerUnit
    guard fires else { return least...voltsPerUnit }
    let neuron = population.neurons[i]
    let share = (1e-9...1).clamp((neuron.threshold - neuron.leak) / distance)
    return min(least / share, voltsPerUnit)...max(most(neuron), voltsPerUnit)
  }

  private func most(_ neuron: SpikingNeuron) -> Double {
    let readout = spec.readout
    let top = min(spec.neuron.railVolts.upperBound, readout.zeroVolts + 247 * readout.lsbVolts)
    let bottom = max(spec.neuron.railVolts.lowerBound, readout.zeroVolts)
    let potentials = [neuron.threshold, neuron.reset, neuron.leak + neuron.biasShift]
    let scales = potentials.map { $0 - leakPotential }.map { shift in
      shift > 0 ? (top - leakVolts) / shift : shift < 0 ? (bottom - leakVolts) / shift : .infinity
    }
    let least = scales.min() ?? voltsPerUnit
    return least.isFinite ? least : voltsPerUnit
  }

  /// The largest scale at which a neuron's potentials lie within the rails.
  func mostWithinRails(ofNeuron i: Int) -> Double {
    let allowed = spec.neuron.potential.range.clamped(to: spec.neuron.railVolts)
    let neuron = population.neurons[i]
    let own = fires ? [neuron.threshold, neuron.reset] : []
    return (own + [neuron.leak + neuron.biasShift]).map { $0 - leakPotential }.map { shift in
      shift > 0
        ? (allowed.upperBound - leakVolts) / shift
        : shift < 0 ? (allowed.lowerBound - leakVolts) / shift : .infinity
    }.min() ?? .infinity
  }

  /// The scale nearest to one wanted whose threshold the DAC has, for the largest distance or a
  /// neuron's own.
  func scale(near wanted: Double, ofNeuron i: Int?, roundingUp: Bool) -> Double {
    guard fires else { return wanted }
    let distance = i.map { population.neurons[$0].threshold - population.neurons[$0].leak }
    let steps = scales(around: wanted, distance: distance ?? self.distance, within: 1)
    return (roundingUp ? steps.first { $0 >= wanted } : steps.last { $0 <= wanted }) ?? wanted
  }

  /// Scales whose thresholds the DAC has, ascending, by up to so many codes from one wanted.
  func scales(around wanted: Double, ofNeuron i: Int?, within codes: Int) -> [Double] {
    let distance = i.map { population.neurons[$0].threshold - population.neurons[$0].leak }
    return scales(around: wanted, distance: distance ?? self.distance, within: codes)
  }

  private func scales(around wanted: Double, distance: Double, within codes: Int) -> [Double] {
    let law = spec.neuron.potential
    guard distance > 0, (wanted * distance).isFinite else { return [] }
    let middle = law.nearestCode(for: leakVolts + wanted * distance)
    let scales = (middle - codes...middle + codes).filter { (0...law.highestCode).contains($0) }
      .map { (law.value(code: $0) - leakVolts) / distance }
    return scales.filter { $0 > 0 }.sorted()
  }

  // MARK: Results

  func scale(_ gains: GainChoice.Settled) -> PopulationScale {
    let volts = gains.voltsPerUnit.max() ?? voltsPerUnit
    var scale = PopulationScale(
      population: population.name, voltsPerUnit: volts, leakVolts: leakVolts,
      leakPotential: leakPotential)
    if gains.voltsPerUnit.contains(where: { $0 != volts }) {
      scale.neuronFactors = gains.voltsPerUnit.map { $0 / volts }
    }
    return scale
  }

  func report(_ scale: PopulationScale, _ log: inout CompileLog) {
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
      let volts = values.enumerated().map { scale.volts(potential: $1, ofNeuron: $0) }
      guard let (count, worst) = outside(volts, allowed) else { continue }
      log.add(
        .potential(
          layer: population.name, parameter: parameter, neurons: count, volts: worst,
          allowed: allowed))
    }
  }
}
