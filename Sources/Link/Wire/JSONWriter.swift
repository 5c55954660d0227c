extension JSONValue {
  /// The value as JSON without white space.
  package var json: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  /// Appends the value as JSON; a number that is not finite becomes `null`.
  func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .flag(let flag): bytes += (flag ? "true" : "false").utf8
    case .integer(let integer): Self.write(integer, to: &bytes)
    case .number(let number): bytes += (number.isFinite ? number.description : "null").utf8
    case .text(let text): Self.write(text, to: &bytes)
    case .list(let values): Self.write(values, to: &bytes)
    case .object(let object): object.write(to: &bytes)
    }
  }

  private static func write(_ values: [JSONValue], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (i, value) in values.enumerated() {
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      value.write(to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Appends the digits of a number.
  private static func write(_ integer: Int, to bytes: inout [UInt8]) {
    guard integer >= 0 else { return bytes += integer.description.utf8 }
    let start = bytes.count
    var rest = integer
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  fileprivate static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
    {
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\""))
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONObject {
  func write(to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (i, member) in members.enumerated() {
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONValue.write(member.key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      member.value.write(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
