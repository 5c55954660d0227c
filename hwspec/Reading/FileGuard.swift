/// Refuses text that only a hostile or damaged file holds, before the YAML parser sees it.
///
/// Aliases let a short file stand for a huge tree, and deep nesting costs stack. Our files need
/// neither, so both are refused on the text alone, where they cannot have done harm yet.
package struct FileGuard: Sendable {
  /// What the file is, for sentences.
  let subject: String
  /// The largest size that is read.
  package let largestBytes: Int
  let longestLine: Int
  let deepestIndent = 32
  /// How many brackets may be opened, and how many may be open at a time.
  let mostBrackets: Int, deepestBrackets: Int
  /// Whether quoted text may stand anywhere, or only as `key: "text"`.
  let takesAnyQuotation: Bool

  /// A chip file, which people write.
  static let chipFile = FileGuard(
    subject: "a chip file", largestBytes: 1 << 20, longestLine: 400, mostBrackets: 200,
    deepestBrackets: 200, takesAnyQuotation: true)
  /// What stands beside a network, which people write.
  package static let sideFile = FileGuard(
    subject: "a side file", largestBytes: 1 << 20, longestLine: 400, mostBrackets: 2_000,
    deepestBrackets: 6, takesAnyQuotation: false)
  /// A register-level network, which programs may write: large matrices, each in few lines.
  ///
  /// With quotations as strict as here the count of open brackets is never below the parser's.
  package static let registerFile = FileGuard(
    subject: "a register file", largestBytes: 32 << 20, longestLine: 1 << 20,
    mostBrackets: 1 << 22, deepestBrackets: 6, takesAnyQuotation: false)

  /// The first reason to refuse the text, or nil.
  package func fault(in yaml: String) -> SpecError.Fault? {
    guard yaml.utf8.count <= largestBytes else {
      return .init(
        line: 1, message: "the file has \(yaml.utf8.count) bytes; up to \(largestBytes) are allowed"
      )
    }
    var scan = LineScan(limits: self)
    let lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      if let message = scan.refusal(of: Array(line.utf8)) {
        return .init(line: index + 1, message: message)
      }
    }
    return nil
  }

  /// Looks at one line after the other, and remembers whether quoted text may reach over lines.
  private struct LineScan {
    let limits: FileGuard
    private var quotesAreClosed = true
    private var brackets = 0
    private var openBrackets = 0

    init(limits: FileGuard) { self.limits = limits }

    mutating func refusal(of line: [UInt8]) -> String? {
      guard line.count <= limits.longestLine else {
        return "the line has \(line.count) bytes; up to \(limits.longestLine) are allowed"
      }
      let text = withoutComment(line)
      if text.prefix(while: { $0 == Ascii.space }).count > limits.deepestIndent {
        return "the line is indented too deeply; up to \(limits.deepestIndent) spaces are allowed"
      }
      if hasReference(text) {
        return "anchors and aliases (& and *) are not allowed in \(limits.subject);"
          + " write the value out"
      }
      let isQuotation = text.contains(where: Ascii.isQuote)
      if quotesAreClosed, isQuotation, !isPlainQuotation(text) {
        guard limits.takesAnyQuotation else {
          return "quoted text must stand alone on its line, as key: \"text\""
        }
        quotesAreClosed = false
      }
      return isQuotation && quotesAreClosed ? nil : refusalOfBrackets(in: text)
    }

    private mutating func refusalOfBrackets(in text: ArraySlice<UInt8>) -> String? {
      for byte in text {
        if byte == Ascii.bracket || byte == Ascii.brace {
          (brackets, openBrackets) = (brackets + 1, openBrackets + 1)
        } else if byte == Ascii.closingBracket || byte == Ascii.closingBrace {
          openBrackets = max(0, openBrackets - 1)
        }
        if brackets > limits.mostBrackets {
          return "the file opens more than \(limits.mostBrackets) brackets; \(limits.subject) needs"
            + " fewer"
        }
        if openBrackets > limits.deepestBrackets {
          return "more than \(limits.deepestBrackets) brackets are open at a time"
        }
      }
      return nil
    }

    /// The line up to ` #`; the whole line where the `#` might stand inside quoted text.
    private func withoutComment(_ line: [UInt8]) -> ArraySlice<UInt8> {
      guard quotesAreClosed else { return line[...] }
      let start = line.indices.first { i in
        line[i] == Ascii.hash && (i == 0 || Ascii.isBlank(line[i - 1]))
      }
      let text = line[..<(start ?? line.endIndex)]
      return text.contains(where: Ascii.isQuote) && !isPlainQuotation(text) ? line[...] : text
    }

    /// Whether an `&` or `*` begins a word, as an anchor or alias does.
    private func hasReference(_ text: ArraySlice<UInt8>) -> Bool {
      text.indices.dropLast().contains { i in
        (text[i] == Ascii.ampersand || text[i] == Ascii.asterisk)
          && Ascii.isWord(text[i + 1]) && !(i > text.startIndex && Ascii.isInsideWord(text[i - 1]))
      }
    }

    /// Whether the line is `key: "text"` with nothing inside the quotes that could end them early.
    private func isPlainQuotation(_ text: ArraySlice<UInt8>) -> Bool {
      let string = String(decoding: text, as: UTF8.self)
      return string.wholeMatch(of: /\s*[a-z_]+: +"[^"'\\]*"\s*/) != nil
    }
  }

  /// The bytes that the scan tells apart.
  private enum Ascii {
    static let space = UInt8(ascii: " ")
    static let hash = UInt8(ascii: "#")
    static let ampersand = UInt8(ascii: "&")
    static let asterisk = UInt8(ascii: "*")
    static let bracket = UInt8(ascii: "[")
    static let brace = UInt8(ascii: "{")
    static let closingBracket = UInt8(ascii: "]")
    static let closingBrace = UInt8(ascii: "}")

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == UInt8(ascii: "\t") }
    /// Whether a node of YAML cannot begin behind the byte.
    static func isInsideWord(_ byte: UInt8) -> Bool { isWord(byte) || byte == UInt8(ascii: ")") }
    static func isQuote(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }
    static func isWord(_ byte: UInt8) -> Bool {
      let character = Character(UnicodeScalar(byte))
      return byte < 128 && (character.isLetter || character.isNumber || byte == UInt8(ascii: "_"))
        || byte == UInt8(ascii: "-")
    }
  }
}
