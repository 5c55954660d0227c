import ArgumentParser
import ChipInterface
import Link

/// One chip of a server, or its compiler, as a process of its own; `synapus serve` starts it.
struct ChipWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chip-worker", abstract: "Serve a chip to 'synapus serve', which starts this.",
    shouldDisplay: false)

  @OptionGroup var chip: ChipOptions

  @Option(
    help: ArgumentHelp(
      "Compile for a chip that the server calls so; may be given several times.",
      valueName: "name=chip"))
  var compiles: [CompileService.Served] = []

  func validate() throws {
    if chip.connect != nil {
      throw ValidationError("A server serves a chip of its own; drop --connect.")
    }
  }

  func run() throws {
    guard ChipWorker.isStarted else {
      throw Failure(
        .usage, "a chip's worker is started by a server", try: "synapus serve")
    }
    // Ctrl-C is for the server, which ends its workers when it needs them no longer.
    Interruption.leaveToParent()
    ChipWorker.followParent()
    do {
      ChipWorker.serve(descriptor: ChipWorker.descriptor, try services())
    } catch {
      let reason = Failures(error).list.map(\.sentence).joined(separator: "; ")
      ChipWorker.refuse(descriptor: ChipWorker.descriptor, reason: reason)
      throw error
    }
  }

  private func services() throws -> WorkerServices {
    var services = WorkerServices(chip: try chip.makeChip())
    if !compiles.isEmpty {
      let service = CompileService(chips: compiles)
      services.compile = { network, options, chip, _ in
        try service.compile(network, options, chip)
      }
    }
    return services
  }
}
