import Analysis
import ArgumentParser
import Compiler
import Foundation
import HardwareSpec
import NIR

/// Compiles a network to a chip image.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile", abstract: "Compile a network to a chip image.",
    discussion: "Exits with 3 when the network does not fit, and lists every misfit.")

  @Argument(help: "The network: a NIR file, arrays (.npz), or a register file, NAME.regs.yaml.")
  var network: String
  @Option(name: .shortAndLong, help: ArgumentHelp("The image to write.", valueName: "file"))
  var output: String
  @Option(help: ArgumentHelp("The chip.", valueName: "name|path"))
  var chip = "synapus-1"
  @Option(
    help: ArgumentHelp(
      "Seconds of one step of the network (default: what the file's r or w_in say, else 1e-3).",
      valueName: "seconds"))
  var dt: Double?
  @Option(
    help: ArgumentHelp(
      "Ticks of the chip for one step of the network (default: 1).", valueName: "n"))
  var ticksPerStep: Int?
  @Option(
    help: ArgumentHelp(
      "How long one sample runs, in ticks (default: 100, or what a register file says).",
      valueName: "n"))
  var duration: Int?
  @Option(
    help: ArgumentHelp(
      "Where a neuron goes after a spike (default: file).", valueName: "file|zero|subtract"))
  var reset: CompileOptions.Reset?
  @Option(
    help: ArgumentHelp(
      "Refractory time of neurons that fire, in ticks (default: 1).", valueName: "n"))
  var refractory: Int?
  @Option(
    help: ArgumentHelp(
      "Row pairs for each sender of a projection, for more weight; may be given several times.",
      valueName: "projection=n"))
  var copies: [ProjectionCopies] = []
  @Option(
    help: ArgumentHelp(
      "The share of weights that may be clipped before the network is refused (default: 1%).",
      valueName: "share"))
  var maxClip: Percentage?
  @OptionGroup var quantisation: QuantisationOptions
  @Flag(help: "Refuse every approximation.")
  var strict = false
  @Option(help: ArgumentHelp("Seeds partition and placement.", valueName: "n"))
  var seed: UInt64 = 0
  @Option(help: ArgumentHelp("A report to write, JSON.", valueName: "file"))
  var report: String?
  @Option(help: ArgumentHelp("A folder for the text of every stage.", valueName: "folder"))
  var dump: String?
  @OptionGroup var balance: BalanceOptions
  @OptionGroup var answer: OutputOptions

  func run() throws {
    let options = try options(on: try ChipLibrary.chip(chip))
    do {
      let compilation = try compile(options)
      let image = try compilation.image.encoded(spec: options.spec)
      try OutputFile.write(image, to: output)
      try publish(compilation.report)
    } catch CompilerError.doesNotFit(let report) {
      try publish(report)
      throw CompilerError.doesNotFit(report)
    }
  }

  private func compile(_ options: CompileOptions) throws -> Compilation {
    if network.hasSuffix(RegisterNetwork.fileSuffix) {
      let text = try InputFile.text(network, largest: RegisterNetwork.largestBytes)
      var registers = try RegisterNetwork(yaml: text, file: network, for: options.spec)
      registers.steps = duration ?? registers.steps
      return try Compiler.compile(registers, options)
    }
    let name = URL(fileURLWithPath: network).deletingPathExtension().lastPathComponent
    return try Compiler.compile(try graph(name: name, options), name: name, options)
  }

  /// The network's graph; a network without neurons is converted to one that spikes.
  private func graph(name: String, _ options: CompileOptions) throws -> NIRGraph {
    if network.hasSuffix(RateNetworkFile.fileSuffix) {
      return try balance.converted(try BalanceOptions.network(network, name: name), options)
    }
    let file = try NIRFile(reading: network)
    for note in file.report.notes { Console.say("note: \(note.description)") }
    if file.graph.impliesRectifiers {
      return try balance.converted(try RateNetwork(file.graph, name: name), options)
    }
    try balance.refuse(network)
    return file.graph
  }

  /// The defaults, then what the side file says, then the flags.
  private func options(on spec: ChipSpec) throws -> CompileOptions {
    var options = CompileOptions(spec)
    (options.dtIsGiven, options.keepsDumps) = (dt != nil, dump != nil)
    try sideFile()?.apply(to: &options)
    options.dt = dt ?? options.dt
    options.ticksPerStep = ticksPerStep ?? options.ticksPerStep
    options.durationTicks = duration ?? options.durationTicks
    options.reset = reset ?? options.reset
    options.refractoryTicks = refractory ?? options.refractoryTicks
    options.maxClip = maxClip?.fraction ?? options.maxClip
    options.projections =
      copies.map { .init($0.projection, copies: $0.count) } + options.projections
    (options.strict, options.seed) = (strict, seed)
    try quantisation.apply(to: &options)
    return options
  }

  /// What stands beside the network, if anything does.
  private func sideFile() throws -> SideFile? {
    let path = URL(fileURLWithPath: network).deletingPathExtension().path + SideFile.suffix
    guard !network.hasSuffix(RegisterNetwork.fileSuffix),
      FileManager.default.fileExists(atPath: path)
    else { return nil }
    Console.say("reading \(path)")
    let text = try InputFile.text(path, largest: SideFile.largestBytes)
    return try SideFile(yaml: text, file: path)
  }

  /// The report to its file and to standard output; misfits are told by the error.
  private func publish(_ result: CompileReport) throws {
    if let report { try OutputFile.write(result.json, to: report) }
    if let dump { try write(result.dumps, to: dump) }
    if answer.json { return try Console.write(result.json) }
    for note in result.notes { Console.say("note: \(note.message)") }
    for approximation in result.approximations { Console.say("note: \(approximation.message)") }
    guard result.misfits.isEmpty else { return }
    Console.say("partition and placement seed \(result.seed)")
    try Console.write(Self.layers(result).text() + "\n" + Self.resources(result).text())
  }

  private func write(_ dumps: [StageDump], to folder: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    for dump in dumps { try OutputFile.write(dump.text, to: "\(folder)/\(dump.fileName)") }
  }

  private static func layers(_ report: CompileReport) -> TextTable {
    var table = TextTable(
      "layer", "neurons", "synapses", "rows", "clipped", "truncated", "SNR (dB)",
      "weight per step", "ticks late")
    for layer in report.layers {
      table.append([
        layer.name, "\(layer.neurons)", "\(layer.synapses)", "\(layer.rows)", "\(layer.clipped)",
        "\(layer.truncated)",
        layer.quantisationSNRdB.map { NumberText.fixed($0, places: 1) } ?? "-",
        NumberText.brief(layer.scale), NumberText.brief(layer.addedTicks),
      ])
    }
    return table
  }

  private static func resources(_ report: CompileReport) -> TextTable {
    var table = TextTable("resource", "used", "available", "share")
    guard let resources = report.resources else { return table }
    for (name, usage) in [
      ("neurons", resources.neurons), ("rows", resources.rows), ("synapses", resources.synapses),
      ("axons", resources.axons),
    ] {
      let share = usage.available > 0 ? Double(usage.used) / Double(usage.available) : 0
      table.append([name, "\(usage.used)", "\(usage.available)", NumberText.percent(share)])
    }
    return table
  }
}

extension CompileOptions.Reset: ExpressibleByArgument {}

/// Copies of one projection's senders, written as `fc1=5`.
struct ProjectionCopies: ExpressibleByArgument {
  var projection: String
  var count: Int

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="),
      let count = Int(argument[argument.index(after: equals)...]), equals > argument.startIndex
    else { return nil }
    (projection, self.count) = (String(argument[..<equals]), count)
  }
}

/// A share, written as `1%` or `0.01`.
struct Percentage: ExpressibleByArgument {
  var fraction: Double

  init(fraction: Double) { self.fraction = fraction }

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else {
      return nil
    }
    fraction = isPercent ? number / 100 : number
    guard (0...1).contains(fraction) else { return nil }
  }

  var defaultValueDescription: String { "\(fraction * 100)%" }
}
