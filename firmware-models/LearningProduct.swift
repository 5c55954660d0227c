import HardwareSpec

/// One product of a learning rule: `target += mantissa · 2^exponent · gate · factors`.
public struct LearningProduct: Hashable, Sendable {
  /// The variable of a synapse that a rule changes.
  public enum Target: UInt8, CaseIterable, Sendable {
    /// dw, dd and dt.
    case weight, delay, tag
  }

  /// When a product is computed, and at what time its traces are read.
  public enum Gate: Hashable, Sendable {
    /// x0: the presynaptic side spiked in the epoch; traces as of its last spike.
    case pre
    /// y0: the postsynaptic side spiked in the epoch; traces as of its last spike.
    case post
    /// u0 to u9: every 2^k-th epoch; traces as of the epoch's end.
    case epoch(Int)
  }

  /// What is changed.
  public var target: Target
  /// When.
  public var gate: Gate
  /// The literal factor, `mantissa · 2^exponent`.
  public var mantissa, exponent: Int
  /// The factors beside it.
  public var factors: [LearningFactor]

  /// Makes a product.
  public init(
    target: Target, gate: Gate, mantissa: Int, exponent: Int, factors: [LearningFactor]
  ) {
    (self.target, self.gate, self.mantissa, self.exponent) = (target, gate, mantissa, exponent)
    self.factors = factors
  }
}

/// One factor of a product: a variable plus a constant, or the sign of that.
public struct LearningFactor: Hashable, Sendable {
  /// What a factor may read.
  ///
  /// Raw values are part of the microcode and stay.
  public enum Variable: UInt8, CaseIterable, Sendable {
    /// Whether, and traces of how, the presynaptic side spiked.
    case x0 = 0
    case x1, x2
    /// Whether, and traces of how, the postsynaptic side spiked.
    case y0, y1, y2, y3
    /// Weight, delay and tag of the synapse.
    case w, d, t
    /// The reward, one number for the chip.
    case r
    /// The error of the neuron, or another third factor.
    case e
    /// A function of the neuron's membrane as the ADC last read it.
    case p
  }

  /// What is read.
  public var variable: Variable
  /// What is added to it.
  public var constant: Int
  /// Whether only the sign, −1, 0 or 1, counts.
  public var isSign: Bool

  /// Makes a factor.
  public init(_ variable: Variable, constant: Int = 0, isSign: Bool = false) {
    (self.variable, self.constant, self.isSign) = (variable, constant, isSign)
  }
}
