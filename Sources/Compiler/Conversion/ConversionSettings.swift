/// How rates stand for the values of a network of weights and rectifiers.
public struct ConversionSettings: Equatable, Sendable {
  /// What becomes of max-pools.
  public enum Maximum: String, CaseIterable, Sendable {
    /// Layers of rectified differences, which give the same numbers and cost neurons.
    case differences
    /// The mean over the window, which gives other numbers.
    case mean
  }

  /// Spikes a tick that stand for an input of 1.
  public var inputRate = 0.5
  /// Spikes a tick that stand for a layer's largest activation.
  public var peakRate = 0.2
  /// The percentile of a layer's activations that counts as its largest; above 0 to 100.
  public var percentile = 99.9
  /// What becomes of max-pools.
  public var maximum = Maximum.differences

  /// Takes the defaults.
  public init() {}

  func check() throws(ConversionFault) {
    try Self.check("input-rate", inputRate, 1e-6...32)
    try Self.check("peak-rate", peakRate, 1e-3...0.9)
    try Self.check("percentile", percentile, 1...100)
  }

  private static func check(
    _ name: String, _ value: Double, _ allowed: ClosedRange<Double>
  ) throws(ConversionFault) {
    guard allowed.contains(value) else {
      throw .setting(
        name: name, value: value, lowest: allowed.lowerBound, highest: allowed.upperBound)
    }
  }
}
