import HardwareSpec

/// How one circuit of one device differs from the nominal circuit.
///
/// Every number is a function of (chip seed, core, column, parameter): the same draw for the same
/// coordinate, whatever is asked for before it.
public struct CircuitDeviation: Equatable, Sendable {
  /// Factors of the time constants and gains; 1 on the nominal device.
  public var membraneTime, excitatoryTime, inhibitoryTime, excitatoryGain, inhibitoryGain: Double
  /// Factor of (threshold − leak).
  public var thresholdDistance: Double
  /// Shifts of leak and reset, and of the rest by the input stage, in (threshold − leak).
  public var leakShift, resetShift, inputOffset: Double
  /// Deviation of the refractory counter, in counts.
  public var refractoryCounts: Int
  /// Offset of the ADC channel, in codes.
  public var adcOffset: Double

  /// The nominal circuit.
  public static let none = CircuitDeviation(
    membraneTime: 1, excitatoryTime: 1, inhibitoryTime: 1, excitatoryGain: 1, inhibitoryGain: 1,
    thresholdDistance: 1, leakShift: 0, resetShift: 0, inputOffset: 0, refractoryCounts: 0,
    adcOffset: 0)
}

/// Draws the circuits of one device.
public struct DeviceDraw: Sendable {
  /// The parameters that have a draw of their own; raw values are part of the draw and stay.
  private enum Parameter: UInt64 {
    case membraneTime = 1
    case excitatoryTime, inhibitoryTime, excitatoryGain, inhibitoryGain, thresholdDistance, leak,
      reset, inputOffset, refractory, adcOffset, synapse
  }

  private let spec: ChipSpec
  private let spreads: ImperfectionSpec
  private let effects: Effects
  private let seed: UInt64

  /// Prepares the draw of a device; `mismatch` replaces the file's spreads.
  public init(_ spec: ChipSpec, seed: UInt64, mismatch: Double?, effects: Effects) {
    (self.spec, self.seed, self.effects) = (spec, seed, effects)
    spreads = mismatch.map { spec.imperfections.uniform($0) } ?? spec.imperfections
  }

  /// The deviation of one circuit.
  public func deviation(core: CoreOnChip, column: Int) -> CircuitDeviation {
    var deviation = CircuitDeviation.none
    if effects.contains(.mismatch) { drawMismatch(&deviation, core.index, column) }
    if effects.contains(.adc) {
      deviation.adcOffset =
        spreads.adcOffsetLSB * generator(.adcOffset, .local).normal(core.index, column)
    }
    return deviation
  }

  /// The factor of one synapse's charge, in 2⁻⁸; at least 0.
  public func synapseFactor(core: CoreOnChip, row: Int, column: Int) -> UInt16 {
    guard effects.contains(.synapse), spreads.synapse > 0 else { return 256 }
    let normal = synapses.normal(core.index, row, column)
    return UInt16(max(0, (256 * (1 + spreads.synapse * normal)).rounded()))
  }

  private var synapses: CounterRandom { generator(.synapse, .local) }

  private func drawMismatch(_ deviation: inout CircuitDeviation, _ core: Int, _ column: Int) {
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
    let counts = 2 * spreads.refractoryCounts + 1
    let draw = generator(.refractory, .local).uniform(core, column)
    deviation.refractoryCounts = Int(draw * Double(counts)) - spreads.refractoryCounts
  }

  private func levels(_ parameter: Parameter, _ core: Int, _ column: Int) -> Levels {
    Levels(
      block: generator(parameter, .block).normal(core, column / spec.geometry.circuitsPerBlock),
      local: generator(parameter, .local).normal(core, column))
  }

  private enum Level: UInt64 { case local, block }

  private func generator(_ parameter: Parameter, _ level: Level) -> CounterRandom {
    CounterRandom(seed: seed, stream: parameter.rawValue << 1 | level.rawValue)
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
