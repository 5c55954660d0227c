import ArgumentParser

/// A task: labelled samples and how they become spikes.
struct TaskName: ExpressibleByArgument, Equatable {
  var text: String

  /// The tasks that need no file.
  static let builtIn = ["yinyang", "fashion-mnist"]

  init?(argument: String) {
    guard Self.builtIn.contains(argument) || argument.hasSuffix(".h5") else { return nil }
    text = argument
  }

  static var allValueStrings: [String] { builtIn + ["FILE.h5"] }
}

/// Where the data of a task lie.
struct DataOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of the data files (default: where Debian puts them).", valueName: "path"))
  var data: String?
}
