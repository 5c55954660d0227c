import ArgumentParser
import HardwareSpec
import Link

/// Serves a chip that has its answers ready; for `synapus bench link`.
struct BenchServerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-server", abstract: "Serve a chip without work, to measure the line.",
    shouldDisplay: false)

  @Option(help: ArgumentHelp("The endpoint.", valueName: "endpoint"))
  var bind: String
  @Option(help: ArgumentHelp("The folder of keys.", valueName: "folder"))
  var keys: String?

  func run() throws {
    var settings = ServerSettings(
      endpoint: bind, chips: [ServedChip("0", .process(arguments: ["bench-worker"]))],
      build: "synapus bench")
    settings.keys = keys
    let server = try ChipServer(settings)
    Interruption.watch { server.requestStop() }
    try server.start()
    try Console.write(server.endpoint)
    server.waitUntilStopped()
  }
}

/// The worker of ``BenchServerCommand``.
struct BenchWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-worker", abstract: "The worker of bench-server.", shouldDisplay: false)

  func run() throws {
    guard ChipWorker.isStarted else {
      throw Failure(
        .usage, "a chip's worker is started by a server", try: "synapus bench link")
    }
    Interruption.leaveToParent()
    ChipWorker.followParent()
    let chip = CannedChip(try ChipLibrary.chip("synapus-1"))
    ChipWorker.serve(descriptor: ChipWorker.descriptor, WorkerServices(chip: chip))
  }
}
