import Analysis
import ArgumentParser
import ChipInterface
import Training

/// Runs the task of a learning rule, and says whether its figure is reached.
struct LearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Run the task of a learning rule on a chip: figure, chance, pass.",
    discussion: """
      The rule alone learns, on the chip: the host sends inputs, rewards and errors, and reads \
      spikes. Without TASK the tasks are listed. Unless CHIP says otherwise the device has 20 % \
      mismatch and all imperfections. Exits with 5 when a figure is not reached.
      """)

  @Argument(help: "The task; none: list them.")
  var task: String?
  @OptionGroup var chip: ChipOptions

  @Option(
    help: ArgumentHelp("Epochs, from 1 to 100000 (default: the task's own).", valueName: "n"))
  var epochs: Int?
  @Option(help: ArgumentHelp("Seeds initial weights and inputs.", valueName: "n"))
  var netSeed: UInt64 = 0
  @Option(
    help: ArgumentHelp(
      "The data file of a task that needs one (default: where its package puts it).",
      valueName: "path"))
  var data: String?
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    if let epochs, !(1...100_000).contains(epochs) {
      throw ValidationError("--epochs is \(epochs); 1 to 100000 is allowed.")
    }
    if let task, TaskLibrary.task(task) == nil {
      let known = TaskLibrary.tasks.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no task '\(task)'; there are \(known).")
    }
  }

  func run() throws {
    guard let task = task.flatMap(TaskLibrary.task) else { return try list() }
    Interruption.watch()
    let device = try mismatchedChip().makeChip()
    try device.info.spec.requireAnalog(for: "learn")
    Console.say("net seed \(netSeed)")
    let epochs = epochs ?? task.defaultEpochs
    let progress = ProgressReporter(label: task.name)
    let setting = LearningSetting(
      epochs: epochs, seed: netSeed, dataPath: data, cancellation: Interruption.cancellation,
      progress: { progress.update(fraction: $0.fraction, note: $0.note) })
    let result = try task.run(setting, on: device)
    progress.finish(note: result.passes ? "pass" : "below")
    let sheet = LearnSheet(
      task: task, epochs: epochs, netSeed: netSeed, chip: device.info, result: result)
    try answer.json ? Console.writeJSON(sheet.json) : Console.write(sheet.text)
    try Self.judge(result)
  }

  /// The chip asked for, with 20 % mismatch where nothing was said about its spreads.
  private func mismatchedChip() throws -> ChipOptions {
    var options = chip
    if try chip.isDigital { return options }
    if chip.connect == nil, !chip.ideal, chip.mismatch == nil, chip.residual == nil {
      options.mismatch = 0.2
    }
    return options
  }

  private func list() throws {
    if answer.json {
      return try Console.writeJSON(
        JSON.object(["tasks": .list(TaskLibrary.tasks.map(LearnSheet.entry))]))
    }
    var table = TextTable("task", "rules", "what is learnt")
    for task in TaskLibrary.tasks {
      table.append([task.name, task.rules.joined(separator: " "), task.summary])
    }
    try Console.write(table.text())
  }

  private static func judge(_ result: LearningResult) throws {
    let missed = result.figures.filter { !$0.passes }
    guard missed.isEmpty else {
      throw Failures(
        list: missed.map {
          Failure(
            .outOfTolerance,
            "\($0.name) is \(NumberText.brief($0.measured)); \($0.comparison.rawValue)"
              + " \(NumberText.brief($0.required)) is required")
        })
    }
  }
}

/// What a task came to, as a table and as JSON.
private struct LearnSheet {
  let task: any LearningTask
  let epochs: Int
  let netSeed: UInt64
  let chip: ChipInfo
  let result: LearningResult

  static func entry(_ task: any LearningTask) -> JSON {
    .object([
      "task": .text(task.name), "rules": .list(task.rules.map(JSON.text)),
      "summary": .text(task.summary), "epochs": .integer(task.defaultEpochs),
    ])
  }

  var text: String {
    var table = TextTable("figure", "measured", "chance", "required", "verdict")
    for figure in result.figures {
      table.append([
        figure.name, NumberText.brief(figure.measured), NumberText.brief(figure.chance),
        "\(figure.comparison.rawValue) \(NumberText.brief(figure.required))",
        figure.passes ? "pass" : "BELOW",
      ])
    }
    var lines = [table.text()]
    if !result.measures.isEmpty {
      var measures = TextTable("measure", "value")
      for measure in result.measures {
        measures.append([measure.name, NumberText.brief(measure.value)])
      }
      lines.append(measures.text())
    }
    return lines.joined(separator: "\n")
  }

  var json: JSON {
    let first = result.figures.first
    return .object([
      "task": .text(task.name), "rules": .list(task.rules.map(JSON.text)),
      "chip": .text(chip.spec.name), "kind": .text(chip.kind),
      "chip_seed": .integer(Int(clamping: chip.chipSeed)),
      "seed": .integer(Int(clamping: chip.trialSeed)),
      "mismatch": chip.mismatch.map(JSON.number) ?? .null,
      "effects": .list(chip.effects.map(JSON.text)),
      "net_seed": .integer(Int(clamping: netSeed)), "epochs": .integer(epochs),
      "figure": first.map { .number($0.measured) } ?? .null,
      "chance": first.map { .number($0.chance) } ?? .null, "pass": .flag(result.passes),
      "figures": .list(result.figures.map(Self.json)),
      "measures": .object(result.measures.map { ($0.name, JSON.number($0.value)) }),
      "curve": .list(result.curve.map(JSON.number)),
      "hardware_seconds": .number(result.hardwareSeconds),
      "counters": .object(
        RunCounters.named.map { ($0.name, JSON.integer(result.counters[keyPath: $0.path])) }),
    ])
  }

  private static func json(_ figure: LearningFigure) -> JSON {
    .object([
      "name": .text(figure.name), "measured": .number(figure.measured),
      "chance": .number(figure.chance), "required": .number(figure.required),
      "comparison": .text(figure.comparison.rawValue), "pass": .flag(figure.passes),
    ])
  }
}
