import ArgumentParser

/// Measures speed.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the speed of a workload.")

  /// The workloads: one core, images, training in the loop, the line to a server.
  enum Workload: String, ExpressibleByArgument, CaseIterable { case w1, w4, w5, link }

  @Argument(
    help: "The workload.",
    transform: { text in
      guard let workload = Workload(rawValue: text.lowercased()) else {
        throw ValidationError("There is no workload '\(text)'; there are W1, W4, W5 and link.")
      }
      return workload
    })
  var workload: Workload
  @OptionGroup var chip: ChipOptions
  @Option(help: ArgumentHelp("Steps or samples (default: for a few seconds).", valueName: "n"))
  var steps: Int?
  @OptionGroup var answer: OutputOptions
}
