import ArgumentParser
import HardwareSpec

/// Lists, shows and checks chips.
struct ChipCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chip", abstract: "List, show or check chips.",
    subcommands: [ChipListCommand.self, ChipShowCommand.self, ChipCheckCommand.self])
}

/// Lists the built-in chips.
struct ChipListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in chips.")

  @OptionGroup var output: OutputOptions

  private struct Entry: Encodable {
    var name, summary, hash: String
    var cores, circuits: Int
  }

  private struct Answer: Encodable {
    var chips: [Entry]
    var mesh: String
  }

  func run() throws {
    let chips = try ChipLibrary.names.map { name in try ChipLibrary.chip(name) }
    guard output.json else {
      let width = chips.map(\.name.count).max() ?? 0
      let lines = chips.map { chip in
        chip.name + String(repeating: " ", count: width - chip.name.count) + "  " + chip.summary
      }
      let mesh = "\(ChipLibrary.meshPattern): synapus-1 on a mesh of C x R cores, 1 to 256 each"
      return try Console.write((lines + [mesh]).joined(separator: "\n"))
    }
    let entries = chips.map { chip in
      Entry(
        name: chip.name, summary: chip.summary, hash: chip.hash, cores: chip.geometry.coreCount,
        circuits: chip.geometry.coreCount * chip.geometry.circuitsPerCore)
    }
    try Console.writeJSON(Answer(chips: entries, mesh: ChipLibrary.meshPattern))
  }
}

/// Shows every number of a chip.
struct ChipShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show every number of a chip.")

  @Argument(help: "A built-in name, NAME-mesh-CxR, or the path of a chip file.")
  var chip: String

  @Flag(help: "Print a chip file: the built-in one with its comments, to begin your own with.")
  var yaml = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if yaml && output.json { throw ValidationError("--yaml and --json exclude each other.") }
  }

  func run() throws {
    let spec = try ChipLibrary.chip(chip)
    if yaml { return try Console.write(ChipLibrary.text(of: chip) ?? spec.canonicalYAML) }
    let sheet = ChipSheet(spec)
    if output.json { return try Console.writeJSON(sheet.json) }
    try Console.write(sheet.text)
  }
}

/// Checks a chip file, and lists all its faults.
struct ChipCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check a chip file, and list all its faults with their lines.")

  @Argument(help: "The path of a chip file, or a built-in name.")
  var chip: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    struct Fault: Encodable {
      var line: Int
      var message: String
    }
    var chip: String
    var valid: Bool
    var hash: String?
    var faults: [Fault]
  }

  func run() throws {
    do {
      let spec = try ChipLibrary.chip(chip)
      if output.json {
        try Console.writeJSON(Answer(chip: spec.name, valid: true, hash: spec.hash, faults: []))
      } else {
        try Console.write("\(chip): valid, chip '\(spec.name)', hash \(spec.hash)")
      }
    } catch let SpecError.faults(file, faults) where output.json {
      let list = faults.map { Answer.Fault(line: $0.line, message: $0.message) }
      try Console.writeJSON(Answer(chip: file, valid: false, hash: nil, faults: list))
      throw ExitCode(FailureCode.chipFile.exitCode)
    }
  }
}
