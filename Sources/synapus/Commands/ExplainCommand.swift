import ArgumentParser

/// Explains an error code at length.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain an error code, such as E0102; without one, list all."
  )

  @Argument(help: "The code, as it stands in error[...].")
  var code: String?

  func run() throws {
    guard let code else {
      let lines = FailureCode.allCases.map { code in
        "\(code.rawValue)  exit \(code.exitCode)  \(code.title)"
      }
      return try Console.write(lines.joined(separator: "\n"))
    }
    guard let known = FailureCode(rawValue: code.uppercased()) else {
      throw ValidationError("There is no error code '\(code)'; 'synapus explain' lists all.")
    }
    try Console.write("\(known.rawValue), exit code \(known.exitCode)\n\n\(known.explanation)")
  }
}
