import HardwareSpec

/// The function of the membrane that factor p is: v is the ADC code less the neuron's centre.
public enum MembraneShape: Equatable, Sendable {
  /// `height · max(0, 1 − |v|/width)`: the surrogate of e-prop (Bellec et al. 2020).
  case triangle(width: Double, height: Double)
  /// `height · 4σ(slope·v)(1 − σ(slope·v))`, which peaks at `height`.
  case sigmoidDerivative(slope: Double, height: Double)
  /// `height / (1 + slope·|v|)²`: the surrogate of SuperSpike (Zenke and Ganguli 2018).
  case fastSigmoidDerivative(slope: Double, height: Double)
  /// `height · σ(slope·v)`, σ the logistic function.
  case sigmoid(slope: Double, height: Double)
  /// v itself.
  case linear

  /// p for each code v + 128 from 0 to 255, rounded to nearest, halves away from zero.
  ///
  /// Heights that an assembler lets pass, −127 to 127, fit 8 bits.
  public var table: [Int8] {
    (0..<256).map { code in
      let value = value(Double(code - 128)).rounded(.toNearestOrAwayFromZero)
      return value.isNaN ? 0 : Int8(min(max(value, -128), 127))
    }
  }

  /// Whether widths are above zero, slopes not below it, and all numbers finite.
  var isDefined: Bool {
    switch self {
    case .triangle(let width, let height): return width > 0 && (width + height).isFinite
    case .sigmoidDerivative(let slope, let height), .fastSigmoidDerivative(let slope, let height),
      .sigmoid(let slope, let height):
      return slope >= 0 && (slope + height).isFinite
    case .linear: return true
    }
  }

  /// The largest value above zero, in size.
  var height: Double {
    switch self {
    case .triangle(_, let height), .sigmoidDerivative(_, let height),
      .fastSigmoidDerivative(_, let height), .sigmoid(_, let height):
      return abs(height)
    case .linear: return 127
    }
  }

  private func value(_ v: Double) -> Double {
    switch self {
    case .triangle(let width, let height): return height * max(0, 1 - abs(v) / width)
    case .sigmoidDerivative(let slope, let height):
      let s = Self.logistic(slope * v)
      return height * 4 * s * (1 - s)
    case .fastSigmoidDerivative(let slope, let height):
      let d = 1 + slope * abs(v)
      return height / (d * d)
    case .sigmoid(let slope, let height): return height * Self.logistic(slope * v)
    case .linear: return v
    }
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + DeterministicMath.exp(-x)) }
}
