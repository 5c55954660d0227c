import ChipInterface
import HardwareSpec

/// Holds the registers of a network against what a chip's registers take.
struct RegisterChecks {
  private let spec: ChipSpec
  private let digital: DigitalSpec
  private(set) var misfits: [Misfit] = []

  init(_ spec: ChipSpec, _ digital: DigitalSpec) { (self.spec, self.digital) = (spec, digital) }

  /// People read the first ones.
  private static let most = 100

  private mutating func add(_ misfit: Misfit) {
    if misfits.count < Self.most { misfits.append(misfit) }
  }

  mutating func check(
    _ owner: String, _ index: Int, _ register: String, _ value: some BinaryInteger,
    _ allowed: ClosedRange<Int>
  ) {
    if !allowed.contains(Int(clamping: value)) {
      add(
        .register(
          owner: owner, index: index, register: register, value: Int(clamping: value),
          allowed: allowed))
    }
  }

  mutating func check(_ population: RegisterPopulation) {
    let lowest = -(1 << (digital.stateBits - 1)) + 1
    check(population.name, 0, "lowest voltage", population.lowestVoltage, lowest...0)
    for (index, neuron) in population.neurons.enumerated() {
      for (register, value, allowed) in limits(neuron) {
        check(population.name, index, register, value, allowed)
      }
    }
  }

  private func limits(_ neuron: CurrentBasedNeuron) -> [(String, Int, ClosedRange<Int>)] {
    let decay = 0...(1 << digital.decayBits) - 1
    let threshold = 1 << digital.thresholdBits
    let state = (1 << (digital.stateBits - 1)) - 1
    let mantissa = 1 << max(digital.biasMantissaBits - 1, 0)
    let exponent = digital.largestBiasExponent
    return [
      ("current decay", Int(neuron.currentDecay), decay),
      ("voltage decay", Int(neuron.voltageDecay), decay),
      ("threshold", Int(neuron.threshold), -threshold + 1...threshold - 1),
      ("low threshold", Int(neuron.lowThreshold ?? 0), -threshold + 1...threshold - 1),
      ("bias mantissa", Int(neuron.biasMantissa), -mantissa...mantissa - 1),
      ("bias exponent", Int(neuron.biasExponent), -15...exponent),
      ("refractory count", Int(neuron.refractoryCount), 0...digital.largestRefractoryCount),
      ("initial current", Int(neuron.initialCurrent), -state...state),
      ("initial voltage", Int(neuron.initialVoltage), -state...state),
    ]
  }

  mutating func check(_ projection: RegisterProjection) {
    let name = projection.name
    let bits = projection.signMode == .mixed || projection.signMode == nil ? 1...9 : 1...8
    check(name, 0, "weight bits", projection.weightBits, bits)
    check(name, 0, "weight exponent", projection.weightExponent, digital.weightExponents)
    let tags = spec.learning?.tags ?? 0...0
    let delays = 0...(projection.delayActs ? digital.longestDelay : 255)
    for (index, synapse) in projection.synapses.enumerated() {
      check(name, index, "delay", synapse.delay, delays)
      check(name, index, "tag", synapse.tag, tags)
    }
    if projection.program != nil, spec.learning == nil {
      add(.noLearning(projection: name, chip: spec.name))
    }
  }

  mutating func check(_ cores: [CrossbarCore]) {
    for (index, core) in cores.enumerated() {
      let name = "core \(index)"
      for (part, found, allowed) in [
        (CorePart.neurons, core.neurons.count, spec.geometry.circuitsPerCore),
        (.axons, core.axonTypes.count, spec.geometry.rowPairsPerCore),
      ] where found > allowed {
        add(
          .fanIn(population: name, neuron: nil, part: part, needed: found, available: allowed))
      }
      for (axon, type) in core.axonTypes.enumerated() {
        check(name, axon, "axon type", type, 0...max(digital.axonTypes - 1, 0))
      }
      for (neuron, registers) in core.neurons.enumerated() {
        for (register, value, allowed) in limits(registers) {
          check(name, neuron, register, value, allowed)
        }
      }
    }
  }

  private func limits(_ neuron: CrossbarNeuron) -> [(String, Int, ClosedRange<Int>)] {
    let threshold = 0...(1 << digital.thresholdBits) - 1
    let state = -(1 << (digital.stateBits - 1))...(1 << (digital.stateBits - 1)) - 1
    return neuron.weights.map { ("weight", Int($0), digital.weights) } + [
      ("leak", Int(neuron.leak), digital.weights),
      ("threshold", Int(neuron.threshold), threshold),
      ("negative threshold", Int(neuron.negativeThreshold), threshold),
      ("threshold mask", Int(neuron.thresholdMask), threshold),
      ("reset potential", Int(neuron.resetPotential), state),
      ("initial potential", Int(neuron.initialPotential), state),
    ]
  }
}
