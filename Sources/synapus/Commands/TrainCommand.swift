import ArgumentParser
import Training

/// Trains a network in software, deploys it, and trains it in the loop.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train in software, deploy on a chip, and train in the loop.",
    discussion: """
      First in floating point, then with the chip's weight steps, both on the ideal chip; then the \
      network runs on CHIP as it is, and is trained on with the chip's own answers.
      """)

  /// Whose answers the backward pass builds on.
  enum Injection: String, ExpressibleByArgument, CaseIterable { case chip, ideal }

  @Argument(help: "The task: yinyang, fashion-mnist, or a file of labelled spikes (.h5).")
  var task: TaskName
  @OptionGroup var chip: ChipOptions
  @OptionGroup var data: DataOption

  @Option(help: ArgumentHelp("Hidden neurons (default: the task's own).", valueName: "n"))
  var hidden: Int?
  @Option(help: ArgumentHelp("Epochs in software, from 0 to 10000.", valueName: "n"))
  var epochs = 40
  @Option(help: ArgumentHelp("Epochs in the loop, from 0 to 10000.", valueName: "n"))
  var loopEpochs = 10
  @Option(help: ArgumentHelp("Seeds initial weights and shuffling.", valueName: "n"))
  var netSeed: UInt64 = 0
  @Option(help: ArgumentHelp("Which layers are trained.", valueName: "all|readout"))
  var trainLayers = TrainedLayers.all
  @Option(
    help: ArgumentHelp(
      "Whose answers are injected: the chip's, or for control the ideal ones.",
      valueName: "chip|ideal"))
  var inject = Injection.chip
  @Option(name: .shortAndLong, help: ArgumentHelp("The network to write, NIR.", valueName: "file"))
  var output: String?
  @Option(help: ArgumentHelp("The image to write, a .chip file.", valueName: "file"))
  var saveImage: String?
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    for (name, count) in [("--epochs", epochs), ("--loop-epochs", loopEpochs)]
    where !(0...10_000).contains(count) {
      throw ValidationError("\(name) is \(count); 0 to 10000 is allowed.")
    }
    if let hidden, !(1...65_536).contains(hidden) {
      throw ValidationError("--hidden is \(hidden); 1 to 65536 is allowed.")
    }
  }
}

extension TrainedLayers: ExpressibleByArgument {}
