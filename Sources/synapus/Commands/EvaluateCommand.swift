import Analysis
import ArgumentParser
import ChipInterface
import Training

/// Scores an image on a task.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score an image on the test samples of a task.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Option(
    help: ArgumentHelp(
      "The task: yinyang, fashion-mnist, digits, or a file of labelled spikes (.h5).",
      valueName: "task"))
  var task: TaskName
  @Flag(help: "Score all samples of a file of spikes, not only every fifth, which training keeps.")
  var all = false
  @OptionGroup var data: DataOption
  @OptionGroup var chip: ChipOptions
  @OptionGroup var answer: OutputOptions

  private struct Answer: Encodable {
    var task, chip: String
    var accuracy: Double
    var samples: Int
  }

  func run() throws {
    Interruption.watch()
    let file = try RunnableFile(image, chip: chip.chip)
    var options = chip
    if chip.connect == nil { options.chip = chip.chip ?? file.spec.name }
    let device = try options.makeChip()
    let spec = device.info.spec
    try spec.requireAnalog(for: "evaluate")
    let task = try task.load(on: spec, hidden: nil, data)
    let scored = all ? task.test.joined(with: task.train) : task.test
    let accuracy = try score(file, device).accuracy(
      scored, cancellation: Interruption.cancellation)
    let result = Answer(
      task: task.name, chip: spec.name, accuracy: accuracy, samples: scored.count)
    if answer.json { return try Console.writeJSON(result) }
    try Console.write(
      "\(NumberText.percent(accuracy, places: 2)) of \(task.test.count) samples")
  }

  private func score(_ file: RunnableFile, _ device: any Chip) -> ImageScore {
    switch file {
    case .image(let file): return ImageScore(image: file.image, chip: device)
    case .sequence(let sequence, _): return ImageScore(sequence: sequence, chip: device)
    }
  }
}
