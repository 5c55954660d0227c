import HardwareSpec

/// Builds the bytes of one section: little-endian, nothing aligned.
struct ImageSectionWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
    for i in 0..<(T.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> T(8 * i)))
    }
  }

  /// A number that validation already proved to be in `0...T.max`, or else an error.
  mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
    _ value: Int, as type: T.Type, _ what: String
  ) throws(ImageFormatError) {
    guard let exact = T(exactly: value) else {
      throw .tooLarge(what: what, found: value, largest: Int(clamping: T.max))
    }
    integer(exact)
  }

  /// An element count or a length, in 32 bits.
  mutating func count(_ value: Int, _ what: String) throws(ImageFormatError) {
    try integer(value, as: UInt32.self, what)
  }

  mutating func real(_ value: Double, _ what: String) throws(ImageFormatError) {
    guard value.isFinite else { throw .notFinite(what: what) }
    integer(value.bitPattern)
  }

  mutating func text(_ value: String) throws(ImageFormatError) {
    try count(value.utf8.count, "the length of a text")
    bytes += value.utf8
  }

  /// A list of numbers that are not negative.
  mutating func numbers(_ values: [Int32], _ what: String) throws(ImageFormatError) {
    try count(values.count, what)
    for value in values { integer(UInt32(bitPattern: value)) }
  }

  mutating func raw(_ values: [UInt8]) { bytes += values }

  mutating func circuit(_ circuit: CircuitOnChip) throws(ImageFormatError) {
    try integer(circuit.core.index, as: UInt16.self, "core")
    try integer(circuit.column, as: UInt16.self, "column")
  }

  mutating func circuits(
    _ circuits: [CircuitOnChip], _ what: String
  ) throws(ImageFormatError) {
    try count(circuits.count, what)
    for circuit in circuits { try self.circuit(circuit) }
  }

  mutating func rowPairs(_ pairs: [RowPairOnChip]) throws(ImageFormatError) {
    try count(pairs.count, "the number of targets of a route")
    for pair in pairs {
      try integer(pair.core.index, as: UInt16.self, "core")
      try integer(pair.pair, as: UInt16.self, "row pair")
    }
  }
}
