extension NPYArray {
  /// Reads the bytes of an `.npy` file.
  package init(
    bytes: [UInt8], file: String, entry: String
  ) throws(RecordingError) {
    guard let (header, body) = Self.split(bytes) else {
      throw .badNPY(file: file, entry: entry, found: "no numpy magic")
    }
    guard let descriptor = Self.quoted(after: "'descr'", in: header),
      let shape = Self.shape(in: header), header.contains("'fortran_order': False"),
      let count = Self.count(of: shape),
      let values = Self.values(descriptor, count, body)
    else {
      let short = header.prefix(120).trimmingSuffix { $0.isWhitespace }
      throw .badNPY(file: file, entry: entry, found: String(short))
    }
    self.init(shape: shape, values: values)
  }

  /// Bytes that a header may have: numpy's own have about a hundred.
  private static let longestHeader = 1 << 16

  /// The header's text and the values' bytes.
  private static func split(_ bytes: [UInt8]) -> (header: String, body: ArraySlice<UInt8>)? {
    guard bytes.count >= 12, bytes.starts(with: magic) else { return nil }
    let start = bytes[6] == 1 ? 10 : 12
    let length =
      bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= min(bytes.count - start, longestHeader) else { return nil }
    let header = String(decoding: bytes[start..<start + length], as: UTF8.self)
    return (header, bytes[(start + length)...])
  }

  /// The text in single quotes that follows a key and a colon.
  private static func quoted(after key: String, in header: String) -> String? {
    guard let found = header.firstRange(of: key + ": '") else { return nil }
    let rest = header[found.upperBound...]
    return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
  }

  /// The tuple after the key `shape`.
  private static func shape(in header: String) -> [Int]? {
    guard let found = header.firstRange(of: "'shape': ("),
      let end = header[found.upperBound...].firstIndex(of: ")")
    else { return nil }
    let parts = header[found.upperBound..<end].split(separator: ",")
      .map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
    let lengths = parts.compactMap { Int($0) }
    return lengths.count == parts.count && lengths.allSatisfy { $0 >= 0 } ? lengths : nil
  }

  /// The product of a shape; nil where it exceeds 63 bits.
  private static func count(of shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard !overflows else { return nil }
      count = product
    }
    return count
  }

  private static func values(
    _ descriptor: String, _ count: Int, _ body: ArraySlice<UInt8>
  ) -> Values? {
    switch descriptor {
    case "<f4": elements(count, body).map(Values.float32)
    case "<f8": elements(count, body).map(Values.float64)
    case "|u1": elements(count, body).map(Values.uint8)
    case "<i4": elements(count, body).map(Values.int32)
    case "<i8": elements(count, body).map(Values.int64)
    case "<u4": elements(count, body).map(Values.uint32)
    case "<u8": elements(count, body).map(Values.uint64)
    default:
      if descriptor.hasPrefix("<U"), let width = Int(descriptor.dropFirst(2)) {
        strings(count, width, body).map(Values.text)
      } else {
        nil
      }
    }
  }

  /// Exactly `count` elements; nil where there are more or fewer bytes.
  private static func elements<Element>(
    _ count: Int, _ body: ArraySlice<UInt8>
  ) -> [Element]? {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.size)
    guard !overflows, bytes == body.count else { return nil }
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      body.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }

  /// Strings of `width` UTF-32 characters, filled up with zeros.
  private static func strings(
    _ count: Int, _ width: Int, _ body: ArraySlice<UInt8>
  ) -> [String]? {
    let (characters, overflows) = count.multipliedReportingOverflow(by: width)
    guard width > 0, !overflows, let words: [UInt32] = elements(characters, body) else {
      return nil
    }
    let scalars = words.map { Unicode.Scalar($0) }
    guard !scalars.contains(nil) else { return nil }
    return (0..<count).map { index in
      let slot = scalars[index * width..<(index + 1) * width].compactMap { $0 }
      let end = slot.lastIndex { $0.value != 0 }.map { $0 + 1 } ?? 0
      return String(String.UnicodeScalarView(slot[..<end]))
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    self[..<(lastIndex { !isTrimmed($0) }.map { index(after: $0) } ?? startIndex)]
  }
}
