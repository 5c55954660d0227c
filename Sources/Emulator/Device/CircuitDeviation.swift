import HardwareSpec

/// How one circuit of one device differs from the nominal circuit.
///
/// Every number is a function of (chip seed, core, column, parameter): the same draw for the same
/// coordinate, whatever is asked for before it.
public struct CircuitDeviation: Equatable, Sendable {
  /// What is broken in a circuit.
  public enum Defect: Equatable, Sendable {
    /// It never fires.
    case dead
    /// Its comparator is always on: it fires whenever it is not refractory.
    case stuck
  }

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
  /// Shifts of the true leak, reset and threshold potential, in volts.
  public var leakVolts = 0.0, resetVolts = 0.0, thresholdVolts = 0.0
  /// Shift of the rest potential by the input stages' offsets, in volts.
  public var restVolts = 0.0
  /// Offset of the readout amplifier in volts: the ADC sees it, the comparator does not.
  public var readoutVolts = 0.0
  /// Relative deviation of the ADC channel's slope.
  public var adcSlope = 0.0
  /// How late the ADC channel samples, in ticks.
  public var adcPhase = 0.0
  /// What is broken, or nil.
  public var defect: Defect?

  /// The nominal circuit.
  public static let none = CircuitDeviation(
    membraneTime: 1, excitatoryTime: 1, inhibitoryTime: 1, excitatoryGain: 1, inhibitoryGain: 1,
    thresholdDistance: 1, leakShift: 0, resetShift: 0, inputOffset: 0, refractoryCounts: 0,
    adcOffset: 0)

  /// The offset of everything between membrane and code, in codes.
  public func readoutOffset(_ readout: ReadoutSpec) -> Double {
    adcOffset + readoutVolts / readout.lsbVolts
  }
}
