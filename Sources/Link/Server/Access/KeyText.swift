/// The text of a key file: a certificate as CZMQ and `zmq.auth` write it, in ZPL (RFC 4).
///
/// Two levels only: sections at the margin, entries `name = "value"` four spaces in. What is not
/// understood is refused; the text comes from somebody who may not mean well.
struct KeyText: Equatable {
  /// An entry of a section.
  struct Entry: Equatable {
    let section, name, value: String
    let line: Int
  }

  /// The largest key file, in bytes.
  static let largest = 16_384
  private static let longestValue = 1024
  private static let mostEntries = 64

  private(set) var entries: [Entry] = []

  /// Takes entries to write.
  init(_ entries: [(section: String, name: String, value: String)]) {
    self.entries = entries.map { Entry(section: $0.0, name: $0.1, value: $0.2, line: 0) }
  }

  /// Reads a text.
  init(reading bytes: [UInt8]) throws(KeyFault) {
    guard bytes.count <= Self.largest else { throw .tooLarge(limit: Self.largest) }
    var section = ""
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() {
      let line = line.last == 0x0D ? line.dropLast() : line
      guard line.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x09 || $0 >= 0x80 }),
        let text = String(validating: line, as: UTF8.self)
      else { throw .line(i + 1, reason: "it is no text") }
      try read(text, i + 1, &section)
    }
  }

  private mutating func read(
    _ line: String, _ number: Int, _ section: inout String
  ) throws(KeyFault) {
    let body = line.drop { $0 == " " }
    let depth = line.count - body.count
    guard let first = body.first, first != "#" else { return }
    guard depth > 0 else {
      section = Self.trimmed(Self.withoutComment(body))
      guard Self.isName(section) else { throw .line(number, reason: "a section is a name alone") }
      return
    }
    guard depth == 4, !section.isEmpty else {
      throw .line(number, reason: "entries stand four spaces in, below a section")
    }
    let entry = try Self.entry(body, section, number)
    guard self[section, entry.name] == nil else {
      throw .line(number, reason: "'\(entry.name)' comes twice")
    }
    guard entries.count < Self.mostEntries else {
      throw .line(number, reason: "there are more than \(Self.mostEntries) entries")
    }
    entries.append(entry)
  }

  private static func entry(
    _ body: Substring, _ section: String, _ number: Int
  ) throws(KeyFault) -> Entry {
    guard let equals = body.firstIndex(of: "=") else {
      throw .line(number, reason: "an entry is written name = \"value\"")
    }
    let name = trimmed(body[..<equals])
    let rest = body[body.index(after: equals)...].drop { $0 == " " }
    guard isName(name) else { throw .line(number, reason: "an entry begins with a name") }
    guard let value = value(rest), value.utf8.count <= longestValue else {
      throw .line(
        number, reason: "a value is in quotes, or one word, of up to \(longestValue) bytes")
    }
    return Entry(section: section, name: name, value: value, line: number)
  }

  /// A quoted text or a word, with nothing but a comment behind it.
  private static func value(_ text: Substring) -> String? {
    guard let quote = text.first, quote == "\"" || quote == "'" else {
      let word = trimmed(withoutComment(text))
      return word.isEmpty || word.contains(" ") || word.contains("\"") ? nil : word
    }
    let inner = text.dropFirst()
    guard let end = inner.firstIndex(of: quote) else { return nil }
    let rest = trimmed(inner[inner.index(after: end)...])
    return rest.isEmpty || rest.hasPrefix("#") ? String(inner[..<end]) : nil
  }

  private static func withoutComment(_ text: Substring) -> Substring {
    text.prefix { $0 != "#" }
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " || $0 == "\t" }
    return String(
      start.prefix(
        upTo: (start.lastIndex { $0 != " " && $0 != "\t" })
          .map { start.index(after: $0) } ?? start.startIndex))
  }

  private static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        Self.nameBytes.contains(byte)
      }
  }

  private static let nameBytes = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)

  /// The value of an entry.
  subscript(section: String, name: String) -> String? {
    entries.first { $0.section == section && $0.name == name }?.value
  }

  /// The text to write below a heading of comments; values hold no quotes.
  func text(heading: [String]) -> String {
    var lines = heading.map { "# \($0)" } + [""]
    var section = ""
    for entry in entries {
      if entry.section != section { lines.append(entry.section) }
      section = entry.section
      lines.append("    \(entry.name) = \"\(entry.value)\"")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
