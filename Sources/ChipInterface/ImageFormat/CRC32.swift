/// The CRC-32 of ISO 3309, as in Ethernet, gzip and PNG.
///
/// Polynomial 0x04C11DB7, reflected (0xEDB88320); start value and final inversion 0xFFFFFFFF.
/// Finds every change of up to 32 neighbouring bits, so every changed byte.
public enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  /// The checksum of the bytes; "123456789" in ASCII has 0xCBF43926.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let table = Self.table
    var value = UInt32.max
    for byte in bytes { value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    return ~value
  }
}
