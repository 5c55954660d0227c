/// The CRC-32 of ISO 3309, as in Ethernet, gzip and PNG.
///
/// Polynomial 0x04C11DB7, reflected (0xEDB88320); start value and final inversion 0xFFFFFFFF.
/// Finds every change of up to 32 neighbouring bits, so every changed byte.
public enum CRC32 {
  /// Entry `256 k + b` is what byte b does to the remainder when k more bytes follow.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
    for entry in 256..<8 * 256 {
      let before = tables[entry - 256]
      tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
    }
    return tables
  }()

  /// The checksum of the bytes; "123456789" in ASCII has 0xCBF43926.
  public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { checksum($0) }
  }

  /// Eight bytes at a time, sliced as by Kounavis and Berry in "Novel Table Lookup-Based Algorithms".
  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { table in
      var (value, i) = (UInt32.max, 0)
      while i + 8 <= bytes.count {
        let eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
        var rest = eight ^ UInt64(value)
        value = 0
        for k in (0..<8).reversed() {
          value ^= table[256 * k + Int(rest & 0xFF)]
          rest >>= 8
        }
        i += 8
      }
      while i < bytes.count {
        value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ bytes[i])]
        i += 1
      }
      return ~value
    }
  }
}
