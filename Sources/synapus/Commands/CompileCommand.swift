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
  @Option(
    help: ArgumentHelp("A picture of which layers lie on which cores, SVG.", valueName: "file"))
  var placedSvg: String?
  @Option(help: ArgumentHelp("A picture of the load of all links, SVG.", valueName: "file"))
  var routedSvg: String?
  @Option(
    help: ArgumentHelp(
      "A picture of the weights before and after rounding, SVG.", valueName: "file"))
  var weightsSvg: String?
  @Option(help: ArgumentHelp("A folder for the text of every stage.", valueName: "folder"))
  var dump: String?
  @OptionGroup var mapping: MappingOptions
  @OptionGroup var balance: BalanceOptions
  @OptionGroup var answer: OutputOptions

  func run() throws {
    var options = try options(on: try ChipLibrary.chip(chip))
    let passes = CompilePasses()
    options.progress = passes.progress
    do {
      let compilation = try compile(options)
      _ = passes.finish()
      try OutputFile.write(try Self.image(compilation), to: output)
      try draw(compilation, options)
      var report = compilation.report
      (report.file, report.passes) = (network, compilation.passes)
      try publish(report)
    } catch CompilerError.doesNotFit(let report) {
      var placed = report
      placed.file = network
      try publish(placed)
      throw CompilerError.doesNotFit(placed)
    }
  }

  private static func image(_ compilation: Compilation) throws -> [UInt8] {
    try compilation.sequence?.encoded(spec: compilation.spec)
      ?? compilation.image.encoded(spec: compilation.spec)
  }

  /// The image and the report as bytes; nothing is written or shown.
  func compiled() throws -> (image: [UInt8], report: [UInt8]) {
    let compilation = try compile(try options(on: try ChipLibrary.chip(chip)))
    var report = compilation.report
    (report.file, report.passes) = ("", compilation.passes)
    return (try Self.image(compilation), Array(report.json.utf8))
  }

  private func compile(_ options: CompileOptions) throws -> Compilation {
    if network.hasSuffix(RegisterNetwork.fileSuffix) {
      let text = try InputFile.text(network, largest: RegisterNetwork.largestBytes)
      var registers = try RegisterNetwork(yaml: text, file: network, for: options.spec)
      registers.steps = duration ?? registers.steps
      return try Compiler.compile(registers, options)
    }
    let name = URL(fileURLWithPath: network).deletingPathExtension().lastPathComponent
    let (graph, notes) = try graph(name: name, options)
    do {
      var compilation = try Compiler.compile(graph, name: name, options)
      compilation.report.notes = notes + compilation.report.notes
      return compilation
    } catch {
      guard case .doesNotFit(let report) = error else { throw error }
      var annotated = report
      annotated.notes = notes + report.notes
      throw CompilerError.doesNotFit(annotated)
    }
  }

  /// The network's graph, and what was repaired as it was read; a network without neurons is
  /// converted to one that spikes.
  private func graph(
    name: String, _ options: CompileOptions
  ) throws -> (NIRGraph, [CompileNote]) {
    if network.hasSuffix(RateNetworkFile.fileSuffix) {
      return (try balance.converted(try BalanceOptions.network(network, name: name), options), [])
    }
    let file = try NIRFile(reading: network)
    let notes = file.report.notes.map { CompileNote.file($0.description) }
    if file.graph.impliesRectifiers {
      return (try balance.converted(try RateNetwork(file.graph, name: name), options), notes)
    }
    try balance.refuse(network)
    return (file.graph, notes)
  }

  /// The defaults, then what the side file says, then the flags.
  private func options(on spec: ChipSpec) throws -> CompileOptions {
    var options = CompileOptions(spec)
    (options.dtIsGiven, options.keepsDumps) = (dt != nil, dump != nil)
    try SideFile.beside(network)?.apply(to: &options)
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
    try mapping.apply(to: &options)
    return options
  }

  /// The report to its file and to standard output; misfits are told by the error.
  private func publish(_ result: CompileReport) throws {
    if let report { try OutputFile.write(result.json, to: report) }
    if let dump { try write(result.dumps, to: dump) }
    if answer.json { return try Console.write(result.json) }
    for note in result.notes.map(\.message) + result.approximations.map(\.message) {
      Console.say("note: \(note)")
    }
    guard result.misfits.isEmpty else { return }
    Console.say("partition and placement seed \(result.seed)")
    try Console.write(CompileSheet(result).text)
  }

  private func write(_ dumps: [StageDump], to folder: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    for dump in dumps { try OutputFile.write(dump.text, to: "\(folder)/\(dump.fileName)") }
  }

  private func draw(_ compilation: Compilation, _ options: CompileOptions) throws {
    let figures = CompileFigures(
      compilation: compilation, spec: compilation.spec, defects: options.defects)
    if let placedSvg { try OutputFile.write(figures.placement.svg(), to: placedSvg) }
    if let routedSvg { try OutputFile.write(figures.links.svg(), to: routedSvg) }
    if let weightsSvg { try OutputFile.write(figures.weights.svg(), to: weightsSvg) }
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
