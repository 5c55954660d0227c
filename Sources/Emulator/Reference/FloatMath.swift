/// Exponential and logarithm in IEEE single precision, on the path to the state of full circuits.
///
/// Only additions, multiplications and divisions in a fixed order, which every machine rounds
/// alike: equal, bit for bit, to `Sources/CEmulatorKernels/float_math.h`. Worst error: 3 units in
/// the last place.
public enum FloatMath {
  /// The exponential function of `x`, which is limited to within 80 of zero.
  public static func exp(_ x: Float) -> Float {
    let x = largest(least(x, 80), -80)
    // Adding 1.5·2²³ rounds to a whole number, which then stands in the low bits.
    let shifted = x * 1.44269504 + 12_582_912
    let n = shifted - 12_582_912
    let r = (x - n * 0.693359375) - n * -2.12194440e-4
    var p: Float = 1.38888889e-3
    for coefficient: Float in [8.33333333e-3, 4.16666667e-2, 0.166666667, 0.5, 1, 1] {
      p = p * r + coefficient
    }
    return p * Float(bitPattern: shifted.bitPattern << 23 &+ 0x3F80_0000)
  }

  /// The natural logarithm of a positive normal number; exactly 0 at 1.
  public static func log(_ x: Float) -> Float {
    // x = m·2ᵉ with m from √½ to √2.
    let bits = Int32(bitPattern: x.bitPattern)
    let exponent = (bits &- 0x3F35_04F3) >> 23
    let m = Float(bitPattern: UInt32(bitPattern: bits &- exponent << 23))
    let e = Float(exponent)
    let s = (m - 1) / (m + 1)
    let z = s * s
    var p: Float = 0.222222222
    for coefficient: Float in [0.285714286, 0.4, 0.666666667] { p = p * z + coefficient }
    let series = s * z * p
    return (((s + s) + series) + e * -2.12194440e-4) + e * 0.693359375
  }

  /// The lesser of two numbers; the second where they do not compare.
  static func least(_ a: Float, _ b: Float) -> Float { a < b ? a : b }

  /// The greater of two numbers; the second where they do not compare.
  static func largest(_ a: Float, _ b: Float) -> Float { a > b ? a : b }

  /// The whole number nearest to `x`, halves away from zero.
  static func rounded(_ x: Float) -> Int32 { Int32(x + (x < 0 ? -0.5 : 0.5)) }
}
