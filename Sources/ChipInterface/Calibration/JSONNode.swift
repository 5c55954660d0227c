import HardwareSpec

/// A JSON value with the line at which it begins, for files whose faults name their place.
struct JSONNode {
  indirect enum Content {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    /// A list of numbers alone.
    case numbers([Double])
    case list([JSONNode])
    case object([(key: String, value: JSONNode)])
  }

  var line: Int
  var content: Content

  /// What it is, for sentences.
  var kind: String {
    switch content {
    case .null: return "null"
    case .flag: return "true or false"
    case .number: return "a number"
    case .text: return "a text"
    case .numbers, .list: return "a list"
    case .object: return "an object"
    }
  }
}

/// Why a text is not JSON.
struct JSONFault: Error {
  var fault: SpecError.Fault
}

/// Reads JSON text by RFC 8259; memory is a small multiple of the text's, depth is bounded.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var depth = 0
  private static let deepest = 16

  private init(_ text: String) { bytes = Array(text.utf8) }

  static func parse(_ text: String) throws(JSONFault) -> JSONNode {
    var parser = JSONParser(text)
    let node = try parser.value()
    parser.skipBlanks()
    if parser.position < parser.bytes.count { throw parser.fault("text stands behind its end") }
    return node
  }

  private func fault(_ what: String) -> JSONFault {
    JSONFault(fault: .init(line: line, message: "the file is not JSON: \(what)"))
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
      if byte == 0x0A { line += 1 }
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(JSONFault) -> JSONNode {
    skipBlanks()
    guard depth < Self.deepest else { throw fault("it is nested too deeply") }
    let start = line
    switch next {
    case UInt8(ascii: "{"): return JSONNode(line: start, content: try object())
    case UInt8(ascii: "["): return JSONNode(line: start, content: try list())
    case UInt8(ascii: "\""): return JSONNode(line: start, content: .text(try string()))
    case UInt8(ascii: "t"): return JSONNode(line: start, content: try word("true", .flag(true)))
    case UInt8(ascii: "f"): return JSONNode(line: start, content: try word("false", .flag(false)))
    case UInt8(ascii: "n"): return JSONNode(line: start, content: try word("null", .null))
    case nil: throw fault("it ends early")
    default: return JSONNode(line: start, content: .number(try number()))
    }
  }

  private mutating func word(
    _ word: String, _ content: JSONNode.Content
  ) throws(JSONFault) -> JSONNode.Content {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("an unknown word") }
    position += word.utf8.count
    return content
  }

  private mutating func object() throws(JSONFault) -> JSONNode.Content {
    position += 1
    depth += 1
    defer { depth -= 1 }
    var members: [(key: String, value: JSONNode)] = []
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw fault("a key must stand in quotes") }
      let key = try string()
      guard take(":") else { throw fault("a ':' must stand behind key '\(key.prefix(40))'") }
      members.append((key, try value()))
    } while take(",")
    guard take("}") else { throw fault("an object must end with '}'") }
    return .object(members)
  }

  private mutating func list() throws(JSONFault) -> JSONNode.Content {
    position += 1
    depth += 1
    defer { depth -= 1 }
    if take("]") { return .numbers([]) }
    var (numbers, nodes) = ([Double](), [JSONNode]())
    repeat {
      let node = try value()
      if nodes.isEmpty, case .number(let number) = node.content {
        numbers.append(number)
      } else {
        if nodes.isEmpty {
          nodes = numbers.map { JSONNode(line: line, content: .number($0)) }
        }
        nodes.append(node)
      }
    } while take(",")
    guard take("]") else { throw fault("a list must end with ']'") }
    return nodes.isEmpty ? .numbers(numbers) : .list(nodes)
  }

  private mutating func number() throws(JSONFault) -> Double {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    let whole = skipDigits()
    let isWhole = whole == 1 || whole > 1 && bytes[position - whole] != UInt8(ascii: "0")
    let hasFraction = skip(UInt8(ascii: ".")) ? skipDigits() > 0 : true
    var hasExponent = true
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
      hasExponent = skipDigits() > 0
    }
    let text = String(decoding: bytes[start..<min(position, start + 40)], as: UTF8.self)
    guard isWhole, hasFraction, hasExponent, position - start < 40, let number = Double(text),
      number.isFinite
    else { throw fault("'\(text)' is no number of up to 39 characters") }
    return number
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSONFault) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("a text must not have line ends") }
      position += 1
      if byte == UInt8(ascii: "\\") { text += try escape() } else { text.append(byte) }
    }
    guard next != nil else { throw fault("a text has no end") }
    position += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw fault("a text is not UTF-8")
    }
    return string
  }

  private mutating func escape() throws(JSONFault) -> [UInt8] {
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9,
    ]
    guard let byte = next else { throw fault("a text has no end") }
    position += 1
    if let character = plain[byte] { return [character] }
    guard byte == UInt8(ascii: "u") else { throw fault("an unknown escape") }
    var code = try hexadecimal()
    if 0xD800..<0xDC00 ~= code, next == 0x5C, position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      code = 0x10000 + (code - 0xD800) << 10 + (try hexadecimal() & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fault("an escape is no character") }
    return Array(String(scalar).utf8)
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    guard position + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("an escape needs four digits") }
    position += 4
    return code
  }
}
