import Analysis
import ArgumentParser
import ChipInterface
import HardwareSpec
import Training

/// The main job from end to end, with a report.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Train, compile, serve, deploy, train in the loop, and write a report.",
    discussion: """
      Trains in software with the chip's weight steps, compiles, starts a control server in a \
      process of its own with a chip whose circuits differ, deploys (accuracy falls), and trains in \
      the loop over ZeroMQ (accuracy comes back). DIR/report.html tells it with pictures.
      """)

  @Argument(help: "The tasks (default: yinyang, then fashion-mnist).")
  var tasks: [TaskName] = []
  @Option(help: ArgumentHelp("The folder of the report.", valueName: "path"))
  var report = "report"
  @Option(help: ArgumentHelp("The mismatch of the chip, from 0 to 1.", valueName: "sigma"))
  var mismatch = 0.2
  @Option(help: ArgumentHelp("The device.", valueName: "n"))
  var chipSeed: UInt64 = 0
  @Option(help: ArgumentHelp("Seeds initial weights and shuffling.", valueName: "n"))
  var netSeed: UInt64 = 0
  @Flag(help: "Also train in software with real weights; takes as long again as software training.")
  var float = false
  @OptionGroup var data: DataOption
  @OptionGroup var answer: OutputOptions

  private struct Answer: Encodable {
    let schema = "synapus-demo/1"
    var report: String
    var tasks: [TrainingReport]
  }

  func validate() throws {
    if !(0...1).contains(mismatch) {
      throw ValidationError("--mismatch is \(mismatch); 0 to 1 is allowed.")
    }
    for (index, task) in tasks.enumerated() where tasks[..<index].contains(task) {
      throw ValidationError("The task \(task.text) is named twice; name it once.")
    }
    if report.isEmpty { throw ValidationError("--report is empty; name a folder.") }
  }

  func run() throws {
    Interruption.watch { ServerProcess.stopAll() }
    let settings = DemoSettings(
      spec: try ChipLibrary.chip("synapus-1"), mismatch: mismatch, chipSeed: chipSeed,
      netSeed: netSeed, trainsFloat: float, threads: CPU.coreCount)
    Console.say("seeds: chip \(chipSeed), trial 0, net \(netSeed); mismatch \(mismatch)")
    do {
      try run(settings)
    } catch {
      throw explained(error)
    }
  }

  private func run(_ settings: DemoSettings) throws {
    let folder = try ReportFolder(report)
    defer { folder.removeIfEmpty() }
    let names = tasks.isEmpty ? TaskName.builtIn.compactMap(TaskName.init) : tasks
    // All data are read before the first training, so that what is missing is told at once.
    let loaded = try names.map { name in
      DemoTask(
        name: name, task: try name.load(on: settings.spec, hidden: nil, data), settings: settings)
    }
    try checkStems(loaded)
    let results = try loaded.map { task in
      Console.say("\n\(task.title)")
      return try task.run(writingTo: folder)
    }
    let figures = try results.map { try DemoFigures($0, settings) }
    for figure in figures {
      try figure.sample.recordingFile(figure.result, settings)
        .write(to: folder.file("\(figure.result.stem)-sample.h5"))
    }
    let report = DemoReport(settings: settings, folder: folder.path, figures: figures)
    let written = try report.page().write(to: folder.path)
    Console.say("\nthe report is \(written.first ?? folder.path)")
    try publish(results)
  }

  /// Two files of one name would share the names of their pictures.
  private func checkStems(_ tasks: [DemoTask]) throws {
    for (index, task) in tasks.enumerated()
    where tasks[..<index].contains(where: { $0.stem == task.stem }) {
      throw Failure(
        .usage, "two tasks would write the same files, \(task.stem).*", at: task.name.text,
        try: "one report folder each")
    }
  }

  private func publish(_ results: [DemoResult]) throws {
    if answer.json {
      return try Console.writeJSON(
        Answer(report: "\(report)/report.html", tasks: results.map(\.report)))
    }
    try Console.write(results.map { "\($0.title)\n\n\($0.table.text())" }.joined(separator: "\n"))
  }

  /// The error in the words of the demo: who was interrupted, and whose server it was.
  private func explained(_ error: any Error) -> any Error {
    if Interruption.cancellation.isCancelled {
      return Failure(.interrupted, "the demo was interrupted; its server was stopped")
    }
    guard case .connection(_, let detail)? = error.chipError else { return error }
    return Failure(
      .connection, "the demo's control server \(detail)",
      try: "the same command again")
  }
}

extension Error {
  /// The chip's error in this one, if there is one.
  fileprivate var chipError: ChipError? {
    if case .chip(let error)? = self as? TrainingError { return error }
    return self as? ChipError
  }
}
