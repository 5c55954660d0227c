import ArgumentParser
import Dispatch
import Foundation
import Link

/// Serves chips to other processes.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve chips over ZeroMQ until Ctrl-C.",
    discussion: """
      Prints the endpoint on standard output as soon as clients can connect, and one line of JSON \
      an event on standard error with --verbose. Each chip runs in a process of its own. Without \
      --keys only this machine can connect. SIGHUP reads the keys again. docs/serving.md tells how \
      to run a server for a laboratory.
      """)

  @OptionGroup var chip: ChipOptions

  @Option(
    help: ArgumentHelp(
      "A YAML list of chips to serve, in place of one (docs/serving.md).", valueName: "file"))
  var chips: String?

  @Option(
    help: ArgumentHelp(
      "ipc:///PATH or tcp://ADDRESS:PORT, port 0 for any (default: a socket file of this user).",
      valueName: "endpoint"))
  var bind: String?

  @Option(help: ArgumentHelp("The folder of keys; see 'synapus keys'.", valueName: "folder"))
  var keys: String?

  @Option(
    help: ArgumentHelp(
      "Where sessions, images and checkpoints are kept, or 'none' (default: a folder of this user"
        + " by the endpoint's name).", valueName: "folder"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "Serve metrics over HTTP at tcp://127.0.0.1:PORT.", valueName: "endpoint"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Append a line about all that changes something.", valueName: "file"))
  var audit: String?

  @OptionGroup var limits: ServeLimits

  @Flag(name: .shortAndLong, help: "Log every event.")
  var verbose = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if chip.connect != nil {
      throw ValidationError("A server serves a chip of its own; drop --connect.")
    }
    if chips != nil, !chip.serverArguments(threads: nil).isEmpty {
      throw ValidationError("--chips lists the chips with their flags; drop those of one chip.")
    }
  }

  func run() throws {
    FileLimit.raise()
    let isVerbose = verbose
    let server = try ChipServer(
      try settings(), log: { line in if isVerbose { Console.say(line) } })
    Interruption.watch { server.requestStop() }
    let reload = Self.onHangUp { server.reload() }
    defer { reload.cancel() }
    try server.start()
    try announce(server)
    server.waitUntilStopped()
    Console.say("the server has ended")
  }

  private func announce(_ server: ChipServer) throws {
    if let metrics = server.metricsEndpoint {
      Console.say("metrics at \(metrics.replacing("tcp://", with: "http://"))/metrics")
    }
    guard output.json else { return try Console.write(server.endpoint) }
    var answer = ["endpoint": server.endpoint]
    answer["metrics"] = server.metricsEndpoint
    try Console.writeJSON(answer)
  }

  /// What the flags mean.
  func settings() throws -> ServerSettings {
    let endpoint = bind ?? DefaultEndpoint.text
    let listed = try listedChips()
    var settings = ServerSettings(
      endpoint: endpoint, chips: listed.map(Self.served),
      build: "synapus \(SynapusCommand.version)")
    settings.compiler = .process(arguments: Self.compilerArguments(listed))
    settings.keys = keys
    settings.state = try StateFolder.path(state, endpoint: endpoint)
    settings.limits = limits.limits(hasKeys: keys != nil)
    settings.metrics = metrics
    settings.audit = audit
    return settings
  }

  /// The chips with their names; those without a number of threads share the cores.
  private func listedChips() throws -> [ChipList.Entry] {
    guard let chips else {
      try chip.check()
      return [ChipList.Entry(name: "0", options: chip)]
    }
    let list = try ChipList(chips).entries
    return list.map { entry in
      var entry = entry
      entry.options.threads = entry.options.threads ?? max(1, CPU.coreCount / list.count)
      return entry
    }
  }

  private static func served(_ entry: ChipList.Entry) -> ServedChip {
    let threads = entry.options.threads ?? CPU.coreCount
    let arguments = ["chip-worker"] + entry.options.serverArguments(threads: threads)
    return ServedChip(entry.name, .process(arguments: arguments))
  }

  /// One process compiles for all chips; the chip that it has itself is never used.
  private static func compilerArguments(_ chips: [ChipList.Entry]) -> [String] {
    ["chip-worker", "--ideal", "--threads", "1"]
      + chips.flatMap { ["--compiles=\($0.name)=\($0.options.chip ?? "synapus-1")"] }
  }

  private static func onHangUp(_ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
    signal(SIGHUP, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    source.setEventHandler(handler: body)
    source.resume()
    return source
  }
}

/// How many files, and so connections, this process may have open.
enum FileLimit {
  private static let enough: rlim_t = 65_536

  /// Takes as many as the system gives, up to what a server can use.
  static func raise() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, enough))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
