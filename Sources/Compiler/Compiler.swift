import ChipInterface
import HardwareSpec
import NIR

/// Turns a network into an image for a chip.
public enum Compiler {
  /// Compiles a NIR graph; every pass is followed by a check of what it made.
  ///
  /// - Throws: ``CompilerError/doesNotFit(_:)`` with all misfits, or an unusable option.
  public static func compile(
    _ graph: NIRGraph, name: String, _ options: CompileOptions
  ) throws(CompilerError) -> Compilation {
    try options.check()
    let spec = options.spec
    if let digital = spec.digital {
      return try compileDigital(graph, name: name, digital, options)
    }
    var log = CompileLog(network: name, options)
    let options = try options.withStep(of: graph, &log).withCalibratedDefects(&log)
    let network = try lowered(graph, name: name, options, &log)
    try options.checkNames(network)
    return try PartsCompilation(options).compile(network, log) {
      (network, options, log) throws(CompilerError) in
      try Oversize(options).compile(log) { (options, log) throws(CompilerError) in
        try compile(network, options, &log)
      }
    }
  }

  /// The populations and projections of a graph, and of them what the chip's circuits can be, with
  /// what the report has by then.
  package static func legalised(
    _ graph: NIRGraph, name: String, _ options: CompileOptions
  ) throws(CompilerError) -> (
    lowered: SpikingNetwork, legal: LegalNetwork, report: CompileReport
  ) {
    var log = CompileLog(network: name, options)
    let options = options.withStep(of: graph, &log)
    let network = try lowered(graph, name: name, options, &log)
    let legal = Legalisation(options).legalise(network, &log)
    try log.stopAtMisfits()
    return (network, try legal.checked(on: options.spec), log.report)
  }

  static func lowered(
    _ graph: NIRGraph, name: String, _ options: CompileOptions, _ log: inout CompileLog
  ) throws(CompilerError) -> SpikingNetwork {
    options.progress.report("lower")
    let lowered = Lowering(graph, options).network(name: name, &log)
    log.dump(lowered)
    try log.stopAtContradictions()
    try log.check(lowered, on: options.spec)
    log.account(for: lowered)
    return lowered
  }

  private static func compile(
    _ network: SpikingNetwork, _ options: CompileOptions, _ log: inout CompileLog
  ) throws(CompilerError) -> Compilation {
    let spec = options.spec
    // A network with misfits goes on through the passes, so that all of them are found; what it
    // breaks is reported as a misfit, not as a fault of the compiler.
    options.progress.report("legalise")
    let legal = Legalisation(options).legalise(network, &log)
    log.dump(legal)
    try log.check(legal, on: spec)
    options.progress.report("quantise")
    let quantised = Quantisation(options).quantise(legal, &log)
    log.dump(quantised)
    try log.check(quantised, on: spec)
    log.account(for: quantised)
    options.progress.report("split")
    let split = Splitting(options).split(quantised, &log)
    log.dump(split)
    try log.check(split, on: spec)
    options.progress.report("partition")
    let partitioned = try Partition(options).partition(split, &log)
    let census = log.account(for: partitioned, of: network, options)
    log.dump(partitioned)
    try log.stopAtMisfits()
    try log.check(partitioned, on: spec)

    options.progress.report("place")
    let nominal = Placement(options).place(partitioned, &log)
    try log.stopAtMisfits()
    try log.check(nominal, on: spec)
    let placed = Recalibration(options).recalibrate(nominal, &log)
    try log.stopAtMisfits()
    try log.check(placed, on: spec)
    log.dump(placed)
    options.progress.report("route")
    let routed = Routing(options).route(placed, &log)
    try log.stopAtMisfits()
    try log.check(routed, on: spec)
    log.dump(routed)
    options.progress.report("emit")
    let image = Emission(options).emit(routed)
    log.dump(image, on: spec)
    options.progress.report("check")
    try image.checked(on: spec)
    log.finished("emit")

    options.progress.report("report")
    log.account(for: routed, census, readout: image.io.readout, options)
    log.finished("report")
    var compilation = Compilation(
      image: image, report: log.report,
      scales: partitioned.quantised.populations.map(\.scale), spec: spec)
    (compilation.network, compilation.passes) = (partitioned.quantised, log.passes)
    (compilation.linkLoads, compilation.portLoads) = (routed.linkLoads, routed.portLoads)
    return compilation
  }
}

/// What a compilation gives.
public struct Compilation: Equatable, Sendable {
  /// The image, valid for the chip of the options; of a network in parts the last part's.
  public var image: ChipImage
  /// All parts of a network that is larger than the chip; nil where one image holds it.
  public var sequence: ImageSequence?
  /// What was used, lost and approximated.
  public var report: CompileReport
  /// What the volts of each population mean, in the order of the image's populations.
  public var scales: [PopulationScale]
  /// The network with its weights before and after rounding; nil for register-level networks.
  public var network: QuantisedNetwork?
  /// How long each pass took.
  public var passes: [CompileReport.PassTime] = []
  /// The chip that the image is for: that of the options, or several of it joined.
  public var spec: ChipSpec
  /// What links of the mesh and input ports carry, by measured or usual rates.
  public var linkLoads: [LinkLoad] = []
  /// The same of input ports.
  public var portLoads: [PortLoad] = []

  /// What the volts of one population mean.
  public func scale(of population: String) -> PopulationScale? {
    scales.first { $0.population == population }
  }
}

extension ChipImage {
  func checked(on spec: ChipSpec) throws(CompilerError) {
    do {
      try validate(against: spec)
    } catch {
      throw .brokenInvariants(stage: "emit", [error.description])
    }
  }
}
