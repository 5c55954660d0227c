import ArgumentParser

/// The main job from end to end, with a report.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Train, compile, serve, deploy, train in the loop, and write a report.")

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
  @OptionGroup var data: DataOption
  @OptionGroup var answer: OutputOptions
}
