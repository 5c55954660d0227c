import Foundation

/// `synapus serve` in a process of its own, on a socket file that nobody else knows.
final class ServerProcess {
  let endpoint: String
  private let process = Process()
  private let folder: URL

  /// Starts the server, and waits until it says its endpoint.
  init(_ arguments: [String]) throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "synapus-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      ["serve", "--bind", "ipc://\(folder.path)/ctl"] + arguments
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    endpoint = said.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !endpoint.isEmpty else {
      process.waitUntilExit()
      throw Failure(
        .endpoint, "the control server ended before it could be reached",
        try: "synapus serve --verbose")
    }
  }

  /// The server's process number.
  var processIdentifier: Int32 { process.processIdentifier }

  /// Ends the server, and waits for its end.
  func stop() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  deinit { stop() }
}

extension ChipOptions {
  /// The flags that make `synapus serve` serve this chip.
  func serverArguments(threads: Int) -> [String] {
    var arguments = ["--threads", "\(threads)"]
    func add(_ flag: String, _ value: (some CustomStringConvertible)?) {
      if let value { arguments += [flag, value.description] }
    }
    add("--chip", chip)
    if ideal { arguments.append("--ideal") }
    add("--chip-seed", chipSeed)
    add("--mismatch", mismatch)
    add("--seed", seed)
    add("--kernel", kernel?.rawValue)
    add(
      "--effects",
      effects.map { $0.effects.isEmpty ? "none" : $0.effects.list.joined(separator: ",") })
    return arguments
  }
}
