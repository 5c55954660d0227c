import ChipInterface
import HardwareSpec

/// Turns a network of leaky neurons into registers of current-based digital cores.
///
/// The chip steps as forward Euler does: `u ← u(1 − 1/τs) + a`, `v ← v(1 − 1/τm) + u + b`. So
/// decays are 4096/τ, potentials count from the reset potential, where the chip puts the voltage
/// after a spike, and the leak becomes a bias. One unit of a weight moves the voltage by the jump
/// of R·I over τm.
struct CurrentBasedLegalisation {
  private let options: CompileOptions
  private let digital: DigitalSpec
  private let network: SpikingNetwork
  private(set) var qualities: [LayerQuality] = []

  init(_ network: SpikingNetwork, _ digital: DigitalSpec, _ options: CompileOptions) {
    (self.network, self.digital, self.options) = (network, digital, options)
  }

  mutating func registers(_ log: inout CompileLog) -> CurrentBasedNetwork {
    var body = CurrentBasedNetwork(
      inputCount: network.inputCount, populations: [], projections: [])
    var projections = [RegisterProjection?](repeating: nil, count: network.projections.count)
    for population in network.populations {
      let incoming = network.projections(to: population.name)
      let state = StateScale(
        population, incoming.map { network.projections[$0] }, digital, options)
      state.report(&log)
      body.populations.append(self.population(population, state, &log))
      for (place, index) in incoming.enumerated() {
        projections[index] = state.registers(of: network.projections[index], place)
      }
      qualities.append(state.quality)
    }
    body.projections = projections.compactMap { $0 }
    return body
  }

  // MARK: Neurons

  private func population(
    _ population: SpikingPopulation, _ state: StateScale, _ log: inout CompileLog
  ) -> RegisterPopulation {
    if population.fires, population.reset == .subtract {
      log.add(.resetToPotential(layer: population.name, error: state.overshoot))
    }
    let decays = population.neurons.map { registers(decaying: $0) }
    report(population, decays, &log)
    let neurons = population.neurons.indices.map { i in
      neuron(population, i, decays[i].registers, state, &log)
    }
    return RegisterPopulation(name: population.name, neurons: neurons)
  }

  private struct Decays {
    var registers: (current: UInt16, voltage: UInt16)
    /// What the registers give over what is wanted, less 1.
    var error: Double
    /// The shorter time constant, in steps.
    var shortest: Double
  }

  private func registers(decaying neuron: SpikingNeuron) -> Decays {
    let full = Double(1 << digital.decayBits)
    func register(_ ticks: Double, offset: Int) -> (register: UInt16, error: Double) {
      let wanted = full / ticks
      let register = min(max((wanted - Double(offset)).rounded(), 0), full - 1)
      let error = wanted > 0 ? (register + Double(offset)) / wanted - 1 : 0
      return (UInt16(register.isNaN ? 0 : register), error)
    }
    let current = register(neuron.synapticTicks ?? 1, offset: digital.currentDecayOffset)
    let voltage = register(
      max(neuron.membraneTicks, neuron.hasLeak ? 0 : 1), offset: digital.voltageDecayOffset)
    return Decays(
      registers: (current.register, voltage.register),
      error: max(current.error.magnitude, voltage.error.magnitude),
      shortest: min(neuron.synapticTicks ?? .infinity, neuron.hasLeak ? neuron.membraneTicks : 1))
  }

  private func report(
    _ population: SpikingPopulation, _ decays: [Decays], _ log: inout CompileLog
  ) {
    let short = decays.filter { !($0.shortest >= 1 - 1e-9) }
    if let worst = short.map(\.shortest).min() {
      log.add(
        .decay(
          layer: population.name, neurons: short.count, steps: worst,
          remedy: options.ticksPerStep * Int(max(min((1 / worst).rounded(.up), 1e6), 1))))
    } else if let worst = decays.map(\.error).max(), worst > 1e-9 {
      log.add(.roundedDecays(layer: population.name, relative: worst))
    }
  }

  private func neuron(
    _ population: SpikingPopulation, _ i: Int, _ decays: (current: UInt16, voltage: UInt16),
    _ state: StateScale, _ log: inout CompileLog
  ) -> CurrentBasedNeuron {
    let neuron = population.neurons[i]
    var registers = CurrentBasedNeuron(
      currentDecay: decays.current, voltageDecay: decays.voltage,
      threshold: population.fires
        ? state.threshold(i) : Int32(1 << digital.thresholdBits) - 1)
    let origin = population.origin(i)
    let drift =
      neuron.hasLeak
      ? (neuron.leak + neuron.biasShift - origin) / neuron.membraneTicks : neuron.biasShift
    let bias = state.register(drift)
    (registers.biasMantissa, registers.biasExponent) = split(bias)
    if bias.magnitude > Double(1 << (digital.biasMantissaBits - 1 + digital.largestBiasExponent)) {
      let most = 1 << (digital.biasMantissaBits - 1 + digital.largestBiasExponent)
      log.add(
        .register(
          owner: population.name, index: i, register: "bias",
          value: Int(max(min(bias, 1e15), -1e15)),
          allowed: -most...most))
    }
    let half = Double(1 << (digital.stateBits - 1)) - 1
    registers.initialVoltage = Int32(min(max(state.register(-origin), -half), half))
    registers.refractoryCount = UInt8(
      clamping: min(
        population.refractoryTicks ?? options.refractoryTicks, digital.largestRefractoryCount))
    return registers
  }

  /// The smallest exponent at which a bias fits the mantissa.
  private func split(_ bias: Double) -> (mantissa: Int16, exponent: Int8) {
    let most = Double(1 << (digital.biasMantissaBits - 1)) - 1
    var (scaled, exponent) = (bias, 0)
    while scaled.magnitude.rounded() > most, exponent < digital.largestBiasExponent {
      scaled /= 2
      exponent += 1
    }
    return (Int16(min(max(scaled.rounded(), -most), most)), Int8(exponent))
  }
}

/// How well a layer's weights are kept by a digital chip.
struct LayerQuality {
  /// Signal over rounding error of the weights, in decibels; nil when nothing was rounded.
  var signalToNoise: Double?
  /// What one unit of a stored weight means in the network's own weight, for the first neuron.
  var weightPerStep: Double
}

extension SpikingPopulation {
  /// The potential that a digital neuron counts from: where a spike puts it.
  func origin(_ i: Int) -> Double {
    fires ? neurons[i].reset : neurons[i].leak
  }
}

extension SpikingNeuron {
  /// Whether the membrane forgets with a time constant: it is neither a sum nor without memory.
  var hasLeak: Bool { membraneTicks > 0 && membraneTicks.isFinite }

  /// By how much one event of weight 1 moves the potential in its first step.
  var firstStep: Double {
    let jump = chargePerWeight / (synapticTicks ?? 1)
    return hasLeak ? jump / membraneTicks : jump
  }
}
