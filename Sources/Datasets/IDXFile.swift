/// Holds an array of bytes in the IDX format of the MNIST data sets.
///
/// A file begins with the bytes 0, 0, 8 (unsigned byte), the number of axes, and one big-endian
/// 32-bit length an axis; the values follow, last axis fastest.
/// Source: yann.lecun.com/exdb/mnist, "the IDX file format".
struct IDXFile: Equatable {
  let shape: [Int]
  let values: ArraySlice<UInt8>

  /// Reads a gzip file of this shape; a length of nil may be any.
  init(gzip file: String, shape expected: [Int?]) throws(DatasetError) {
    let bytes = try GzipFile.read(file)
    let magic = 0x0000_0800 | UInt32(expected.count)
    let found = Self.word(bytes, 0) ?? 0
    guard found == magic else {
      throw .badIDXMagic(file: file, found: found, expected: magic)
    }
    let lengths = (1...expected.count).compactMap { Self.word(bytes, 4 * $0).map(Int.init) }
    let header = 4 * (expected.count + 1)
    guard lengths.count == expected.count else {
      throw .badIDXLength(file: file, bytes: bytes.count, expected: header)
    }
    guard zip(lengths, expected).allSatisfy({ $1 == nil || $0 == $1 }) else {
      let wanted = zip(lengths, expected).map { $1 ?? $0 }
      throw .badIDXShape(file: file, shape: lengths, expected: wanted)
    }
    // Three lengths of 32 bits may overflow 64 bits: no file is that long.
    let size = lengths.reduce(1) {
      let (product, overflows) = $0.multipliedReportingOverflow(by: $1)
      return overflows ? .max : product
    }
    guard bytes.count - header == size else {
      throw .badIDXLength(file: file, bytes: bytes.count - header, expected: size)
    }
    (shape, values) = (lengths, bytes[header...])
  }

  /// The big-endian word at a position; nil beyond the end.
  private static func word(_ bytes: [UInt8], _ position: Int) -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    return bytes[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
