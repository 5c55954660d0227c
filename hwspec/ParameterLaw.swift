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

  /// Makes a law; the ends must differ, and `inverse` and `exponential` need positive ends.
  public init(_ shape: Shape, atZero: Double, atFull: Double, highestCode: Int) {
    precondition(highestCode > 0, "a DAC has at least two codes")
    precondition(atZero != atFull && (atFull - atZero).isFinite, "a DAC's ends must differ")
    precondition(shape == .linear || (atZero > 0 && atFull > 0), "ends must be positive")
    (self.shape, self.atZero, self.atFull, self.highestCode) = (shape, atZero, atFull, highestCode)
  }

  /// The quantity that a code gives.
  public func value(code: Int) -> Double { value(atPosition: Double(code) / Double(highestCode)) }

  /// The quantity of a cell that holds something between two codes, bounded by the code range.
  public func value(at code: Double) -> Double {
    value(atPosition: min(max(code / Double(highestCode), 0), 1))
  }

  private func value(atPosition position: Double) -> Double {
    switch shape {
    case .linear: return atZero + (atFull - atZero) * position
    case .inverse: return 1 / (1 / atZero + (1 / atFull - 1 / atZero) * position)
    case .exponential: return atZero * DeterministicMath.pow(atFull / atZero, position)
    }
  }

  /// The code whose quantity is nearest on the law's own scale; clipped to the code range.
  ///
  /// A quantity that is no number gives code 0; ``range`` tells beforehand what the law reaches.
  public func nearestCode(for value: Double) -> Int {
    guard !value.isNaN else { return 0 }
    let positive = min(max(value, .leastNormalMagnitude), .greatestFiniteMagnitude)
    let position: Double
    switch shape {
    case .linear: position = (value - atZero) / (atFull - atZero)
    case .inverse: position = (1 / positive - 1 / atZero) / (1 / atFull - 1 / atZero)
    case .exponential:
      let start = DeterministicMath.log(atZero)
      position = (DeterministicMath.log(positive) - start) / (DeterministicMath.log(atFull) - start)
    }
    return Int((min(max(position, 0), 1) * Double(highestCode)).rounded())
  }

  /// The quantities that the law reaches.
  public var range: ClosedRange<Double> { min(atZero, atFull)...max(atZero, atFull) }
}
