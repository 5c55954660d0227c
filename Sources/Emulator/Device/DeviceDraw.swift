import HardwareSpec

/// Draws the circuits of one device.
public struct DeviceDraw: Sendable {
  /// The parameters that have a draw of their own; raw values are part of the draw and stay.
  enum Parameter: UInt64 {
    case membraneTime = 1
    case excitatoryTime, inhibitoryTime, excitatoryGain, inhibitoryGain, thresholdDistance, leak,
      reset, inputOffset, refractory, adcOffset, synapse
    case inhibitoryReference = 32
    case readoutOffset, adcSlope, adcPhase, coreBit, synapseBit, rowAmplitude, rowPulse, columnGain,
      drift, trial
  }

  /// The two levels of a spread.
  enum Level: UInt64 { case local, block }

  let spec: ChipSpec
  let spreads: ImperfectionSpec
  let effects: Effects
  let seed: UInt64
  /// The seed of the circuits' mismatch: another one once the device is calibrated.
  private let circuitSeed: UInt64
  private let listed: DefectList
  /// Relative change of all bias currents by temperature.
  private let temperatureFactor: Double
  /// Hardware time between the loading of an image and its runs, in seconds.
  let settledSeconds: Double

  /// Prepares the draw of the device that settings describe.
  public init(_ spec: ChipSpec, _ settings: EmulationSettings) {
    self.init(
      spec, seed: settings.chipSeed, mismatch: settings.mismatch, effects: settings.effects,
      residual: settings.residual, defects: settings.defects, drift: settings.drift,
      temperature: settings.temperature, settledSeconds: settings.settledSeconds)
  }

  /// Prepares the draw of a device; `mismatch` replaces the file's spreads.
  ///
  /// `residual` redraws the circuits at a uniform scale, as if a calibration had left that much.
  /// `defects` adds to those that the file's rates give.
  public init(
    _ spec: ChipSpec, seed: UInt64, mismatch: Double?, effects: Effects, residual: Double? = nil,
    defects: DefectList = .none, drift: DriftSpec? = nil, temperature: Double = 0,
    settledSeconds: Double = .infinity
  ) {
    (self.spec, self.seed, self.effects, listed) = (spec, seed, effects, defects)
    let scale = residual ?? mismatch
    var spreads = scale.map { spec.imperfections.uniform($0) } ?? spec.imperfections
    if residual != nil { spreads.adcOffsetLSB = min(spreads.adcOffsetLSB, 2) }
    if let drift { spreads.drift = drift }
    let change = effects.contains(.drift) ? spreads.drift.perKelvin * temperature : 0
    (self.spreads, self.settledSeconds) = (spreads, settledSeconds)
    temperatureFactor = max(0.1, 1 + change)
    circuitSeed = residual == nil ? seed : CounterRandom.mix(seed ^ 0x5245_5349_4455_414C)
  }

  /// The deviation of one circuit, its defects apart.
  public func deviation(core: CoreOnChip, column: Int) -> CircuitDeviation {
    var deviation = CircuitDeviation.none
    if effects.contains(.mismatch) {
      if let parameters = spreads.parameters {
        drawMeasured(&deviation, parameters, core.index, column)
      } else {
        drawUniform(&deviation, core.index, column)
      }
      drawRefractory(&deviation, core.index, column)
    }
    if effects.contains(.adc) { drawReadout(&deviation, core.index, column) }
    return temperatureFactor == 1 ? deviation : deviation.withBiasCurrents(temperatureFactor)
  }

  /// The deviations of all circuits of a core in use, with their defects.
  public func deviations(core: CoreOnChip, count: Int) -> [CircuitDeviation] {
    var deviations = (0..<count).map { deviation(core: core, column: $0) }
    let defects = defects(of: core)
    for column in defects.stuckColumns where column < count { deviations[column].defect = .stuck }
    let dead = defects.isDead ? Array(0..<count) : defects.deadColumns
    for column in dead where column < count { deviations[column].defect = .dead }
    return deviations
  }

  /// What is broken on a core.
  public func defects(of core: CoreOnChip) -> CoreDefects {
    guard effects.contains(.defects) else { return CoreDefects() }
    var defects = spreads.defectRates.defects(of: core, on: spec.geometry, seed: seed)
    let listed = listed.part(of: core)
    defects.isDead = defects.isDead || listed.isDead
    defects.deadColumns += listed.deadColumns
    defects.stuckColumns += listed.stuckColumns
    defects.deadRows += listed.deadRows
    defects.deadSynapses += listed.deadSynapses
    return defects
  }

  /// Whether the link from a core to its neighbour loses every event.
  public func hasDeadLink(from a: CoreOnChip, to b: CoreOnChip) -> Bool {
    effects.contains(.defects)
      && (listed.hasDeadLink(from: a, to: b)
        || spreads.defectRates.hasDeadLink(from: a, to: b, seed: seed))
  }

  /// Whether circuits differ from sample to sample.
  var variesBySample: Bool {
    effects.contains(.trial) && spreads.trialErrors != .none || DriftProcess(self) != nil
  }

  func generator(_ parameter: Parameter, _ level: Level) -> CounterRandom {
    CounterRandom(seed: seed, stream: parameter.rawValue << 1 | level.rawValue)
  }

  private func circuitGenerator(_ parameter: Parameter, _ level: Level) -> CounterRandom {
    CounterRandom(seed: circuitSeed, stream: parameter.rawValue << 1 | level.rawValue)
  }

  private func levels(_ parameter: Parameter, _ core: Int, _ column: Int) -> Levels {
    let block = column / spec.geometry.circuitsPerBlock
    return Levels(
      block: circuitGenerator(parameter, .block).normal(core, block),
      local: circuitGenerator(parameter, .local).normal(core, column))
  }
}

// MARK: Circuits

extension DeviceDraw {
  private func drawUniform(_ deviation: inout CircuitDeviation, _ core: Int, _ column: Int) {
    func two(_ parameter: Parameter) -> Levels { levels(parameter, core, column) }
    let coupling = spreads.excitatoryInhibitoryCorrelation
    let (time, gain) = (two(.excitatoryTime), two(.excitatoryGain))
    deviation.membraneTime = two(.membraneTime).lognormal(spreads.membraneTime)
    deviation.excitatoryTime = time.lognormal(spreads.synapticTime)
    deviation.inhibitoryTime =
      two(.inhibitoryTime).correlated(with: time, coupling).lognormal(spreads.synapticTime)
    deviation.excitatoryGain = gain.lognormal(spreads.gain)
    deviation.inhibitoryGain =
      two(.inhibitoryGain).correlated(with: gain, coupling).lognormal(spreads.gain)
    deviation.thresholdDistance =
      max(0.3, 1 + two(.thresholdDistance).normal(spreads.thresholdDistance))
    let leak = two(.leak)
    deviation.leakShift = leak.normal(spreads.restPotential)
    deviation.resetShift =
      two(.reset).correlated(with: leak, spreads.leakResetCorrelation).normal(spreads.restPotential)
    deviation.inputOffset = two(.inputOffset).normal(spreads.inputOffset)
  }

  private func drawRefractory(_ deviation: inout CircuitDeviation, _ core: Int, _ column: Int) {
    let counts = 2 * spreads.refractoryCounts + 1
    let draw = circuitGenerator(.refractory, .local).uniform(core, column)
    deviation.refractoryCounts = Int(draw * Double(counts)) - spreads.refractoryCounts
  }

  /// Draws the biases together.
  ///
  /// A larger current makes its time constant shorter; leak and reset are as the readout shows
  /// them, so that the true potential is less by the readout's offset.
  private func drawMeasured(
    _ deviation: inout CircuitDeviation, _ parameters: ParameterSpreads, _ core: Int, _ column: Int
  ) {
    let bias = biases(parameters, core, column)
    func factor(_ parameter: DeviceParameter, _ sign: Double) -> Double {
      let total = parameters[parameter].total
      return DeterministicMath.exp(sign * bias[parameter.index] - total * total / 2)
    }
    deviation.membraneTime = factor(.leakCurrent, -1)
    deviation.excitatoryTime = factor(.excitatoryCurrent, -1)
    deviation.inhibitoryTime = factor(.inhibitoryCurrent, -1)
    deviation.excitatoryGain = factor(.excitatoryGain, 1)
    deviation.inhibitoryGain = factor(.inhibitoryGain, 1)
    deviation.readoutVolts = bias[DeviceParameter.readoutOffset.index]
    deviation.leakVolts = bias[DeviceParameter.leakPotential.index] - deviation.readoutVolts
    deviation.resetVolts = bias[DeviceParameter.resetPotential.index] - deviation.readoutVolts
    deviation.thresholdVolts = bias[DeviceParameter.thresholdPotential.index]
    deviation.restVolts =
      bias[DeviceParameter.excitatoryReference.index]
      + bias[DeviceParameter.inhibitoryReference.index]
  }

  /// The deviations of all biases of a circuit, relative or in volts.
  private func biases(_ parameters: ParameterSpreads, _ core: Int, _ column: Int) -> [Double] {
    let draws = Self.biasDraws.map { levels($0, core, column) }
    let block = parameters.block.correlated(draws.map(\.block))
    let local = parameters.local.correlated(draws.map(\.local))
    return DeviceParameter.allCases.indices.map { i in
      parameters.spreads[i].block * block[i] + parameters.spreads[i].local * local[i]
    }
  }

  /// The draw of each bias, in the order of ``DeviceParameter``.
  private static let biasDraws: [Parameter] = [
    .membraneTime, .excitatoryTime, .inhibitoryTime, .excitatoryGain, .inhibitoryGain, .leak,
    .reset, .thresholdDistance, .inputOffset, .inhibitoryReference, .readoutOffset,
  ]

  private func drawReadout(_ deviation: inout CircuitDeviation, _ core: Int, _ column: Int) {
    deviation.adcOffset =
      spreads.adcOffsetLSB * generator(.adcOffset, .local).normal(core, column)
    let errors = spreads.readoutErrors
    if errors.slope > 0 {
      deviation.adcSlope = errors.slope * generator(.adcSlope, .local).normal(core, column)
    }
    if errors.phaseTicks > 0 {
      deviation.adcPhase = errors.phaseTicks * generator(.adcPhase, .local).uniform(core, column)
    }
  }
}

/// A standard normal draw on each of the two levels.
private struct Levels {
  var block, local: Double

  func normal(_ spread: Spread) -> Double { spread.block * block + spread.local * local }

  /// exp(s·n − s²/2): lognormal with mean 1.
  func lognormal(_ spread: Spread) -> Double {
    DeterministicMath.exp(normal(spread) - spread.total * spread.total / 2)
  }

  func correlated(with other: Levels, _ correlation: Double) -> Levels {
    let rest = (1 - correlation * correlation).squareRoot()
    return Levels(
      block: correlation * other.block + rest * block,
      local: correlation * other.local + rest * local)
  }
}

extension ImperfectionSpec {
  /// The spreads of `--mismatch s`: one scale for everything, potentials a quarter of it.
  public func uniform(_ scale: Double) -> ImperfectionSpec {
    var spreads = self
    spreads.parameters = nil
    spreads.membraneTime = Spread(total: scale)
    spreads.synapticTime = Spread(total: scale)
    spreads.gain = Spread(total: scale)
    spreads.thresholdDistance = Spread(total: scale)
    spreads.restPotential = Spread(total: 0.25 * scale)
    spreads.inputOffset = Spread(total: 0)
    if scale == 0 { spreads.refractoryCounts = 0 }
    return spreads
  }
}
