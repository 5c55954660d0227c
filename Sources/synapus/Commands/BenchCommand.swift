import Analysis
import ArgumentParser
import ChipInterface
import Emulator
import HardwareSpec

/// Measures speed.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the speed of a workload.",
    discussion: """
      W1: steps of one core of 256 neurons. W2x: a recurrent network on 16 cores. W2g: 4,096 \
      neurons with 1.7 million synapses, on a digital chip or on 16 x 16 analog cores with joined \
      circuits (--chip synapus-1-mesh-16x16). W3: W1 with a pair rule on all synapses. W6: 256 \
      neurons on every core of a mesh (default: synapus-1-mesh-40x25). W4: inference of 16 x 16 images, both layers on the \
      chip. W5: training steps in the loop, mini-batches of 100. cores: every core in use, for the memory \
      of a whole chip. idle: the same with inputs to one core only. rebuild: new weights of one \
      core, from floats to image and chip. link: the line to a server, and \
      W5's loop over it against one process. compile: the compiler's passes, on the network mlp, \
      full, mesh or w2g. placement: a hidden 4 x 4 graph against random placements. Without --mismatch the device has 20 %.
      """)

  /// The workloads: one core, images, training in the loop, all cores, the line to a server.
  enum Workload: String, ExpressibleByArgument, CaseIterable {
    case w1, w2x, w2g, w3, w4, w5, w6, cores, idle, link, rebuild, compile, placement
  }

  @Argument(
    help: "The workload: W1, W2x, W2g, W3, W4, W5, W6, cores, idle, link, rebuild, compile or placement.",
    transform: { text in
      guard let workload = Workload(rawValue: text.lowercased()) else {
        throw ValidationError(
          "There is no workload '\(text)'; there are W1, W2x, W2g, W3, W4, W5, W6, cores,"
            + " idle, link, rebuild, compile and placement."
        )
      }
      return workload
    })
  var workload: Workload
  @Argument(help: "The network of compile: mlp, full, mesh or w2g (default: full).")
  var network: CompileWorkload.Size?
  @OptionGroup var chip: ChipOptions
  @Option(
    help: ArgumentHelp(
      "Steps of W1, W2x, W2g, W3 and W6, images of W4, mini-batches of W5, rebuilds (default: for a few seconds).",
      valueName: "n"))
  var steps: Int?
  @Option(
    help: ArgumentHelp(
      "The circuits of W1 (default: lif).",
      valueName: SingleCoreWorkload.Circuit.allCases.map(\.rawValue).joined(separator: "|")))
  var circuit: SingleCoreWorkload.Circuit?
  @Option(
    help: ArgumentHelp(
      "On a digital chip, also write the network's arrays and what a run counted, for numpy.",
      valueName: "file.npz"))
  var arrays: String?
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    if arrays != nil, ![.w1, .w2x, .w2g].contains(workload) {
      throw ValidationError("--arrays is for W1, W2x and W2g; drop it.")
    }
    if network != nil, workload != .compile {
      throw ValidationError("'\(network?.rawValue ?? "")' is a network of compile only; drop it.")
    }
    if circuit != nil, workload != .w1 {
      throw ValidationError("--circuit is for W1 only; drop it.")
    }
    if let steps, !(1...10_000_000).contains(steps) {
      throw ValidationError("--steps is \(steps); 1 to 10000000 is allowed.")
    }
  }

  func run() throws {
    if workload == .compile || workload == .placement { return try runCompiler() }
    var options = chip
    if options.connect == nil, !options.ideal, try !options.isDigital {
      options.mismatch = options.mismatch ?? 0.2
    }
    if workload == .w6, options.connect == nil {
      options.chip = options.chip ?? "synapus-1-mesh-40x25"
    }
    // W1 and W3 are defined on one thread, and idle is compared with W1.
    if [.w1, .w3, .idle].contains(workload) { options.threads = options.threads ?? 1 }
    let threads = options.threads ?? CPU.coreCount
    if workload == .link {
      if try options.isDigital {
        throw ValidationError("link trains an analog chip over the line; drop --chip.")
      }
      let measured = try LinkBench(options: options, threads: threads).run()
      return try answer.json ? Console.writeJSON(measured) : Console.write(measured.table)
    }
    let chip = try options.makeChip()
    if workload == .rebuild { return try rebuild(chip, threads: threads) }
    let runner = BenchRunner(
      chip: chip, kernel: (chip as? EmulatedChip)?.kernelName ?? chip.info.kind, threads: threads)
    let measured = try chip.info.spec.digital == nil ? measure(runner) : measureDigital(runner)
    try answer.json ? Console.writeJSON(measured) : Console.write(measured.table)
  }

  private func runCompiler() throws {
    if workload == .placement {
      let spec = try ChipLibrary.chip(chip.chip ?? "synapus-1")
      let measured = PlacementBench(spec: spec, seeds: steps ?? 20).run()
      return try answer.json ? Console.writeJSON(measured) : Console.write(measured.table)
    }
    let work = CompileWorkload(size: network ?? .full)
    let measured = try CompileBench(
      workload: work, spec: ChipLibrary.chip(chip.chip ?? work.chip)
    ).run()
    try answer.json ? Console.writeJSON(measured) : Console.write(measured.table)
  }

  private func rebuild(_ chip: any Chip, threads: Int) throws {
    if chip.info.spec.digital != nil {
      throw ValidationError("rebuild writes weights of an analog chip; drop --chip.")
    }
    let bench = RebuildBench(
      chip: chip, kernel: (chip as? EmulatedChip)?.kernelName ?? chip.info.kind, threads: threads)
    let measured = try bench.run(rebuilds: steps ?? 1000)
    try answer.json ? Console.writeJSON(measured) : Console.write(measured.table)
  }

  private func measureDigital(_ runner: BenchRunner) throws -> BenchMeasurement {
    let spec = runner.chip.info.spec
    guard workload == .w3 || digitalWorkload != nil else {
      throw ValidationError(
        "\(workload.title) is a workload of analog chips; \(spec.name) is digital and has W1, W2x,"
          + " W2g and W3.")
    }
    guard spec.digital?.neuron == .currentBased, spec.geometry.coreCount >= 16,
      spec.geometry.circuitsPerCore >= 256, spec.geometry.rowPairsPerCore >= 4096
    else {
      throw ValidationError(
        "On digital chips the workloads need 16 cores of 256 current-based neurons and 4096 axons;"
          + " \(spec.name) has none such, try --chip loihi.")
    }
    guard let make = digitalWorkload else { return try runner.learning(steps: steps ?? 1000) }
    return try runner.digital(workload.title, make(spec, steps ?? 1000), writingTo: arrays)
  }

  /// What makes the workload on a digital chip; nil where it is for analog chips.
  private var digitalWorkload: ((ChipSpec, Int) -> DigitalWorkload)? {
    switch workload {
    case .w1: return DigitalWorkload.w1
    case .w2x: return DigitalWorkload.w2x
    case .w2g: return DigitalWorkload.w2g
    case .w3, .w4, .w5, .w6, .cores, .idle, .link, .rebuild, .compile, .placement: return nil
    }
  }

  private func measure(_ runner: BenchRunner) throws -> BenchMeasurement {
    if arrays != nil {
      throw ValidationError("--arrays is for digital chips; drop it, or try --chip loihi.")
    }
    switch workload {
    case .w2g: return try runner.joined(steps: steps ?? 1000)
    case .w3: return try runner.learning(steps: steps ?? 1000)
    case .w1: return try runner.singleCore(steps: steps ?? 1000, circuit: circuit ?? .lif)
    case .w2x: return try runner.recurrent("W2x", .all16, steps: steps ?? 1000)
    case .w6: return try runner.recurrent("W6", .nearby, steps: steps ?? 1000)
    case .idle: return try runner.allCores(steps: steps ?? 1000, oneActive: true)
    case .cores: return try runner.allCores(steps: steps ?? 200)
    case .w4: return try runner.inference(images: steps ?? 2000)
    case .w5, .link, .rebuild, .compile, .placement: return try runner.training(batches: steps ?? 60)
    }
  }
}

extension BenchCommand.Workload {
  /// The name as it is written.
  fileprivate var title: String {
    switch self {
    case .w1: return "W1"
    case .w2x: return "W2x"
    case .w2g: return "W2g"
    case .w3: return "W3"
    case .w4: return "W4"
    case .w5: return "W5"
    case .w6: return "W6"
    case .cores, .idle, .link, .rebuild, .compile, .placement: return rawValue
    }
  }
}

extension SingleCoreWorkload.Circuit: ExpressibleByArgument {}

extension BenchMeasurement {
  /// The figures as a table for people.
  var table: String {
    var table = TextTable("figure", "value")
    func row(_ name: String, _ value: Double?, _ unit: String) {
      if let value { table.append([name, NumberText.brief(value) + unit]) }
    }
    table.append(["workload", "\(workload) on \(chip), kernel \(kernel), \(threads) threads"])
    row("steps", Double(steps), "")
    row("seconds", seconds, " s")
    row("processor seconds", cpuSeconds, " s")
    row("the chip's own time", hardwareSeconds, " s")
    row("steps", stepsPerS, " /s")
    row("neuron updates", neuronUpdatesPerS, " /s")
    row("synaptic events", synapticEventsPerS, " /s")
    let activity = Double(outputSpikes) / max(1, neuronUpdatesPerS * seconds)
    row("neurons that fire in a step", 100 * activity, " %")
    row("images", imagesPerS, " /s")
    row("samples", samplesPerS, " /s")
    row("synapse updates", synapseUpdatesPerS, " /s")
    for (name, seconds) in (parts ?? [:]).sorted(by: { $0.key < $1.key }) {
      row("of it \(name)", seconds, " s")
    }
    row("largest memory", peakRSSMiB, " MiB")
    return table.text()
  }
}

extension CompileWorkload.Size: ExpressibleByArgument {}
