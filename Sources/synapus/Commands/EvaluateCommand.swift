import ArgumentParser

/// Scores an image on a task.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score an image on the test samples of a task.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Option(
    help: ArgumentHelp(
      "The task: yinyang, fashion-mnist, or a file of labelled spikes (.h5).", valueName: "task"))
  var task: TaskName
  @OptionGroup var data: DataOption
  @OptionGroup var chip: ChipOptions
  @OptionGroup var answer: OutputOptions
}
