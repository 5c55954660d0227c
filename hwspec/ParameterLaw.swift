/// How a DAC code becomes a physical quantity, in the nominal device.
public struct ParameterLaw: Equatable, Sendable {
  /// The shape of the characteristic.
  public enum Shape: String, CaseIterable, Sendable {
    /// A voltage DAC: equal steps.
    case linear
    /// A bias current that sets a conductance: the quantity goes with 1/(code + 1).
    case inverse
    /// A sub-threshold bias current: equal ratios.
    case exponential
  }

  /// The shape of the characteristic.
  public let shape: Shape
  /// The quantity at code 0, in the unit of the key that holds the law.
  public let atZero: Double
  /// The quantity at the highest code, in the same unit.
  public let atFull: Double
  /// The highest code; codes are integers in `0...highestCode`.
  public let highestCode: Int

  /// Makes a law; `inverse` and `exponential` need positive ends.
  public init(_ shape: Shape, atZero: Double, atFull: Double, highestCode: Int) {
    precondition(highestCode > 0, "a DAC has at least two codes")
    precondition(shape == .linear || (atZero > 0 && atFull > 0), "ends must be positive")
    (self.shape, self.atZero, self.atFull, self.highestCode) = (shape, atZero, atFull, highestCode)
  }

  /// The quantity that a code gives.
  public func value(code: Int) -> Double {
    let position = Double(code) / Double(highestCode)
    switch shape {
    case .linear: return atZero + (atFull - atZero) * position
    case .inverse: return 1 / (1 / atZero + (1 / atFull - 1 / atZero) * position)
    case .exponential: return atZero * DeterministicMath.pow(atFull / atZero, position)
    }
  }

  /// The code whose quantity is nearest on the law's own scale; clipped to the code range.
  public func nearestCode(for value: Double) -> Int {
    let position: Double
    switch shape {
    case .linear: position = (value - atZero) / (atFull - atZero)
    case .inverse: position = (1 / value - 1 / atZero) / (1 / atFull - 1 / atZero)
    case .exponential:
      position =
        value > 0
        ? DeterministicMath.log(value / atZero) / DeterministicMath.log(atFull / atZero) : 0
    }
    return Int((min(max(position, 0), 1) * Double(highestCode)).rounded())
  }

  /// The quantities that the law reaches.
  public var range: ClosedRange<Double> { min(atZero, atFull)...max(atZero, atFull) }
}
