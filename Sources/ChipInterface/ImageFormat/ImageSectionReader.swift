import HardwareSpec

/// Reads the bytes of one section and never looks beyond its end.
struct ImageSectionReader {
  private let bytes: [UInt8]
  private let section: String
  private var offset: Int
  private let end: Int

  /// Opens `range`, which must lie inside of `bytes`.
  init(_ bytes: [UInt8], _ range: Range<Int>, section: String) {
    (self.bytes, self.section) = (bytes, section)
    (offset, end) = (range.lowerBound, range.upperBound)
  }

  var place: ImagePlace { ImagePlace(section: section, offset: offset) }

  mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type
  ) throws(ImageFormatError) -> T {
    try need(T.bitWidth / 8)
    var value: T = 0
    for i in 0..<(T.bitWidth / 8) { value |= T(bytes[offset + i]) << T(8 * i) }
    offset += T.bitWidth / 8
    return value
  }

  /// A number that must lie in a range; the error names where it began.
  mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, _ what: String, in allowed: ClosedRange<Int>
  ) throws(ImageFormatError) -> Int {
    let start = place
    let value = Int(try integer(type))
    guard allowed.contains(value) else {
      throw .outOfRange(start, what: what, found: value, allowed: allowed)
    }
    return value
  }

  /// The number of elements that follow, each of at least `size` bytes: bounds what is allocated.
  mutating func count(_ what: String, of size: Int) throws(ImageFormatError) -> Int {
    let start = place
    let value = Int(try integer(UInt32.self))
    guard value <= (end - offset) / size else {
      throw .outOfRange(start, what: what, found: value, allowed: 0...(end - offset) / size)
    }
    return value
  }

  /// A list of numbers below 2³¹.
  mutating func numbers(_ what: String) throws(ImageFormatError) -> [Int32] {
    var values: [Int32] = []
    let count = try count(what, of: 4)
    values.reserveCapacity(count)
    for _ in 0..<count {
      let start = place
      let value = Int32(bitPattern: try integer(UInt32.self))
      guard value >= 0 else {
        let found = Int(UInt32(bitPattern: value))
        throw .outOfRange(start, what: what, found: found, allowed: 0...Int(Int32.max))
      }
      values.append(value)
    }
    return values
  }

  mutating func real(_ what: String) throws(ImageFormatError) -> Double {
    let value = Double(bitPattern: try integer(UInt64.self))
    guard value.isFinite else { throw .notFinite(what: what) }
    return value
  }

  mutating func text() throws(ImageFormatError) -> String {
    let length = try count("a text's length", of: 1)
    let start = place
    guard let text = String(validating: try raw(length), as: UTF8.self) else {
      throw .notUTF8(start)
    }
    return text
  }

  mutating func raw(_ count: Int) throws(ImageFormatError) -> ArraySlice<UInt8> {
    try need(count)
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func core(_ geometry: ChipGeometry) throws(ImageFormatError) -> CoreOnChip {
    let start = place
    let index = Int(try integer(UInt16.self))
    guard let core = CoreOnChip(index, on: geometry) else {
      throw .outOfRange(start, what: "core", found: index, allowed: 0...geometry.coreCount - 1)
    }
    return core
  }

  mutating func circuit(_ geometry: ChipGeometry) throws(ImageFormatError) -> CircuitOnChip {
    let core = try core(geometry)
    let start = place
    let column = Int(try integer(UInt16.self))
    guard let circuit = CircuitOnChip(core, column: column, on: geometry) else {
      let allowed = 0...geometry.circuitsPerCore - 1
      throw .outOfRange(start, what: "column", found: column, allowed: allowed)
    }
    return circuit
  }

  mutating func circuits(
    _ what: String, _ geometry: ChipGeometry
  ) throws(ImageFormatError) -> [CircuitOnChip] {
    var circuits: [CircuitOnChip] = []
    for _ in 0..<(try count(what, of: 4)) { circuits.append(try circuit(geometry)) }
    return circuits
  }

  mutating func rowPairs(_ geometry: ChipGeometry) throws(ImageFormatError) -> [RowPairOnChip] {
    var pairs: [RowPairOnChip] = []
    for _ in 0..<(try count("targets", of: 4)) {
      let core = try core(geometry)
      let start = place
      let index = Int(try integer(UInt16.self))
      guard let pair = RowPairOnChip(core, pair: index, on: geometry) else {
        let allowed = 0...geometry.rowPairsPerCore - 1
        throw .outOfRange(start, what: "row pair", found: index, allowed: allowed)
      }
      pairs.append(pair)
    }
    return pairs
  }

  /// Refuses what is left over.
  func finish() throws(ImageFormatError) {
    guard offset == end else { throw .trailingBytes(place, count: end - offset) }
  }

  private func need(_ count: Int) throws(ImageFormatError) {
    guard count <= end - offset else {
      throw .truncated(place, needed: count - (end - offset))
    }
  }
}
