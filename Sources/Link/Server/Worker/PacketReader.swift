/// Reads the fields of a packet: within its bytes, without a trap, whatever they are.
struct PacketReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// Reads memory that outlives the reader.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private var left: Int { bytes.count - position }

  mutating func byte() throws(PacketFault) -> UInt8 {
    guard left > 0 else { throw .short }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func flag() throws(PacketFault) -> Bool { try byte() != 0 }

  mutating func number() throws(PacketFault) -> Int {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 {
        return Int(truncatingIfNeeded: value >> 1) ^ -Int(truncatingIfNeeded: value & 1)
      }
    }
    throw .outOfRange(what: "a number of more bits than", found: 64)
  }

  /// A whole number in a range.
  mutating func number(_ what: String, in range: ClosedRange<Int>) throws(PacketFault) -> Int {
    let value = try number()
    guard range.contains(value) else { throw .outOfRange(what: what, found: value) }
    return value
  }

  mutating func bits() throws(PacketFault) -> UInt64 {
    guard left >= 8 else { throw .short }
    defer { position += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  mutating func real() throws(PacketFault) -> Double { Double(bitPattern: try bits()) }

  mutating func text() throws(PacketFault) -> String {
    let count = try count(of: 1)
    defer { position += count }
    return String(decoding: bytes[position..<position + count], as: UTF8.self)
  }

  mutating func optional<Value>(
    _ read: (inout PacketReader) throws(PacketFault) -> Value
  ) throws(PacketFault) -> Value? {
    try flag() ? try read(&self) : nil
  }

  mutating func list<Value>(
    _ read: (inout PacketReader) throws(PacketFault) -> Value
  ) throws(PacketFault) -> [Value] {
    let count = try count(of: 1)
    var values: [Value] = []
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }

  /// A number of things of at least so many bytes each that the packet still has room for.
  private mutating func count(of size: Int) throws(PacketFault) -> Int {
    let count = try number("a count of", in: 0...Int.max / size)
    guard count * size <= left else { throw .short }
    return count
  }

  mutating func json(depth: Int = 0) throws(PacketFault) -> JSONValue {
    guard depth <= JSONReader.deepest else { throw .outOfRange(what: "a depth of", found: depth) }
    switch try byte() {
    case 0: return .null
    case 1: return .flag(false)
    case 2: return .flag(true)
    case 3: return .integer(try number())
    case 4: return .number(try real())
    case 5: return .text(try text())
    case 6:
      return .list(
        try list { reader throws(PacketFault) in try reader.json(depth: depth + 1) })
    case 7: return .object(try object(depth: depth + 1))
    case let kind: throw .unknown(kind: Int(kind))
    }
  }

  mutating func object(depth: Int = 1) throws(PacketFault) -> JSONObject {
    let count = try count(of: 2)
    guard count <= 1 << 10 else { throw .outOfRange(what: "keys", found: count) }
    var object = JSONObject()
    for _ in 0..<count {
      let key = try text()
      object[key] = try json(depth: depth)
    }
    return object
  }

  /// Demands that all was read.
  func finish() throws(PacketFault) {
    guard left == 0 else { throw .outOfRange(what: "more bytes than it says:", found: left) }
  }
}
