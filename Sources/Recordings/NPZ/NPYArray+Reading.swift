extension NPYArray {
  /// Reads the bytes of an `.npy` file.
  package init(
    bytes: [UInt8], file: String, entry: String
  ) throws(RecordingError) {
    guard let (header, body) = Self.split(bytes) else {
      throw .badNPY(file: file, entry: entry, found: "no numpy magic")
    }
    guard let descriptor = Self.quoted(after: "'descr'", in: header),
      let shape = Self.shape(in: header), let isColumnMajor = Self.order(in: header),
      let count = Self.count(of: shape),
      let stored = Self.values(descriptor, count, body)
    else {
      let short = header.prefix(120).trimmingSuffix { $0.isWhitespace }
      throw .badNPY(file: file, entry: entry, found: String(short))
    }
    let isPlain = !isColumnMajor || shape.count < 2 || count == 0
    self.init(shape: shape, values: isPlain ? stored : stored.inRowMajorOrder(of: shape))
  }

  /// Whether the first axis is the fastest: numpy writes transposed arrays so.
  private static func order(in header: String) -> Bool? {
    if header.contains("'fortran_order': False") { return false }
    return header.contains("'fortran_order': True") ? true : nil
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

extension NPYArray.Values {
  /// The values of a column-major array of a shape, in row-major order.
  fileprivate func inRowMajorOrder(of shape: [Int]) -> Self {
    switch self {
    case .float32(let values): .float32(Self.reordered(values, shape))
    case .float64(let values): .float64(Self.reordered(values, shape))
    case .uint8(let values): .uint8(Self.reordered(values, shape))
    case .int32(let values): .int32(Self.reordered(values, shape))
    case .int64(let values): .int64(Self.reordered(values, shape))
    case .uint32(let values): .uint32(Self.reordered(values, shape))
    case .uint64(let values): .uint64(Self.reordered(values, shape))
    case .text(let values): .text(Self.reordered(values, shape))
    }
  }

  private static func reordered<Element>(_ values: [Element], _ shape: [Int]) -> [Element] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var (place, source) = ([Int](repeating: 0, count: shape.count), 0)
    return values.indices.map { _ in
      let value = values[source]
      var axis = shape.count - 1
      while axis >= 0 {
        place[axis] += 1
        source += strides[axis]
        if place[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        place[axis] = 0
        axis -= 1
      }
      return value
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    self[..<(lastIndex { !isTrimmed($0) }.map { index(after: $0) } ?? startIndex)]
  }
}
