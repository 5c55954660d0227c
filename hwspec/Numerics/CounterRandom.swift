/// A counter-based random generator: every draw is a function of seed and coordinate alone.
///
/// There is no state to advance, so a draw never depends on call order, thread count or
/// instruction set. The mixer is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", OOPSLA 2014), applied once per word of the coordinate.
public struct CounterRandom: Sendable, Equatable {
  /// The seed, already mixed with the stream.
  public let key: UInt64

  /// Makes the generator of one stream; streams of one seed are independent.
  public init(seed: UInt64, stream: UInt64) {
    key = Self.mix(Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ stream &* 0xD1B5_4A32_D192_ED03)
  }

  /// 64 random bits at a coordinate of up to three words.
  public func bits(_ a: Int, _ b: Int = 0, _ c: Int = 0) -> UInt64 {
    Self.mix(lineKey(a, b) ^ UInt64(truncatingIfNeeded: c) &* 0x1656_67B1_9E37_79F9)
  }

  /// What the draws of a line of coordinates `(a, b, …)` have in common, for loops over the third.
  public func lineKey(_ a: Int, _ b: Int) -> UInt64 {
    let x = Self.mix(key ^ UInt64(truncatingIfNeeded: a) &* 0x9E37_79B9_7F4A_7C15)
    return Self.mix(x ^ UInt64(truncatingIfNeeded: b) &* 0xC2B2_AE3D_27D4_EB4F)
  }

  /// A uniform number in the open interval (0, 1), with 52 bits.
  public func uniform(_ a: Int, _ b: Int = 0, _ c: Int = 0) -> Double {
    Self.unit(bits(a, b, c))
  }

  /// A standard normal number, by inversion of the distribution function.
  public func normal(_ a: Int, _ b: Int = 0, _ c: Int = 0) -> Double {
    NormalDistribution.quantile(uniform(a, b, c))
  }

  /// The upper 52 bits of a word as a number in the open interval (0, 1).
  ///
  /// 52, not 53: the half that keeps the number off 0 must be exact, or it rounds the largest to 1.
  public static func unit(_ word: UInt64) -> Double { (Double(word >> 12) + 0.5) * 0x1p-52 }

  /// The finaliser of SplitMix64, a bijection of 64-bit words.
  public static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A sequential generator over a ``CounterRandom``, for shuffles and initial weights.
public struct SequentialRandom: RandomNumberGenerator, Sendable {
  private let source: CounterRandom
  private var position = 0

  /// Starts at the first draw of a stream.
  public init(seed: UInt64, stream: UInt64) { source = CounterRandom(seed: seed, stream: stream) }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    position += 1
    return source.bits(position)
  }

  /// The next uniform number in (0, 1).
  public mutating func uniform() -> Double { CounterRandom.unit(next()) }

  /// The next standard normal number.
  public mutating func normal() -> Double { NormalDistribution.quantile(uniform()) }

  /// A uniform permutation of `0..<count` (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, Int(next().multipliedFullWidth(by: UInt64(i + 1)).high))
    }
    return order
  }
}

/// The standard normal distribution.
public enum NormalDistribution {
  /// The quantile function, relative error below 1.2e-9.
  ///
  /// `probability` must lie in (0, 1). Rational approximation of P. J. Acklam (2003).
  public static func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "quantile of \(probability)")
    let tail = 0.02425
    if probability < tail { return lowerTail(probability) }
    if probability > 1 - tail { return -lowerTail(1 - probability) }
    return centre(probability - 0.5)
  }

  private static func centre(_ q: Double) -> Double {
    let r = q * q
    var numerator = -3.969683028665376e+01 * r + 2.209460984245205e+02
    numerator = numerator * r + -2.759285104469687e+02
    numerator = numerator * r + 1.383577518672690e+02
    numerator = numerator * r + -3.066479806614716e+01
    numerator = numerator * r + 2.506628277459239e+00
    var denominator = -5.447609879822406e+01 * r + 1.615858368580409e+02
    denominator = denominator * r + -1.556989798598866e+02
    denominator = denominator * r + 6.680131188771972e+01
    denominator = denominator * r + -1.328068155288572e+01
    denominator = denominator * r + 1
    return numerator * q / denominator
  }

  private static func lowerTail(_ p: Double) -> Double {
    let q = (-2 * DeterministicMath.log(p)).squareRoot()
    var numerator = -7.784894002430293e-03 * q + -3.223964580411365e-01
    numerator = numerator * q + -2.400758277161838e+00
    numerator = numerator * q + -2.549732539343734e+00
    numerator = numerator * q + 4.374664141464968e+00
    numerator = numerator * q + 2.938163982698783e+00
    var denominator = 7.784695709041462e-03 * q + 3.224671290700398e-01
    denominator = denominator * q + 2.445134137142996e+00
    denominator = denominator * q + 3.754408661907416e+00
    denominator = denominator * q + 1
    return numerator / denominator
  }
}
