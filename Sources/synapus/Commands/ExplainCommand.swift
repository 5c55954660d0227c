import ArgumentParser
import Compiler

/// Explains an error code at length.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain an error code, such as E0102; without one, list all."
  )

  @Argument(help: "The code, as it stands in error[...].")
  var code: String?

  /// One code with its exit code and its text.
  private struct Entry {
    var code: String
    var exitCode: Int32
    var text: String
    var cause, fix: String

    static var all: [Entry] {
      let misfits = ErrorCatalog.codes.map { code in
        let why = ErrorCatalog.causeAndFix(code)
        return Entry(
          code: code, exitCode: 3, text: ErrorCatalog.explain(code) ?? "",
          cause: why?.cause ?? "", fix: why?.fix ?? "")
      }
      let others = FailureCode.allCases.map { code in
        Entry(
          code: code.rawValue, exitCode: code.exitCode, text: code.explanation,
          cause: code.cause, fix: code.fix)
      }
      return (misfits + others).sorted { $0.code < $1.code }
    }

    /// The text's first sentence.
    var title: String {
      let words = text.replacing("\n", with: " ")
      return words.firstRange(of: ". ").map { String(words[..<$0.lowerBound]) + "." } ?? words
    }
  }

  func run() throws {
    guard let code else {
      let lines = Entry.all.map { "\($0.code)  exit \($0.exitCode)  \($0.title)" }
      return try Console.write(lines.joined(separator: "\n"))
    }
    guard let entry = Entry.all.first(where: { $0.code == code.uppercased() }) else {
      throw ValidationError("There is no error code '\(code)'; 'synapus explain' lists all.")
    }
    try Console.write(
      "\(entry.code), exit code \(entry.exitCode)\n\n\(entry.text)\n\n"
        + "cause: \(entry.cause)\nfix:   \(entry.fix)")
  }
}
