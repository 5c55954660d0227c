/// Reads JSON (RFC 8259) from an untrusted header, within fixed bounds and without a trap.
///
/// Stricter than the standard where that is safer: a key may not come twice, numbers must be
/// finite, an integer must fit 64 bits, texts and depth are limited.
struct JSONReader {
  static let deepest = 16
  static let longestText = 4096

  private let bytes: [UInt8]
  private var position = 0

  /// Parses a whole header.
  static func parse(_ bytes: [UInt8]) throws(WireError) -> JSONValue {
    var reader = JSONReader(bytes: bytes)
    let value = try reader.value(depth: 1)
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.fault("more text after its end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ what: String) -> WireError {
    WireError(.badHeader, "the header is not valid JSON: \(what) at byte \(position)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(WireError) -> JSONValue {
    guard depth <= Self.deepest else {
      throw WireError(
        .badHeader, "the header is nested too deeply", limit: Self.deepest, actual: depth)
    }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth))
    case UInt8(ascii: "["): return .list(try list(depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(WireError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("an unknown word") }
    position += word.utf8.count
    return value
  }

  private mutating func list(_ depth: Int) throws(WireError) -> [JSONValue] {
    position += 1
    if take(UInt8(ascii: "]")) { return [] }
    var values: [JSONValue] = []
    repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw fault("no ] after a list") }
    return values
  }

  private mutating func object(_ depth: Int) throws(WireError) -> JSONObject {
    position += 1
    var object = JSONObject()
    if take(UInt8(ascii: "}")) { return object }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("no key") }
      let key = try text()
      guard object.members.count < 256 else { throw fault("more than 256 keys") }
      guard object[key] == nil else { throw fault("the key '\(key.prefix(64))' again") }
      guard take(UInt8(ascii: ":")) else { throw fault("no : after a key") }
      object[key] = try value(depth: depth + 1)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw fault("no } after an object") }
    return object
  }

  /// The usual number: up to eighteen digits; nil when it is none, then nothing was taken.
  private mutating func plainInteger() -> Int? {
    var (end, value) = (position, 0)
    while end < bytes.count, (0x30...0x39).contains(bytes[end]), end - position < 18 {
      value = value * 10 + Int(bytes[end] - 0x30)
      end += 1
    }
    let count = end - position
    guard count > 0, count == 1 || bytes[position] != 0x30,
      end == bytes.count || !Self.numberBytes.contains(bytes[end])
    else { return nil }
    position = end
    return value
  }

  private mutating func number() throws(WireError) -> JSONValue {
    if let integer = plainInteger() { return .integer(integer) }
    let start = position
    var isInteger = true
    while let byte = next, Self.numberBytes.contains(byte) {
      if byte != UInt8(ascii: "-") && !(0x30...0x39).contains(byte) { isInteger = false }
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard Self.isNumber(bytes[start..<position]) else { throw fault("no value") }
    if isInteger {
      guard let integer = Int(text) else { throw fault("a number beyond 64 bits") }
      return .integer(integer)
    }
    guard let number = Double(text), number.isFinite else { throw fault("a number too large") }
    return .number(number)
  }

  private static let numberBytes = Array("0123456789+-.eE".utf8)

  /// Whether the bytes follow the grammar `-? int frac? exp?`.
  private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let whole = rest.prefix(while: isDigit)
    guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
    rest = rest.dropFirst(whole.count)
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDigit)
      guard !fraction.isEmpty else { return false }
      rest = rest.dropFirst(1 + fraction.count)
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      let exponent = rest.prefix(while: isDigit)
      guard !exponent.isEmpty else { return false }
      rest = rest.dropFirst(exponent.count)
    }
    return rest.isEmpty
  }
}

// MARK: Texts

extension JSONReader {
  private mutating func text() throws(WireError) -> String {
    position += 1
    if let plain = plainText() { return plain }
    var content: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("a control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        try escape(into: &content)
      } else {
        content.append(byte)
      }
      guard content.count <= Self.longestText else {
        throw WireError(
          .badHeader, "a text of the header is too long", limit: Self.longestText,
          actual: content.count)
      }
    }
    guard next != nil else { throw fault("a text without end") }
    position += 1
    guard let text = String(validating: content, as: UTF8.self) else {
      throw fault("a text that is not UTF-8")
    }
    return text
  }

  /// The usual text: ASCII without escapes; nil when it is none, then nothing was taken.
  private mutating func plainText() -> String? {
    var end = position
    while end < bytes.count, case let byte = bytes[end], byte != UInt8(ascii: "\"") {
      guard (0x20..<0x80).contains(byte), byte != UInt8(ascii: "\\") else { return nil }
      end += 1
    }
    guard end < bytes.count, end - position <= Self.longestText else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func escape(into content: inout [UInt8]) throws(WireError) {
    guard let byte = next else { throw fault("a text without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += Array(String(Character(try scalar())).utf8)
    default: throw fault("an unknown escape")
    }
  }

  /// The scalar of `\uXXXX`, or of a surrogate pair of them.
  private mutating func scalar() throws(WireError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), next == UInt8(ascii: "\\") else {
      throw fault("half a surrogate pair")
    }
    position += 1
    guard next == UInt8(ascii: "u") else { throw fault("half a surrogate pair") }
    position += 1
    let second = try codeUnit()
    guard UTF16.isTrailSurrogate(second) else { throw fault("half a surrogate pair") }
    let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
    guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair") }
    return scalar
  }

  private mutating func codeUnit() throws(WireError) -> UInt16 {
    guard position + 4 <= bytes.count else { throw fault("a text without end") }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("an escape that is not hexadecimal")
      }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }
}

extension JSONValue {
  /// Parses JSON within the bounds of a header.
  package init(parsing bytes: [UInt8]) throws(WireError) { self = try JSONReader.parse(bytes) }
}
