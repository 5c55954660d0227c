/// Noise by hashing a counter: the sum of two bytes of a 32-bit hash.
///
/// A triangle, near enough to normal for a membrane, whose time constant averages many ticks.
/// Lanes 16 apart share a hash and take a half each. The hash is "lowbias32" (C. Wellons, 2018), a
/// bijection of 32-bit words.
public enum HashNoise {
  /// Standard deviation of one draw, √(2·(256² − 1)/12).
  public static let standardDeviation = 104.510_366

  /// The draw of one lane; mean 0, within ±255.
  public static func draw(key: UInt32, lane: UInt32) -> Int32 {
    var x = key &+ (lane & ~16) &* 0x9E37_79B1
    x = (x ^ (x >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    x ^= x >> 16
    if lane & 16 != 0 { x >>= 16 }
    return Int32((x & 255) + (x >> 8 & 255)) - 255
  }
}
