import HardwareSpec

/// One step of a membrane's fixed-point potential: 2⁻¹⁵ of a nominal ADC code, 0 at code 0.
public typealias MembraneCount = Int32

/// Converts between volts and membrane counts on one chip.
public struct MembraneScale: Equatable, Sendable {
  /// Counts of one nominal ADC code.
  public static let countsPerCode = 32_768.0

  /// The chip's column ADC, which fixes zero and step.
  public let readout: ReadoutSpec

  /// Makes the scale of a chip's readout.
  public init(_ readout: ReadoutSpec) { self.readout = readout }

  /// Counts of a difference of potential.
  public func counts(difference volts: Double) -> Double {
    volts / readout.lsbVolts * Self.countsPerCode
  }

  /// The potential nearest to so many volts.
  public func counts(at volts: Double) -> MembraneCount {
    MembraneCount(counts(difference: volts - readout.zeroVolts).rounded())
  }

  /// The potential in volts.
  public func volts(_ counts: MembraneCount) -> Double {
    readout.zeroVolts + Double(counts) / Self.countsPerCode * readout.lsbVolts
  }
}
