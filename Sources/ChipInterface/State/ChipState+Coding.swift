import HardwareSpec

/// Why bytes are not a chip's state.
public enum ChipStateFormatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes do not begin as a state does, or are too few.
  case notAState
  /// The state has a format version that this program does not read.
  case unknownVersion(found: Int, known: ClosedRange<Int>)
  /// The checksum does not match the bytes.
  case corrupted
  /// The bytes do not hold what they announce.
  case content(ImageFormatError)

  /// One sentence: what, where, what is allowed.
  public var description: String {
    switch self {
    case .notAState: return "this is not a chip's state: the first bytes are not its signature"
    case .unknownVersion(let found, let known):
      return "the state has format version \(found); this program reads \(known.lowerBound) to"
        + " \(known.upperBound)"
    case .corrupted: return "the state is damaged: its checksum does not match"
    case .content(let error): return "the state does not hold what it announces: \(error)"
    }
  }
}

extension ChipState {
  /// The signature, whose odd bytes betray a transfer as text.
  static let signature: [UInt8] = [0x89, 0x53, 0x59, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The only format version.
  static let version = 1
  private static let headerBytes = 12

  /// The state as bytes; docs/chip-state.md describes them.
  ///
  /// Equal states give equal bytes.
  public func encoded() -> [UInt8] {
    var writer = ImageSectionWriter()
    writer.raw(Self.signature)
    writer.integer(UInt16(Self.version))
    writer.integer(UInt16(0))
    writer.stateText(imageHash)
    writer.stateCount(cells.count)
    for cells in cells {
      writer.stateCount(cells.slot)
      writer.stateCount(cells.codes.count)
      for code in cells.codes { writer.integer(code) }
    }
    writer.stateCount(cores.count)
    for core in cores { core.write(to: &writer) }
    writer.integer(CRC32.checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads a state.
  ///
  /// Every changed byte is refused. Bytes of ill will cost at most a few dozen times their own
  /// size; whether the state fits an image is checked when it is restored.
  public init(decoding bytes: [UInt8]) throws(ChipStateFormatError) {
    guard bytes.count >= Self.headerBytes + 4, bytes.starts(with: Self.signature) else {
      throw .notAState
    }
    let version = Int(bytes[8]) | Int(bytes[9]) << 8
    guard version == Self.version else {
      throw .unknownVersion(found: version, known: Self.version...Self.version)
    }
    let end = bytes.count - 4
    let sum = bytes[end...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard CRC32.checksum(bytes[..<end]) == sum else { throw .corrupted }
    do throws(ImageFormatError) {
      var reader = ImageSectionReader(bytes, Self.headerBytes - 2..<end, section: "state")
      try self.init(&reader)
      try reader.finish()
      guard encoded() == bytes else {
        throw .notCanonical(reader.place, what: "the same state in other bytes")
      }
    } catch { throw .content(error) }
  }

  private init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    _ = try reader.integer(UInt16.self, "reserved number", in: 0...0)
    self.init(imageHash: try reader.text())
    for _ in 0..<(try reader.count("cells", of: 8)) {
      var cells = CellState(slot: try reader.stateNumber(), codes: [])
      for _ in 0..<(try reader.count("codes", of: 2)) {
        cells.codes.append(try reader.integer(UInt16.self))
      }
      self.cells.append(cells)
    }
    for _ in 0..<(try reader.count("cores", of: 16)) { cores.append(try CoreState(&reader)) }
  }
}

extension CoreState {
  fileprivate func write(to writer: inout ImageSectionWriter) {
    writer.stateCount(slot)
    writer.stateCount(rows.count)
    for row in rows { row.write(to: &writer) }
    writer.stateCount(projections.count)
    for projection in projections {
      writer.stateCount(projection.position)
      writer.numbers(.steps(projection.weights))
    }
    writer.stateCount(plastic.count)
    for plastic in plastic { plastic.write(to: &writer) }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    self.init(slot: try reader.stateNumber())
    for _ in 0..<(try reader.count("row pairs", of: 10)) { rows.append(try RowPairState(&reader)) }
    for _ in 0..<(try reader.count("projections", of: 9)) {
      let position = try reader.stateNumber()
      guard case .steps(let weights) = try reader.storedNumbers() else {
        throw .notCanonical(reader.place, what: "real numbers where whole ones are stored")
      }
      projections.append(ProjectionState(position: position, weights: weights))
    }
    for _ in 0..<(try reader.count("parts that learn", of: 23)) {
      plastic.append(try PlasticState(&reader))
    }
  }
}

extension RowPairState {
  /// The pair as one row of signed numbers, where no column has both signs.
  private var signed: StoredNumbers? {
    switch (excitatory, inhibitory) {
    case (.steps(let up), .steps(let down)) where up.count == down.count:
      guard zip(up, down).allSatisfy({ ($0 == 0 && $1 >= 0) || ($1 == 0 && $0 >= 0) }) else {
        return nil
      }
      return .steps(zip(up, down).map { $0 - $1 })
    default: return nil
    }
  }

  fileprivate func write(to writer: inout ImageSectionWriter) {
    writer.stateCount(pair)
    guard let signed else {
      writer.integer(UInt8(0))
      writer.numbers(excitatory)
      return writer.numbers(inhibitory)
    }
    writer.integer(UInt8(1))
    writer.numbers(signed)
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    let pair = try reader.stateNumber()
    if try reader.integer(UInt8.self, "form of a row pair", in: 0...1) == 0 {
      let excitatory = try reader.storedNumbers()
      let inhibitory = try reader.storedNumbers()
      self.init(pair: pair, excitatory: excitatory, inhibitory: inhibitory)
      return
    }
    guard case .steps(let signed) = try reader.storedNumbers() else {
      throw .notCanonical(reader.place, what: "real numbers where whole ones are stored")
    }
    self.init(
      pair: pair, excitatory: .steps(signed.map { max($0, 0) }),
      inhibitory: .steps(signed.map { $0 < 0 ? 0 &- $0 : 0 }))
  }
}

extension PlasticState {
  fileprivate func write(to writer: inout ImageSectionWriter) {
    writer.stateCount(position)
    writer.stateCount(exists.count)
    var bits = [UInt8](repeating: 0, count: (exists.count + 7) / 8)
    for (i, exists) in exists.enumerated() where exists { bits[i / 8] |= 1 << UInt8(i % 8) }
    writer.raw(bits)
    for numbers in [weights, tags, delays] { writer.numbers(numbers) }
  }

  fileprivate init(_ reader: inout ImageSectionReader) throws(ImageFormatError) {
    let position = try reader.stateNumber()
    let count = try reader.stateNumber()
    let bits = Array(try reader.raw((count + 7) / 8))
    let exists = (0..<count).map { bits[$0 / 8] >> UInt8($0 % 8) & 1 != 0 }
    let weights = try reader.storedNumbers()
    let tags = try reader.storedNumbers()
    self.init(
      position: position, exists: exists, weights: weights, tags: tags,
      delays: try reader.storedNumbers())
  }
}

// MARK: Numbers

extension ImageSectionWriter {
  /// A count or a position, in 32 bits: no chip has as many of anything.
  fileprivate mutating func stateCount(_ value: Int) { integer(UInt32(clamping: value)) }

  fileprivate mutating func stateText(_ text: String) {
    stateCount(text.utf8.count)
    raw(Array(text.utf8))
  }

  /// Bytes a number (1, 2 or 8), how many, and the numbers: as narrow as they all fit.
  fileprivate mutating func numbers(_ numbers: StoredNumbers) {
    switch numbers {
    case .exact(let values):
      integer(UInt8(8))
      stateCount(values.count)
      for value in values { integer(value.bitPattern) }
    case .steps(let values):
      let isNarrow = values.allSatisfy { $0 >= -128 && $0 <= 127 }
      integer(UInt8(isNarrow ? 1 : 2))
      stateCount(values.count)
      if isNarrow { return raw(values.map { UInt8(truncatingIfNeeded: $0) }) }
      for value in values { integer(UInt16(bitPattern: value)) }
    }
  }
}

extension ImageSectionReader {
  fileprivate mutating func stateNumber() throws(ImageFormatError) -> Int {
    Int(try integer(UInt32.self))
  }

  fileprivate mutating func storedNumbers() throws(ImageFormatError) -> StoredNumbers {
    let start = place
    let width = Int(try integer(UInt8.self))
    guard [1, 2, 8].contains(width) else {
      throw .outOfRange(start, what: "bytes of a number", found: width, allowed: 1...8)
    }
    let count = try count("numbers", of: width)
    if width == 1 {
      return .steps(try raw(count).map { Int16(Int8(bitPattern: $0)) })
    }
    if width == 2 {
      var values: [Int16] = []
      values.reserveCapacity(count)
      for _ in 0..<count { values.append(Int16(bitPattern: try integer(UInt16.self))) }
      return .steps(values)
    }
    var values: [Double] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(Double(bitPattern: try integer(UInt64.self))) }
    return .exact(values)
  }
}
