import ArgumentParser
import ChipInterface
import Compiler
import Foundation
import Link

/// Compiles networks that clients of a server send, as `synapus compile` does and by its options.
struct CompileService {
  /// A chip of the server: what the server calls it, and what `--chip` takes.
  struct Served: ExpressibleByArgument {
    var name, chip: String

    init(name: String, chip: String) { (self.name, self.chip) = (name, chip) }

    init?(argument: String) {
      guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
        return nil
      }
      name = String(argument[..<equals])
      chip = String(argument[argument.index(after: equals)...])
    }
  }

  /// The options that clients may give.
  ///
  /// Those that name files, and the chip, are the server's.
  static let options = [
    "dt", "ticks-per-step", "duration", "reset", "refractory", "copies", "max-clip", "scale",
    "rounding", "strict", "seed", "chip-seed", "oversize", "input-rate", "peak-rate", "percentile",
    "max-pool",
  ]

  let chips: [Served]

  /// Compiles a NIR file for the chip of that name; nil: the only one.
  func compile(
    _ network: [UInt8], _ options: [(name: String, value: String)], _ chip: String?
  ) throws -> (image: [UInt8], report: [UInt8]) {
    try Self.requireOnce(options)
    let file = try NetworkFile(network)
    defer { file.remove() }
    let fixed = [file.path, "--output", "/dev/null", "--chip", try served(chip).chip]
    let given = try options.compactMap { option -> String? in
      guard let argument = try Self.argument(option) else { return nil }
      try Self.check(option.name) { try CompileCommand.parse(fixed + [argument]) }
      return argument
    }
    let command = try Self.check("options") {
      try CompileCommand.parse(fixed + given)
    }
    do { return try command.compiled() } catch { throw Self.refusal(error, file) }
  }

  private func served(_ name: String?) throws(WorkerRefusal) -> Served {
    if let name, let chip = chips.first(where: { $0.name == name }) { return chip }
    guard name == nil, chips.count == 1 else {
      throw .refused(
        reason: "there is no chip '\(name ?? "")' to compile for; name one of "
          + chips.map(\.name).joined(separator: ", "))
    }
    return chips[0]
  }

  /// An option as it stands on a command line; nil: it is left out.
  private static func argument(
    _ option: (name: String, value: String)
  ) throws(WorkerRefusal) -> String? {
    guard options.contains(option.name) else {
      throw .option(
        name: option.name, reason: "is none of " + options.joined(separator: ", "))
    }
    guard option.name == "strict" else { return "--\(option.name)=\(option.value)" }
    guard ["", "true", "false"].contains(option.value) else {
      throw .option(name: "strict", reason: "must be true or false")
    }
    return option.value == "false" ? nil : "--strict"
  }

  /// Options that may be given several times, as on the command line.
  private static let repeated: Set<String> = ["copies"]

  private static func requireOnce(
    _ options: [(name: String, value: String)]
  ) throws(WorkerRefusal) {
    var seen: Set<String> = []
    for (name, _) in options where !seen.insert(name).inserted && !repeated.contains(name) {
      throw .option(name: name, reason: "takes one value, and was given several")
    }
  }

  @discardableResult
  private static func check(
    _ name: String, _ parse: () throws -> CompileCommand
  ) throws(WorkerRefusal) -> CompileCommand {
    do { return try parse() } catch {
      let message = CompileCommand.message(for: error).split(separator: "\n").first ?? ""
      throw .option(name: name, reason: "is refused: \(message)")
    }
  }

  /// A failure in the words of the command, in one sentence and without the file's path.
  private static func refusal(_ error: any Error, _ file: NetworkFile) -> WorkerRefusal {
    let failures = Failures(error).list
    var reason = failures.prefix(3).map { failure in
      failure.sentence + (failure.place.map { " (\($0))" } ?? "")
    }.joined(separator: "; ")
    if failures.count > 3 { reason += "; and \(failures.count - 3) more" }
    reason = reason.replacing(file.path, with: "the network")
    let isFile = failures.first?.code == FailureCode.networkFile.rawValue
    return isFile ? .network(reason: reason) : .refused(reason: reason)
  }
}

/// A network on its way through the reader of NIR files, in a folder that nobody else can read.
private struct NetworkFile {
  private let folder: String

  var path: String { folder + "/network.nir" }

  init(_ bytes: [UInt8]) throws {
    var template = Array((NSTemporaryDirectory() + "/synapus-compile-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Failure(.fileUnwritable, "there is no place for a temporary file", at: "/tmp")
    }
    folder = String(cString: made)
    try OutputFile.write(bytes, to: path)
    TemporaryFiles.add(path)
  }

  func remove() {
    TemporaryFiles.remove(path)
    rmdir(folder)
  }
}
