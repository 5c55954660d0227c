import ArgumentParser
import HardwareSpec
import Training

/// A task: labelled samples and how they become spikes.
struct TaskName: ExpressibleByArgument, Equatable {
  var text: String

  /// The tasks that need no file.
  static let builtIn = ["yinyang", "fashion-mnist", "digits"]

  init?(argument: String) {
    guard Self.builtIn.contains(argument) || argument.hasSuffix(".h5") else { return nil }
    text = argument
  }

  static var allValueStrings: [String] { builtIn + ["FILE.h5"] }

  /// Epochs of software training and in the loop, when the command line does not say.
  var defaultEpochs: (software: Int, loop: Int) { text == "fashion-mnist" ? (8, 2) : (40, 10) }

  /// Makes or reads the samples of the task.
  func load(on spec: ChipSpec, hidden: Int?, _ data: DataOption) throws -> TrainingTask {
    switch text {
    case "yinyang": return try .yinYang(on: spec, hidden: hidden ?? 120)
    case "digits": return try .digits(on: spec, file: data.data, hidden: hidden ?? 100)
    case "fashion-mnist":
      guard let folder = data.data else {
        return try .fashionMNIST(on: spec, hidden: hidden ?? 246)
      }
      return try .fashionMNIST(on: spec, folder: folder, hidden: hidden ?? 246)
    default: return try .spikeFile(text, on: spec, hidden: hidden ?? 120)
    }
  }
}

/// Where the data of a task lie.
struct DataOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of the data files (default: where Debian puts them).", valueName: "path"))
  var data: String?
}
