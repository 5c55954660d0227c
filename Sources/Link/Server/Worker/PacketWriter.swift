/// Writes the fields of a packet, compactly: both sides are the same program.
struct PacketWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(512) }

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

  /// A whole number: seven bits a byte, small ones of either sign first.
  mutating func number(_ value: Int) {
    var rest = UInt64(bitPattern: Int64(value << 1) ^ Int64(value >> 63))
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Eight bytes, the lowest first.
  mutating func bits(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func real(_ value: Double) { bits(value.bitPattern) }

  mutating func text(_ value: String) {
    number(value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }

  /// A value that may be missing.
  mutating func optional<Value>(_ value: Value?, _ write: (inout PacketWriter, Value) -> Void) {
    flag(value != nil)
    if let value { write(&self, value) }
  }

  mutating func list<Value>(_ values: [Value], _ write: (inout PacketWriter, Value) -> Void) {
    number(values.count)
    for value in values { write(&self, value) }
  }

  mutating func json(_ value: JSONValue) {
    switch value {
    case .null: byte(0)
    case .flag(let flag): byte(flag ? 2 : 1)
    case .integer(let integer):
      byte(3)
      number(integer)
    case .number(let double):
      byte(4)
      real(double)
    case .text(let string):
      byte(5)
      text(string)
    case .list(let values):
      byte(6)
      list(values) { $0.json($1) }
    case .object(let object):
      byte(7)
      self.object(object)
    }
  }

  mutating func object(_ object: JSONObject) {
    list(object.members) {
      $0.text($1.key)
      $0.json($1.value)
    }
  }
}
