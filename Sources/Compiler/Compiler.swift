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
    guard spec.digital == nil else { throw .digitalChip(spec.name) }
    var log = CompileLog(network: name, options)
    let options = options.withStep(of: graph, &log)
    let network = try lowered(graph, name: name, options, &log)
    try options.checkNames(network)
    return try compile(network, options, &log)
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

  private static func lowered(
    _ graph: NIRGraph, name: String, _ options: CompileOptions, _ log: inout CompileLog
  ) throws(CompilerError) -> SpikingNetwork {
    let lowered = Lowering(graph, options).network(name: name, &log)
    log.dump(lowered)
    try log.stopAtMisfits()
    return try lowered.checked(on: options.spec)
  }

  private static func compile(
    _ network: SpikingNetwork, _ options: CompileOptions, _ log: inout CompileLog
  ) throws(CompilerError) -> Compilation {
    let spec = options.spec
    // A network with misfits goes on through the passes, so that all of them are found; what it
    // breaks is reported as a misfit, not as a fault of the compiler.
    let legal = Legalisation(options).legalise(network, &log)
    log.dump(legal)
    try log.check(legal, on: spec)
    let quantised = Quantisation(options).quantise(legal, &log)
    log.dump(quantised)
    try log.check(quantised, on: spec)
    let split = Splitting(options).split(quantised, &log)
    log.dump(split)
    try log.check(split, on: spec)
    let partitioned = Partition(options).partition(split, &log)
    log.dump(partitioned)
    try log.stopAtMisfits()
    let parts = try partitioned.checked(on: spec)

    let placed = try Placement(options).place(parts).checked(on: spec)
    log.dump(placed)
    let routed = try Routing(spec).route(placed).checked(on: spec)
    log.dump(routed)
    let image = Emission(options).emit(routed)
    log.dump(image, on: spec)
    try image.checked(on: spec)

    log.account(for: routed, on: spec, durationTicks: image.io.durationTicks)
    return Compilation(
      image: image, report: log.report, scales: quantised.populations.map(\.scale))
  }
}

/// What a compilation gives.
public struct Compilation: Equatable, Sendable {
  /// The image, valid for the chip of the options.
  public var image: ChipImage
  /// What was used, lost and approximated.
  public var report: CompileReport
  /// What the volts of each population mean, in the order of the image's populations.
  public var scales: [PopulationScale]

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
