import ArgumentParser

/// Runs an image on recorded or generated input.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run an image on input spikes, and write what was recorded.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Option(help: ArgumentHelp("Input spikes, HDF5 in the SHD layout.", valueName: "file"))
  var input: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The recording to write.", valueName: "file"))
  var output: String
  @OptionGroup var chip: ChipOptions
  @Option(help: ArgumentHelp("Ticks between two ADC samples.", valueName: "n"))
  var adcEvery: Int?
  @OptionGroup var answer: OutputOptions
}
