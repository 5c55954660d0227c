extension CRC32C {
  /// The Castagnoli polynomial, bits reflected.
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// The checksum of bytes that follow others, from the two checksums alone.
  ///
  /// Appending zeros multiplies the state by a power of x modulo the polynomial; the powers are
  /// squared from x⁸ (M. Adler, zlib's `crc32_combine`).
  package static func joined(_ first: UInt32, _ second: UInt32, bytes: Int) -> UInt32 {
    product(power(bytes: bytes), first) ^ second
  }

  /// The product of two polynomials modulo the third; the coefficient of x⁰ is the highest bit.
  private static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (a, b, sum) = (a, b, UInt32(0))
    while a != 0 {
      if a & 0x8000_0000 != 0 { sum ^= b }
      a <<= 1
      b = b >> 1 ^ (b & 1 != 0 ? polynomial : 0)
    }
    return sum
  }

  /// x to the number of bits in so many bytes.
  private static func power(bytes: Int) -> UInt32 {
    var (rest, square) = (bytes, UInt32(0x0080_0000))
    var power: UInt32 = 0x8000_0000
    while rest > 0 {
      if rest & 1 != 0 { power = product(square, power) }
      square = product(square, square)
      rest >>= 1
    }
    return power
  }
}
