import ArgumentParser

/// Compiles a network to a chip image.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile", abstract: "Compile a network to a chip image.",
    discussion: "Exits with 3 when the network does not fit, and lists every misfit.")

  @Argument(help: "The network, a NIR file.")
  var network: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The image to write.", valueName: "file"))
  var output: String
  @Option(help: ArgumentHelp("The chip.", valueName: "name|path"))
  var chip = "synapus-1"
  @Option(help: ArgumentHelp("Seconds of one step of the network.", valueName: "seconds"))
  var dt = 1e-3
  @Option(help: ArgumentHelp("Ticks of one step of the network, from 1 to 1000.", valueName: "n"))
  var ticksPerStep = 1
  @Option(
    help: ArgumentHelp(
      "The share of weights that may be clipped before the network is refused, such as 1%.",
      valueName: "percent"))
  var maxClip: Percentage?
  @Option(help: ArgumentHelp("Seeds partition and placement.", valueName: "n"))
  var seed: UInt64 = 0
  @Option(help: ArgumentHelp("A report to write, JSON.", valueName: "file"))
  var report: String?
  @OptionGroup var answer: OutputOptions

  func validate() throws {
    guard dt > 0, dt.isFinite else {
      throw ValidationError("--dt is \(dt); a positive number of seconds is allowed.")
    }
    guard (1...1000).contains(ticksPerStep) else {
      throw ValidationError("--ticks-per-step is \(ticksPerStep); 1 to 1000 is allowed.")
    }
  }
}

/// A share, written as `1%` or `0.01`.
struct Percentage: ExpressibleByArgument {
  var fraction: Double

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else {
      return nil
    }
    fraction = isPercent ? number / 100 : number
    guard (0...1).contains(fraction) else { return nil }
  }
}
