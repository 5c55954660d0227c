/// Refuses text that only a hostile or damaged chip file holds, before the YAML parser sees it.
///
/// Aliases let a short file stand for a huge tree, and deep nesting costs stack. A chip file needs
/// neither, so both are refused on the text alone, where they cannot have done harm yet.
enum ChipFileGuard {
  static let largestBytes = 1 << 20
  static let longestLine = 400
  static let deepestIndent = 32
  static let mostBrackets = 200

  /// The first reason to refuse the text, or nil.
  static func fault(in yaml: String) -> SpecError.Fault? {
    guard yaml.utf8.count <= largestBytes else {
      return .init(
        line: 1, message: "the file has \(yaml.utf8.count) bytes; up to \(largestBytes) are allowed"
      )
    }
    var scan = LineScan()
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
    private var quotesAreClosed = true
    private var brackets = 0

    mutating func refusal(of line: [UInt8]) -> String? {
      guard line.count <= longestLine else {
        return "the line has \(line.count) bytes; up to \(longestLine) are allowed"
      }
      let text = withoutComment(line)
      if text.prefix(while: { $0 == Ascii.space }).count > deepestIndent {
        return "the line is indented too deeply; up to \(deepestIndent) spaces are allowed"
      }
      brackets += text.count { $0 == Ascii.bracket || $0 == Ascii.brace }
      if brackets > mostBrackets {
        return "the file opens more than \(mostBrackets) brackets; a chip file needs fewer"
      }
      if hasReference(text) {
        return "anchors and aliases (& and *) are not allowed in a chip file; write the value out"
      }
      if quotesAreClosed, text.contains(where: Ascii.isQuote), !isPlainQuotation(text) {
        quotesAreClosed = false
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
          && Ascii.isWord(text[i + 1]) && !(i > text.startIndex && Ascii.isWord(text[i - 1]))
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

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == UInt8(ascii: "\t") }
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
