import Yams

/// The correlation sensors of a chip's synapses: two a synapse, causal and acausal.
public struct CorrelationSpec: Equatable, Sendable {
  /// Time constant of either sensor, in seconds of hardware time, at the middle of its trim.
  public var timeConstantSeconds: Double
  /// What one pair of events at no distance adds, in codes, at the middle of its trim.
  public var amplitudeCodes: Double
  /// Relative spread of time constant and of amplitude (lognormal, mean 1).
  public var timeConstantSpread, amplitudeSpread: Spread
  /// Factor by which one step of the 2-bit trim changes time constant or amplitude.
  public var timeTrim, amplitudeTrim: Double
  /// Bits of a code; the accumulators saturate at the largest.
  public var bits: Int

  /// The largest code.
  public var largestCode: Int { (1 << bits) - 1 }

  /// Makes the sensors of a chip.
  public init(
    timeConstantSeconds: Double, amplitudeCodes: Double, timeConstantSpread: Spread,
    amplitudeSpread: Spread, timeTrim: Double, amplitudeTrim: Double, bits: Int
  ) {
    (self.timeConstantSeconds, self.amplitudeCodes) = (timeConstantSeconds, amplitudeCodes)
    (self.timeConstantSpread, self.amplitudeSpread) = (timeConstantSpread, amplitudeSpread)
    (self.timeTrim, self.amplitudeTrim, self.bits) = (timeTrim, amplitudeTrim, bits)
  }
}

extension CorrelationSpec {
  /// Reads the section `correlation`; nil when the chip has no correlation sensors.
  init?(reading root: Node, _ faults: FaultList) {
    guard let node = root["correlation"] else { return nil }
    let section = SectionReader(
      node, path: "correlation",
      keys: [
        "bits", "time_constant_seconds", "time_constant_spread", "time_trim_factor",
        "amplitude_codes", "amplitude_spread", "amplitude_trim_factor",
      ], faults)
    self.init(
      timeConstantSeconds: section.number("time_constant_seconds", 1e-9...1),
      amplitudeCodes: section.number("amplitude_codes", 0.01...16),
      timeConstantSpread: section.spread("time_constant_spread", 0...1),
      amplitudeSpread: section.spread("amplitude_spread", 0...1),
      timeTrim: section.number("time_trim_factor", 1...4),
      amplitudeTrim: section.number("amplitude_trim_factor", 1...4),
      bits: section.integer("bits", 1...8))
  }

  var canonicalYAML: String {
    """
    correlation:
      bits: \(bits)
      time_constant_seconds: \(timeConstantSeconds)
      time_constant_spread: \(timeConstantSpread.canonicalYAML)
      time_trim_factor: \(timeTrim)
      amplitude_codes: \(amplitudeCodes)
      amplitude_spread: \(amplitudeSpread.canonicalYAML)
      amplitude_trim_factor: \(amplitudeTrim)

    """
  }
}
