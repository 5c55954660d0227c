import ArgumentParser

/// The root of the command line.
struct SynapusCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "synapus",
    abstract: "Emulates an analog neuromorphic chip, and is the toolchain around it.",
    discussion: """
      Data goes to standard output, words and progress to standard error. Exit codes: 0 done, \
      1 failed, 2 usage, 3 does not fit the chip, 4 no connection, 5 out of tolerance.
      """,
    version: version,
    subcommands: [
      CompileCommand.self, RunCommand.self, CompareCommand.self, DiagnoseCommand.self,
      WhyCommand.self,
      PlotCommand.self, ChipCommand.self,
      ImageCommand.self, RuleCommand.self, ServeCommand.self,
      KeysCommand.self, LeaseCommand.self, StatusCommand.self,
      TrainCommand.self, EvaluateCommand.self, LearnCommand.self, BenchCommand.self,
      FidelityCommand.self,
      DoctorCommand.self, ExplainCommand.self, DemoCommand.self, ChipWorkerCommand.self,
      BenchServerCommand.self, BenchWorkerCommand.self,
    ])
}
