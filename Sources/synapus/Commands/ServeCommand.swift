import ArgumentParser
import Dispatch
import Link

/// Serves a chip to other processes.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve a chip over ZeroMQ until Ctrl-C.",
    discussion: """
      Prints the endpoint on standard output as soon as clients can connect, and one line of JSON \
      an event on standard error with --verbose. Only this machine can connect.
      """)

  @OptionGroup var chip: ChipOptions

  @Option(
    help: ArgumentHelp(
      "ipc:///PATH or tcp://127.0.0.1:PORT, port 0 for any (default: a socket file of this user).",
      valueName: "endpoint"))
  var bind: String?

  @Flag(name: .shortAndLong, help: "Log every event.")
  var verbose = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if chip.connect != nil {
      throw ValidationError("A server serves a chip of its own; drop --connect.")
    }
  }

  func run() throws {
    let isVerbose = verbose
    let server = try ChipServer(
      chip: try chip.makeChip(), endpoint: bind ?? DefaultEndpoint.text,
      build: "synapus \(SynapusCommand.version)",
      log: { line in if isVerbose { Console.say(line) } })
    try server.start()
    let ended = DispatchSemaphore(value: 0)
    Interruption.watch {
      server.stop()
      ended.signal()
    }
    if output.json {
      try Console.writeJSON(["endpoint": server.endpoint])
    } else {
      try Console.write(server.endpoint)
    }
    ended.wait()
    Console.say("the server has ended")
  }
}
