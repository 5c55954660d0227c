import ArgumentParser
import FirmwareModels
import HardwareSpec

/// Lists, shows and assembles learning rules.
struct RuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule", abstract: "List, show, assemble and disassemble learning rules.",
    subcommands: [
      RuleListCommand.self, RuleShowCommand.self, RuleAssembleCommand.self,
      RuleDisassembleCommand.self,
    ])
}

/// Which rule, for which chip.
struct RuleOptions: ParsableArguments {
  @Argument(help: "A built-in rule ('synapus rule list'), or the path of a .rule file.")
  var rule: String

  @Option(
    help: ArgumentHelp(
      "The chip: a built-in name, or the path of a chip file (default: synapus-1).",
      valueName: "name|path"))
  var chip: String?

  /// The rule, assembled for the chip; what the chip does otherwise is said.
  func sheet() throws -> RuleSheet {
    let spec = try ChipLibrary.chip(chip ?? "synapus-1")
    let sheet = try RuleSheet(RuleFile(rule), spec)
    for note in sheet.assembled.notes { Console.say("note: \(note)") }
    return sheet
  }
}

/// Lists the built-in rules.
struct RuleListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in learning rules.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    let rules = RuleLibrary.names.map { name in
      (name, RuleLibrary.summary(of: RuleLibrary.text(of: name) ?? ""))
    }
    if output.json {
      let list = rules.map { JSON.object(["name": .text($0.0), "summary": .text($0.1)]) }
      return try Console.writeJSON(JSON.object(["rules": .list(list)]))
    }
    let width = rules.map(\.0.count).max() ?? 0
    let lines = rules.map { name, summary in
      name + String(repeating: " ", count: width - name.count) + "  " + summary
    }
    try Console.write(lines.joined(separator: "\n"))
  }
}

/// Shows what a rule is on a chip.
struct RuleShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a rule's products, traces, microcode, and what an epoch costs the chip.")

  @OptionGroup var options: RuleOptions
  @Flag(help: "Print the rule's text: a built-in one with its comments, to begin your own with.")
  var source = false
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if source && output.json { throw ValidationError("--source and --json exclude each other.") }
  }

  func run() throws {
    if source { return try Console.write(RuleFile(options.rule).text) }
    let sheet = try options.sheet()
    if output.json { return try Console.writeJSON(sheet.json) }
    try Console.write(sheet.text)
  }
}

/// Makes microcode of a rule.
struct RuleAssembleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assemble",
    abstract: "Check a rule against a chip, and write its microcode; all faults are listed.")

  @OptionGroup var options: RuleOptions
  @Option(
    name: .shortAndLong, help: ArgumentHelp("A file instead of standard output.", valueName: "file")
  )
  var output: String?
  @Flag(help: "Answer with one JSON object on standard output.")
  var json = false

  func validate() throws {
    if output != nil && json { throw ValidationError("--output and --json exclude each other.") }
  }

  func run() throws {
    let sheet = try options.sheet()
    if json { return try Console.writeJSON(sheet.json) }
    if let output { return try OutputFile.write(sheet.listing, to: output) }
    try Console.write(sheet.listing)
  }
}

/// Makes equations of microcode.
struct RuleDisassembleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disassemble", abstract: "Turn microcode back into the equations of a rule.")

  @Argument(help: "The microcode, as 'synapus rule assemble' writes it.")
  var microcode: String

  func run() throws {
    let words = try MicrocodeListing.words(InputFile.text(microcode), file: microcode)
    try Console.write(try LearningProduct.disassemble(words))
  }
}
