import HardwareSpec

/// One line of the text form, taken apart into words and quoted texts.
struct ImageTextLine {
  private enum Token {
    case word(String)
    case text(String)

    var shown: String {
      switch self {
      case .word(let word): return "'\(word.prefix(40))'"
      case .text(let text): return ChipImageText.quoted(String(text.prefix(40)))
      }
    }
  }

  /// The line's number, from 1.
  let number: Int
  private let tokens: [Token]
  private var position = 0

  /// Takes a line apart; nil when it is empty or a comment.
  init?(_ bytes: some Collection<UInt8>, number: Int) throws(ImageFormatError) {
    self.number = number
    var rest = Array(bytes)[...]
    if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
    var tokens: [Token] = []
    while let first = rest.first {
      if first == UInt8(ascii: " ") {
        rest.removeFirst()
      } else if first == UInt8(ascii: "\"") {
        tokens.append(.text(try Self.unquote(&rest, number)))
      } else {
        let word = rest.prefix { $0 != UInt8(ascii: " ") }
        tokens.append(.word(String(decoding: word, as: UTF8.self)))
        rest = rest.dropFirst(word.count)
      }
    }
    guard let first = tokens.first else { return nil }
    if case .word(let word) = first, word.hasPrefix("#") { return nil }
    self.tokens = tokens
  }

  /// The first word, which says what kind of line this is.
  var keyword: String {
    if case .word(let word)? = tokens.first { return word }
    return ""
  }

  /// Whether the line was read to its end.
  var isAtEnd: Bool { position == tokens.count }

  /// Whether this word comes next.
  func isNext(_ expected: String) -> Bool {
    if case .word(expected)? = next { return true }
    return false
  }

  func fault(_ expected: String) -> ImageFormatError {
    .line(
      number, expected: expected,
      found: position < tokens.count ? tokens[position].shown : "the end of the line")
  }

  mutating func word(_ expected: String) throws(ImageFormatError) {
    guard case .word(expected)? = next else { throw fault("'\(expected)'") }
    position += 1
  }

  mutating func word(among allowed: [String]) throws(ImageFormatError) -> String {
    guard case .word(let word)? = next, allowed.contains(word) else {
      throw fault(allowed.map { "'\($0)'" }.joined(separator: " or "))
    }
    position += 1
    return word
  }

  mutating func anyWord(_ expected: String) throws(ImageFormatError) -> String {
    guard case .word(let word)? = next else { throw fault(expected) }
    position += 1
    return word
  }

  mutating func text(_ what: String) throws(ImageFormatError) -> String {
    guard case .text(let text)? = next else { throw fault("\(what) in quotes") }
    position += 1
    return text
  }

  mutating func integer(
    _ what: String, in allowed: ClosedRange<Int>
  ) throws(ImageFormatError) -> Int {
    guard case .word(let word)? = next, let value = Int(word), allowed.contains(value) else {
      throw fault("\(what) from \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    position += 1
    return value
  }

  mutating func real(_ what: String) throws(ImageFormatError) -> Double {
    guard case .word(let word)? = next, let value = Double(word), value.isFinite else {
      throw fault("\(what), a finite number")
    }
    position += 1
    return value
  }

  /// Two numbers joined by a point: core and column, or core and row pair.
  mutating func coordinate(_ what: String) throws(ImageFormatError) -> (Int, Int) {
    guard case .word(let word)? = next else { throw fault(what) }
    let parts = word.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let first = parts[0], let second = parts[1] else { throw fault(what) }
    position += 1
    return (first, second)
  }

  mutating func core(_ geometry: ChipGeometry) throws(ImageFormatError) -> CoreOnChip {
    let place = self
    let index = try integer("a core", in: 0...geometry.coreCount - 1)
    guard let core = CoreOnChip(index, on: geometry) else { throw place.fault("a core") }
    return core
  }

  func end() throws(ImageFormatError) {
    guard isAtEnd else { throw fault("the end of the line") }
  }

  private var next: Token? { position < tokens.count ? tokens[position] : nil }

  private static func unquote(
    _ rest: inout ArraySlice<UInt8>, _ number: Int
  ) throws(ImageFormatError) -> String {
    let open = ImageFormatError.line(
      number, expected: "a closing quote", found: "the end of the line")
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") {
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw .line(number, expected: "UTF-8", found: "other bytes")
        }
        return text
      }
      if byte == UInt8(ascii: "\\") {
        bytes += try escaped(&rest, number)
      } else {
        bytes.append(byte)
      }
    }
    throw open
  }

  /// What follows a backslash: a quote, a backslash, or `u{…}` with a scalar in hexadecimal.
  private static func escaped(
    _ rest: inout ArraySlice<UInt8>, _ number: Int
  ) throws(ImageFormatError) -> [UInt8] {
    let fault = ImageFormatError.line(
      number, expected: "\\\", \\\\ or \\u{…}", found: "another escape")
    guard let kind = rest.popFirst() else { throw fault }
    if kind == UInt8(ascii: "\"") || kind == UInt8(ascii: "\\") { return [kind] }
    guard kind == UInt8(ascii: "u"), rest.popFirst() == UInt8(ascii: "{") else { throw fault }
    let digits = rest.prefix { $0 != UInt8(ascii: "}") }
    guard digits.count < rest.count, digits.count <= 8,
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw fault }
    rest = rest.dropFirst(digits.count + 1)
    return Array(String(scalar).utf8)
  }
}
