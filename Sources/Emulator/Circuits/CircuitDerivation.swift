import ChipInterface
import HardwareSpec

/// Derives the constants of circuits from settings, chip file and deviation.
struct CircuitDerivation {
  let spec: ChipSpec
  /// Whether the phases of events are carried to second order.
  let secondOrder: Bool
  /// Whether the membrane has noise.
  let noisy: Bool

  /// Whether any of the circuits is so fast that its core needs the second moment.
  static func needsSecondOrder(_ circuits: [(NominalCircuit, CircuitDeviation)]) -> Bool {
    circuits.contains { nominal, deviation in
      let membrane = nominal.membraneTicks * deviation.membraneTime
      return isTooFast(membrane, nominal.excitatoryTicks * deviation.excitatoryTime)
        || isTooFast(membrane, nominal.inhibitoryTicks * deviation.inhibitoryTime)
    }
  }

  /// Whether straight lines in the phase would miss the current by more than 0.6 %, or the
  /// membrane by more than 0.6 % of a PSP's extreme.
  private static func isTooFast(_ membraneTicks: Double, _ synapticTicks: Double) -> Bool {
    let solution = TwoExponential(membraneTicks: membraneTicks, synapticTicks: synapticTicks)
    let (y, x) = (solution.membraneRate, solution.synapticRate)
    let extreme = solution.potential(after: solution.timeOfExtreme)
    return x * x / 16 > 0.006 || y * (x + y) / 16 > 0.006 * extreme
  }

  func constants(_ nominal: NominalCircuit, _ deviation: CircuitDeviation) -> CircuitConstants {
    var constants = CircuitConstants()
    let rate = 1 / (nominal.membraneTicks * deviation.membraneTime)
    setPotentials(&constants, nominal, deviation)
    setTerms(&constants, nominal, deviation)
    constants.curvature = Int32((rate / 2 * 4096).rounded())
    constants.refractory = Int32(max(1, nominal.refractoryTicks + deviation.refractoryCounts) * 64)
    let offset = deviation.readoutOffset(spec.readout) * MembraneScale.countsPerCode
    constants.adcOffset = Int32(min(max(offset.rounded(), -0x1p23), 0x1p23))
    if noisy { constants.noise = noise(nominal, rate) }
    return constants
  }

  private func setPotentials(
    _ constants: inout CircuitConstants, _ nominal: NominalCircuit, _ deviation: CircuitDeviation
  ) {
    let scale = MembraneScale(spec.readout)
    let distance = nominal.threshold - nominal.leak
    let leak = nominal.leak + deviation.leakShift * abs(distance)
    let rest =
      leak + deviation.leakVolts + deviation.inputOffset * abs(distance) + deviation.restVolts
    // 256 is half of the 9 bits that the leak term drops.
    constants.rest = bounded(scale.counts(at: rest)) + 256
    constants.reset = bounded(
      scale.counts(at: nominal.reset + deviation.resetShift * abs(distance) + deviation.resetVolts))
    if nominal.fires {
      constants.threshold = scale.counts(
        at: leak + distance * deviation.thresholdDistance + deviation.thresholdVolts)
    }
    switch deviation.defect {
    case .dead: constants.threshold = .max
    case .stuck: constants.threshold = bounded(.min)
    case nil: break
    }
  }

  private func bounded(_ potential: MembraneCount) -> MembraneCount {
    let scale = MembraneScale(spec.readout)
    let rails = spec.neuron.railVolts
    return min(
      max(potential, scale.counts(at: rails.lowerBound)), scale.counts(at: rails.upperBound))
  }

  private func setTerms(
    _ constants: inout CircuitConstants, _ nominal: NominalCircuit, _ deviation: CircuitDeviation
  ) {
    let membrane = nominal.membraneTicks * deviation.membraneTime
    let leak = 512 * DeterministicMath.oneMinusExp(ofMinus: 1 / membrane)
    let excitatory = SynapticTerms(
      membraneTicks: membrane, synapticTicks: nominal.excitatoryTicks * deviation.excitatoryTime,
      countsPerUnit: countsPerUnit(nominal.excitatoryGain * deviation.excitatoryGain),
      secondOrder: secondOrder)
    let inhibitory = SynapticTerms(
      membraneTicks: membrane, synapticTicks: nominal.inhibitoryTicks * deviation.inhibitoryTime,
      countsPerUnit: countsPerUnit(nominal.inhibitoryGain * deviation.inhibitoryGain),
      secondOrder: secondOrder)
    let saturation = spec.neuron.inputSaturation * 2 * Double(spec.synapse.effectiveStepsPerWeight)
    let largestSum =
      32_768 * leak + max(excitatory.largestSum(saturation), inhibitory.largestSum(saturation))
    let largest = max(leak, excitatory.largestTerm, inhibitory.largestTerm)
    let shift = Self.largestShift(sum: largestSum, coefficient: largest)
    constants.shift = Int32(shift)
    constants.leak = Self.fixed(leak, shift)
    constants.excitatory = excitatory.constants(shift, saturation, sign: 1)
    constants.inhibitory = inhibitory.constants(shift, saturation, sign: -1)
  }

  /// Membrane counts of R·I for one unit of current: half an effective step of weight.
  private func countsPerUnit(_ gain: Double) -> Double {
    MembraneScale(spec.readout).counts(difference: gain)
      / (2 * Double(spec.synapse.effectiveStepsPerWeight))
  }

  /// A stationary deviation σ needs `σ·√(1 − e^(−2/τ))` in every tick.
  private func noise(_ nominal: NominalCircuit, _ rate: Double) -> Int32 {
    let distance = abs(nominal.threshold - nominal.leak)
    let stationary =
      MembraneScale(spec.readout).counts(difference: distance) * spec.imperfections.membraneNoise
    let each = stationary * DeterministicMath.oneMinusExp(ofMinus: 2 * rate).squareRoot()
    return Int32((each / HashNoise.standardDeviation * 16).rounded())
  }

  private static func largestShift(sum: Double, coefficient: Double) -> Int {
    var shift = 0
    while shift < 20, sum * Double(2 << shift) < 0x1p31, coefficient * Double(2 << shift) < 32_767 {
      shift += 1
    }
    return shift
  }

  fileprivate static func fixed(_ value: Double, _ shift: Int) -> Int32 {
    Int32(min(max((value * Double(1 << shift)).rounded(), -32_767), 32_767))
  }
}

/// The real-valued terms of one sign of synapses.
private struct SynapticTerms {
  let decay, drive: Double
  let inject, jump: PhaseFit

  init(membraneTicks: Double, synapticTicks: Double, countsPerUnit: Double, secondOrder: Bool) {
    let solution = TwoExponential(membraneTicks: membraneTicks, synapticTicks: synapticTicks)
    decay = DeterministicMath.oneMinusExp(ofMinus: solution.synapticRate)
    drive = countsPerUnit * solution.potential(after: 1)
    inject = PhaseFit(secondOrder: secondOrder) { solution.current(after: $0) }
    // An effective step of weight is two units; moments 1 and 2 count quarters.
    jump = PhaseFit(secondOrder: secondOrder) { 2 * countsPerUnit * solution.potential(after: $0) }
  }

  /// The largest sum of the terms in any tick: saturated current, and 32 events of full charge.
  func largestSum(_ saturation: Double) -> Double {
    saturation * drive + 8160 * abs(jump.c0) + 32_640 * (abs(jump.c1) + abs(jump.c2)) / 4
  }

  var largestTerm: Double { max(drive, abs(jump.c0), abs(jump.c1) / 4, abs(jump.c2) / 4) }

  func constants(_ shift: Int, _ saturation: Double, sign: Double) -> SynapticConstants {
    var constants = SynapticConstants()
    constants.decay = Int32((decay * 65_536).rounded())
    constants.saturation = Int32(saturation.rounded())
    constants.drive = CircuitDerivation.fixed(sign * drive, shift)
    constants.inject0 = CircuitDerivation.fixed(inject.c0, 14)
    constants.inject1 = CircuitDerivation.fixed(inject.c1, 12)
    constants.inject2 = CircuitDerivation.fixed(inject.c2, 12)
    constants.jump0 = CircuitDerivation.fixed(sign * jump.c0, shift)
    constants.jump1 = CircuitDerivation.fixed(sign * jump.c1 / 4, shift)
    constants.jump2 = CircuitDerivation.fixed(sign * jump.c2 / 4, shift)
    return constants
  }
}
