import Foundation
import Synchronization

/// `synapus serve` in a process of its own, on a socket file that nobody else knows.
final class ServerProcess {
  let endpoint: String
  private let process = Process()
  private let folder: URL

  private static let running = Mutex<Set<Int32>>([])
  private static let secondsToEnd = 8.0

  /// Starts the server, and waits until it says its endpoint; without `bind` it is a socket file.
  init(
    _ arguments: [String], command: [String] = ["serve", "--state", "none"], bind: String? = nil
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "synapus-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = command + ["--bind", bind ?? "ipc://\(folder.path)/ctl"] + arguments
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    // What the server says to people is told only when it fails.
    let log = folder.appending(path: "log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: log.path) ?? .nullDevice
    do {
      try process.run()
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    let number = process.processIdentifier
    Self.running.withLock { _ = $0.insert(number) }
    let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    endpoint = said.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !endpoint.isEmpty else {
      process.waitUntilExit()
      let words = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      stop()
      let last = words.split(separator: "\n").last { $0.hasPrefix("error") } ?? "no reason given"
      throw Failure(
        .endpoint, "the control server ended before it could be reached: \(last)",
        try: "synapus serve --verbose")
    }
  }

  /// The server's process number.
  var processIdentifier: Int32 { process.processIdentifier }

  /// Ends the server, and waits for its end; one that does not listen is killed.
  func stop() {
    if process.isRunning { process.terminate() }
    let deadline = Date(timeIntervalSinceNow: Self.secondsToEnd)
    while process.isRunning, Date() < deadline { usleep(5000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let number = process.processIdentifier
    Self.running.withLock { _ = $0.remove(number) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Asks all servers of this process to end, without waiting: for Ctrl-C.
  static func stopAll() {
    running.withLock { numbers in
      for number in numbers { kill(number, SIGTERM) }
    }
  }

  deinit { stop() }
}

extension ChipOptions {
  /// The flags that make `synapus serve` serve this chip.
  func serverArguments(threads: Int?) -> [String] {
    var arguments: [String] = []
    // In one word: a value such as -10 by itself would be taken for an option.
    func add(_ flag: String, _ value: (some CustomStringConvertible)?) {
      if let value { arguments.append("\(flag)=\(value)") }
    }
    add("--threads", threads)
    add("--chip", chip)
    if ideal { arguments.append("--ideal") }
    add("--chip-seed", chipSeed)
    add("--mismatch", mismatch)
    add("--residual", residual)
    add("--defects", defects)
    add("--temperature", temperature)
    add("--seed", seed)
    add("--kernel", kernel?.rawValue)
    add(
      "--effects",
      effects.map { $0.effects.isEmpty ? "none" : $0.effects.list.joined(separator: ",") })
    return arguments
  }
}
