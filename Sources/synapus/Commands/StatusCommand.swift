import ArgumentParser
import Foundation
import Link

/// Asks a server how it is.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask a server for its state, without taking hold of its chips."
  )

  @OptionGroup var server: ServerOptions

  @Flag(help: "Ask again every second, until Ctrl-C.")
  var watch = false

  @Flag(help: "Print all counters in Prometheus' text format.")
  var metrics = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if [watch, metrics, output.json].filter({ $0 }).count > 1 {
      throw ValidationError("--watch, --metrics and --json exclude each other.")
    }
  }

  func run() throws {
    let query = try server.query()
    if metrics { return try Console.write(try query.metrics()) }
    if output.json { return try Console.write(try query.status()) }
    guard watch else {
      return try Console.write(try ServerStatus(json: query.status()).text(at: query.endpoint))
    }
    try watch(query)
  }

  /// Draws the state over the one before; a server that is away for a while is waited for.
  private func watch(_ query: ServerQuery) throws {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    while true {
      let text: String
      do {
        text = try ServerStatus(json: query.status()).text(at: query.endpoint)
      } catch let error where isTerminal {
        text = Failures(error).list.map(\.text).joined(separator: "\n")
      }
      // Home, then each line to its end, then all below.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let drawn = "\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[K\u{1B}[J"
      try Console.write(isTerminal ? drawn : text + "\n")
      Thread.sleep(forTimeInterval: 1)
    }
  }
}
