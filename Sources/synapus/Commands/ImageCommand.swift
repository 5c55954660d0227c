import ArgumentParser
import ChipInterface
import HardwareSpec

/// Looks at chip images.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Show, compare and convert chip images.",
    subcommands: [
      ImageShowCommand.self, ImageTextCommand.self, ImagePackCommand.self, ImageDiffCommand.self,
    ])
}

/// Where the chip of an image is described.
struct ImageChipOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The image's chip, if it is not built in: the path of its chip file.", valueName: "path"))
  var chip: String?
}

/// Sums up an image.
struct ImageShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Sum up what an image holds.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @OptionGroup var chip: ImageChipOption
  @OptionGroup var output: OutputOptions

  func run() throws {
    let file = try RunnableFile(image, chip: chip.chip)
    switch file {
    case .image(let only): try show(ImageSheet(only.image, hash: try file.contentHash))
    case .sequence(let sequence, let spec):
      let sheet = try SequenceSheet(sequence, spec, hash: try file.contentHash)
      if output.json { return try Console.writeJSON(sheet.json) }
      try Console.write(sheet.text)
    }
  }

  private func show(_ sheet: ImageSheet) throws {
    if output.json { return try Console.writeJSON(sheet.json) }
    try Console.write(sheet.text)
  }
}

/// Turns an image into its text twin.
struct ImageTextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text", abstract: "Write an image as text, exact and diffable.")

  @Argument(help: "The image, a .chip file.")
  var image: String
  @Option(
    name: .shortAndLong, help: ArgumentHelp("A file instead of standard output.", valueName: "file")
  )
  var output: String?
  @OptionGroup var chip: ImageChipOption

  func run() throws {
    let text = try RunnableFile(image, chip: chip.chip).text
    if let output { return try OutputFile.write(text, to: output) }
    try Console.write(text)
  }
}

/// Turns text back into an image.
struct ImagePackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Turn the text of an image back into the image.")

  @Argument(help: "The text, as 'synapus image text' writes it.")
  var text: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The image to write.", valueName: "file"))
  var output: String
  @OptionGroup var chip: ImageChipOption

  func run() throws {
    try OutputFile.write(try RunnableFile(text: text, chip: chip.chip).encoded, to: output)
  }
}

/// Compares two images.
struct ImageDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two images in the words of the network; exit code 1 if they differ.")

  @Argument(help: "The first image.")
  var first: String
  @Argument(help: "The second image.")
  var second: String
  @Flag(help: "List every synapse, neuron and sender that differs, not the first ten of each kind.")
  var all = false
  @OptionGroup var chip: ImageChipOption
  @OptionGroup var output: OutputOptions

  func run() throws {
    let (a, b) = (
      try RunnableFile(first, chip: chip.chip), try RunnableFile(second, chip: chip.chip)
    )
    let sheet = ImageDiffSheet(a, b, limit: all ? .max : 10)
    if output.json {
      try Console.writeJSON(sheet.json)
    } else if !sheet.isEmpty {
      try Console.write(sheet.text)
    }
    if !sheet.isEmpty { throw ExitCode(1) }
  }
}
