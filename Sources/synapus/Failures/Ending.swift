import ArgumentParser

/// How a command ends that did not run to its end: what is said, and the exit code.
struct Ending {
  private let data: String?
  private let words: String?
  private let exitCode: Int32

  init(of error: any Error) {
    if error is ClosedOutput {
      // The reader of a pipe has seen enough, as `head` does; that is no failure.
      (data, words, exitCode) = (nil, nil, 0)
    } else if let code = error as? ExitCode {
      (data, words, exitCode) = (nil, nil, code.rawValue)
    } else if SynapusCommand.exitCode(for: error) == .success {
      (data, words, exitCode) = (SynapusCommand.fullMessage(for: error), nil, 0)
    } else if SynapusCommand.exitCode(for: error) == .validationFailure {
      (data, words) = (nil, Self.usage(error))
      exitCode = FailureCode.usage.exitCode
    } else {
      let failures = Failures(error).list
      data = nil
      words = failures.map(\.text).joined(separator: "\n")
      exitCode = failures.map(\.exitCode).max() ?? 1
    }
  }

  /// Says it and gives the exit code.
  func announce() -> Int32 {
    if let words { Console.say(words) }
    if let data { try? Console.write(data) }
    return exitCode
  }

  /// A usage error in the form of all errors; the parser's usage line names the command.
  private static func usage(_ error: any Error) -> String {
    let sentence = SynapusCommand.message(for: error).split(separator: "\n").joined(separator: " ")
    let full = SynapusCommand.fullMessage(for: error)
    let usage = full.split(separator: "\n").first { $0.hasPrefix("Usage:") } ?? "Usage: synapus"
    let command = usage.dropFirst("Usage: ".count).split(separator: " ")
      .prefix { !$0.hasPrefix("<") && !$0.hasPrefix("[") && !$0.hasPrefix("-") }
      .joined(separator: " ")
    return Failure(.usage, sentence, at: command, try: "\(command) --help").text
  }
}
