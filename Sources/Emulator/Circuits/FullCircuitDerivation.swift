import ChipInterface
import HardwareSpec

/// Derives the constants of full circuits from settings, chip file and deviation.
///
/// Deviations enter the same factors as in the lean circuit: the gain's is that of a conductance,
/// the exponential term's threshold moves as the comparator's does.
struct FullCircuitDerivation {
  let spec: ChipSpec
  /// Whether the phases of events are carried to second order.
  let secondOrder: Bool

  /// The constants of a circuit; `lean` has its potentials, refractory time and noise.
  func constants(
    _ nominal: NominalCircuit, _ deviation: CircuitDeviation, _ lean: CircuitConstants
  ) -> FullCircuitConstants {
    var constants = FullCircuitConstants()
    let ticks = nominal.membraneTicks * deviation.membraneTime
    let loss = DeterministicMath.oneMinusExp(ofMinus: 1 / ticks)
    constants.rest = Float(lean.rest - 256)
    (constants.rate, constants.loss) = (Float(1 / ticks), Float(loss))
    constants.damping = Float(loss * ticks)
    (constants.excitatory, constants.inhibitory) = synapses(
      nominal, deviation, membraneTicks: ticks)
    constants.noise = Float(lean.noise) / 16
    if nominal.fires { constants.threshold = Float(lean.threshold) }
    (constants.reset, constants.refractory) = (Float(lean.reset), Float(lean.refractory))
    setOptions(&constants, nominal, deviation)
    return constants
  }

  // MARK: Synapses

  private enum Sign { case excitatory, inhibitory }

  /// Both signs of a circuit's synapses on a membrane whose time constant may be another's.
  func synapses(
    _ nominal: NominalCircuit, _ deviation: CircuitDeviation, membraneTicks: Double
  ) -> (excitatory: SynapticInput.Constants, inhibitory: SynapticInput.Constants) {
    (
      synapses(
        nominal, deviation, .excitatory, membraneTicks: membraneTicks,
        synapticTicks: nominal.excitatoryTicks * deviation.excitatoryTime),
      synapses(
        nominal, deviation, .inhibitory, membraneTicks: membraneTicks,
        synapticTicks: nominal.inhibitoryTicks * deviation.inhibitoryTime)
    )
  }

  private func synapses(
    _ nominal: NominalCircuit, _ deviation: CircuitDeviation, _ sign: Sign,
    membraneTicks: Double, synapticTicks: Double
  ) -> SynapticInput.Constants {
    let solution = TwoExponential(membraneTicks: membraneTicks, synapticTicks: synapticTicks)
    let loss = DeterministicMath.oneMinusExp(ofMinus: solution.membraneRate)
    let steps = Double(spec.synapse.effectiveStepsPerWeight)
    var constants = SynapticInput.Constants()
    constants.left = Float(solution.current(after: 1))
    constants.mean = Float(solution.potential(after: 1) / loss)
    constants.inject = moments(
      PhaseFit(secondOrder: secondOrder) { solution.current(after: $0) / steps })
    constants.arrive = moments(
      PhaseFit(secondOrder: secondOrder) { solution.potential(after: $0) / loss / steps })
    setDrive(&constants, nominal, deviation, sign)
    return constants
  }

  private func setDrive(
    _ constants: inout SynapticInput.Constants, _ nominal: NominalCircuit,
    _ deviation: CircuitDeviation, _ sign: Sign
  ) {
    let scale = MembraneScale(spec.readout)
    let excites = sign == .excitatory
    let factor = excites ? deviation.excitatoryGain : deviation.inhibitoryGain
    if let input = excites ? nominal.options.excitatory : nominal.options.inhibitory {
      constants.conductance = Float(input.perWeight * factor)
      constants.drive = Float(input.perWeight * factor * Double(scale.counts(at: input.reversal)))
    } else {
      let gain = excites ? nominal.excitatoryGain : -nominal.inhibitoryGain
      constants.drive = Float(scale.counts(difference: gain * factor))
    }
    let stage = spec.circuits?.inputStage
    let level = excites ? stage?.excitatoryLevel : stage?.inhibitoryLevel
    constants.level = Float(level ?? spec.neuron.inputSaturation)
  }

  private func moments(_ fit: PhaseFit) -> SynapticInput.Moments {
    var moments = SynapticInput.Moments()
    (moments.m0, moments.m1, moments.m2) = (Float(fit.c0), Float(fit.c1), Float(fit.c2))
    return moments
  }

  // MARK: Options

  private func setOptions(
    _ constants: inout FullCircuitConstants, _ nominal: NominalCircuit,
    _ deviation: CircuitDeviation
  ) {
    let (options, scale) = (nominal.options, MembraneScale(spec.readout))
    if let part = options.adaptation {
      constants.adaptation = .init(
        conductance: Float(part.conductance),
        loss: Float(DeterministicMath.oneMinusExp(ofMinus: 1 / part.ticks)),
        rate: Float(1 / part.ticks), jump: Float(scale.counts(difference: part.increment)))
    }
    if let part = options.exponential {
      let slope = scale.counts(difference: part.slope)
      constants.exponential = .init(
        slope: Float(slope), steepness: Float(1 / slope),
        onset: onset(part.threshold, nominal, deviation), rate: constants.rate)
    }
    if let part = options.reset {
      constants.resetRate = Float(1 / part.ticks)
      constants.delay = Float(part.comparatorDelay * 64)
    }
    if let part = options.thresholdAdaptation {
      constants.shift = .init(
        left: Float(DeterministicMath.exp(-1 / part.ticks)), rate: Float(1 / part.ticks),
        jump: Float(scale.counts(difference: part.increment)))
    }
  }

  /// V_T on the device: it moves with the leak, and its distance from it as the comparator's does.
  private func onset(
    _ threshold: Double, _ nominal: NominalCircuit, _ deviation: CircuitDeviation
  ) -> Float {
    let distance = abs(nominal.threshold - nominal.leak)
    let leak = nominal.leak + deviation.leakShift * distance
    let volts = leak + (threshold - nominal.leak) * deviation.thresholdDistance
    return Float(MembraneScale(spec.readout).counts(at: volts))
  }
}

extension RowDriver.Constants {
  /// The constants of a row driver by the laws of a chip.
  init(_ row: RowPlasticity, _ laws: ShortTermPlasticitySpec, tickSeconds: Double) {
    self.init()
    utilisation = Float(laws.utilisation.value(code: Int(row.utilisation)))
    rate = Float(tickSeconds / laws.recoveryTime.value(code: Int(row.recoveryTime)))
    if row.facilitates {
      offset = Float(1 - laws.facilitation * laws.facilitationOffset)
      scale = Float(laws.facilitation)
    } else {
      scale = Float(-laws.depression)
    }
  }
}
