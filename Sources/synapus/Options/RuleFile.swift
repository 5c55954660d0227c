import FirmwareModels
import Foundation
import HardwareSpec

/// A rule's text, built in or of a file.
struct RuleFile {
  let text: String
  let rule: LearningRule

  /// Finds a rule by its built-in name, or by the path of its file.
  init(_ name: String) throws {
    if let text = RuleLibrary.text(of: name) {
      (self.text, rule) = (text, try RuleLibrary.rule(name))
      return
    }
    guard
      name.contains("/") || name.hasSuffix(".rule") || FileManager.default.fileExists(atPath: name)
    else { throw RuleError.unknownRule(name: name, known: RuleLibrary.names) }
    text = try InputFile.text(name)
    rule = try LearningRule(parsing: text, file: name)
  }
}

/// Microcode as text: a word a line in hexadecimal, `#` and what the word is behind it.
enum MicrocodeListing {
  /// The largest number of words that is read; a core holds as many at most.
  private static let most = 65_536

  static func text(_ words: [MicrocodeWord], title: String) throws(RuleError) -> String {
    var lines = ["# \(title)"]
    for product in try LearningProduct.decode(words) {
      let own = try LearningProduct.encode([product])
      lines.append("\(own[0].hexadecimal)  # d\(product.target.letter): \(product.text)")
      lines += zip(own.dropFirst(), product.factors).map { word, factor in
        "\(word.hexadecimal)  #   \(factor.text)"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func words(_ text: String, file: String) throws -> [MicrocodeWord] {
    var words: [MicrocodeWord] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let word = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
      guard !word.isEmpty else { continue }
      let digits = word.hasPrefix("0x") ? word.dropFirst(2) : ""
      guard digits.count == 8, let bits = UInt32(digits, radix: 16), words.count < most else {
        throw Failure(
          .microcode,
          "found '\(line.prefix(40))', where 0x and eight hexadecimal digits may stand, in up to"
            + " \(most) lines", at: "\(file):\(number + 1)")
      }
      words.append(MicrocodeWord(rawValue: bits))
    }
    return words
  }
}
