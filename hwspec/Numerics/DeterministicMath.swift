/// Elementary functions that give the same bits on every machine.
///
/// The C library's `exp` and `log` differ between machines in the last bit; chip state may not.
/// These use only IEEE 754 addition, multiplication, division and square root, which are
/// correctly rounded everywhere, in a fixed order. Worst error: 2 units in the last place.
public enum DeterministicMath {
  private static let ln2High = 0x1.62e42fefa3800p-1
  private static let ln2Low = 0x1.ef35793c76730p-45

  /// The exponential function, eˣ.
  ///
  /// Overflows to infinity above 709.78 and underflows to zero below −745.
  public static func exp(_ x: Double) -> Double {
    guard x.isFinite else { return x == -.infinity ? 0 : x }
    guard x < 709.782 else { return .infinity }
    guard x > -745 else { return 0 }
    let k = (x / (ln2High + ln2Low)).rounded()
    let remainder = (x - k * ln2High) - k * ln2Low
    let power = Int(k)
    let half = power / 2
    return (1 + expMinusOneSeries(remainder)) * powerOfTwo(half) * powerOfTwo(power - half)
  }

  /// `1 − e⁻ˣ` for `x ≥ 0`, without the cancellation near zero.
  public static func oneMinusExp(ofMinus x: Double) -> Double {
    x < 0.34 ? -expMinusOneSeries(-x) : 1 - exp(-x)
  }

  /// The natural logarithm; `x` must be positive and finite.
  public static func log(_ x: Double) -> Double {
    precondition(x > 0 && x.isFinite, "logarithm of \(x)")
    var exponent = Double(x.exponent)
    var fraction = x.significand
    if fraction > 1.4142135623730951 {
      fraction *= 0.5
      exponent += 1
    }
    let f = fraction - 1
    let s = f / (2 + f)
    let half = 0.5 * f * f
    // ln(1 + f) = f − f²/2 + s (f²/2 + R): the exact leading terms keep the error under 1 unit.
    let series = s * (half + artanhRemainder(s * s)) + exponent * ln2Low
    return exponent * ln2High - ((half - series) - f)
  }

  /// `base` to the power of `exponent`, for a positive base.
  public static func pow(_ base: Double, _ exponent: Double) -> Double {
    exp(exponent * log(base))
  }

  /// `eˣ − 1` by its Taylor series, for |x| ≤ 0.35.
  private static func expMinusOneSeries(_ x: Double) -> Double {
    var sum = 0.0
    for n in stride(from: 14.0, through: 1, by: -1) { sum = x / n * (1 + sum) }
    return sum
  }

  /// `R = (2 artanh s − 2 s) / s` from `z = s²`, by its series, for z ≤ 0.0295.
  private static func artanhRemainder(_ z: Double) -> Double {
    var sum = 0.0
    for n in stride(from: 23.0, through: 3, by: -2) { sum = z * (2 / n + sum) }
    return sum
  }

  private static func powerOfTwo(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}
