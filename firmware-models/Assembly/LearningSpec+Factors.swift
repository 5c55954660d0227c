import HardwareSpec

extension LearningSpec {
  /// The mantissas of a product.
  var mantissas: ClosedRange<Int> { Self.signed(mantissaBits) }

  /// The constants of a factor.
  var constants: ClosedRange<Int> { Self.signed(constantBits) }

  /// How many bits, without sign, a factor is clipped to and counts in a product's scaling.
  ///
  /// x0 and y0 count one bit, as in lava-nc 0.10.0 (`FACTOR_TO_WIDTH_DICT`); a sign counts as its
  /// variable does.
  public func bits(of variable: LearningFactor.Variable) -> Int {
    switch variable {
    case .x0, .y0: return 1
    case .x1, .x2, .y1, .y2, .y3: return traceBits
    case .w: return weightFactorBits
    case .d: return delayFactorBits
    case .t: return tagFactorBits
    case .r, .e, .p: return signedFactorBits
    }
  }

  /// Bits of a product at the full widths of mantissa and factors, with sign.
  public func bits(of product: LearningProduct) -> Int {
    product.factors.reduce(mantissaBits) { $0 + bits(of: $1.variable) }
  }

  /// By how many bits the engine shifts a product right before it adds it.
  ///
  /// Room in the accumulator for all factors at their full widths, whatever they are: with two
  /// traces of 7 bits a product counts 2^−3 of what it says (lava-nc 0.10.0,
  /// `LearningRuleApplierBitApprox`).
  public func shift(of product: LearningProduct) -> Int {
    max(0, bits(of: product) - accumulatorBits)
  }

  private static func signed(_ bits: Int) -> ClosedRange<Int> {
    -(1 << (bits - 1))...(1 << (bits - 1)) - 1
  }
}

extension LearningProduct {
  /// The same product with mantissa and exponent as the chip's words hold them.
  ///
  /// A mantissa beyond ±(2^(bits−1) − 1) that is even is halved and the exponent raised, as lava
  /// does; the same brings an exponent into range where the value allows it.
  public func fitted(to spec: LearningSpec) -> LearningProduct {
    var fitted = self
    let (largest, exponents) = (spec.mantissas.upperBound, spec.exponents)
    var mayHalve: Bool { fitted.mantissa != 0 && fitted.mantissa % 2 == 0 }
    while mayHalve, abs(fitted.mantissa) > largest, fitted.exponent < exponents.upperBound {
      (fitted.mantissa, fitted.exponent) = (fitted.mantissa / 2, fitted.exponent + 1)
    }
    while mayHalve, fitted.exponent < exponents.lowerBound {
      (fitted.mantissa, fitted.exponent) = (fitted.mantissa / 2, fitted.exponent + 1)
    }
    while abs(fitted.mantissa) * 2 <= largest, fitted.mantissa != 0,
      fitted.exponent > exponents.upperBound
    {
      (fitted.mantissa, fitted.exponent) = (fitted.mantissa * 2, fitted.exponent - 1)
    }
    if fitted.mantissa == 0 { fitted.exponent = 0 }
    return fitted
  }
}
