/// Noise by hashing a counter: the sum of the four bytes of a 32-bit hash.
///
/// Near enough to normal for a membrane, whose time constant averages many ticks. The hash is
/// "lowbias32" (C. Wellons, 2018), a bijection of 32-bit words.
public enum HashNoise {
  /// Standard deviation of one draw, √(4·(256² − 1)/12).
  public static let standardDeviation = 147.800_766

  /// The draw of one lane; mean 0, within ±510.
  public static func draw(key: UInt32, lane: UInt32) -> Int32 {
    var x = key &+ lane &* 0x9E37_79B1
    x = (x ^ (x >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    x ^= x >> 16
    return Int32((x & 255) + (x >> 8 & 255) + (x >> 16 & 255) + (x >> 24)) - 510
  }
}
