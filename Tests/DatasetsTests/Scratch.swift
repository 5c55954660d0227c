import Foundation

/// Makes files for tests.
enum Scratch {
  /// Runs `body` with the path of a new, empty folder, and removes the folder.
  static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// A gzip file of one stored block (RFC 1951, RFC 1952), made without zlib.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 1 << 16)
    let count = UInt16(bytes.count)
    let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    return header + [1] + little(count) + little(~count) + bytes + little(checksum(bytes))
      + little(UInt32(bytes.count))
  }

  private static func little(_ word: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }

  /// CRC-32 of IEEE 802.3, bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { word, _ in
        word & 1 == 1 ? word >> 1 ^ 0xEDB8_8320 : word >> 1
      }
    }
  }

  /// An IDX file of bytes.
  static func idx(_ shape: [UInt32], _ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(shape.count)]
      + shape.flatMap { length in withUnsafeBytes(of: length.bigEndian) { Array($0) } } + values
  }
}
