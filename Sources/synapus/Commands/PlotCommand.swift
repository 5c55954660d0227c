import ArgumentParser

/// Draws a recording.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draw a recording as SVG.")

  @Argument(help: "The recording.")
  var recording: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The picture to write.", valueName: "file"))
  var output: String
  @Option(help: ArgumentHelp("Which sample, from 0.", valueName: "n"))
  var sample = 0
}
