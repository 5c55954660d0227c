import ArgumentParser

/// Compares two recordings.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare the spikes of two recordings; exit code 1 if they differ.")

  @Argument(help: "The first recording.")
  var first: String
  @Argument(help: "The second recording.")
  var second: String
  @Option(
    help: ArgumentHelp("How far apart spikes may lie and still be the same.", valueName: "us"))
  var tolerance = 0.0
  @OptionGroup var answer: OutputOptions
}
