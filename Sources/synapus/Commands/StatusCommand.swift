import ArgumentParser
import Foundation
import Link

/// Asks a server how it is.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask a server for its state, without taking hold of its chip.")

  @Option(
    help: ArgumentHelp(
      "The server (default: the one of this user on this machine).", valueName: "endpoint"))
  var connect: String?

  @Flag(help: "Ask again every second, until Ctrl-C.")
  var watch = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if watch && output.json {
      throw ValidationError("--watch answers many times and --json once; drop one of them.")
    }
  }

  func run() throws {
    let endpoint = connect ?? DefaultEndpoint.text
    repeat {
      let answer = try RemoteChip.status(at: endpoint)
      try Console.write(output.json ? answer : Self.lines(answer))
      if watch { Thread.sleep(forTimeInterval: 1) }
    } while watch
  }

  /// The server's JSON as lines, keys sorted, for people.
  private static func lines(_ json: String) -> String {
    guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { return json }
    return lines(value, indent: "").joined(separator: "\n")
  }

  private static func lines(_ value: Any, indent: String) -> [String] {
    guard let object = value as? [String: Any] else { return ["\(indent)\(value)"] }
    return object.keys.sorted().flatMap { key -> [String] in
      if let inner = object[key] as? [String: Any] {
        return ["\(indent)\(key)"] + lines(inner, indent: indent + "  ")
      }
      return ["\(indent)\(key): \(object[key] ?? "")"]
    }
  }
}
