import ChipInterface
import HardwareSpec

extension Compiler {
  /// Compiles a register-level network for a digital chip.
  ///
  /// Populations are placed core by core in their order; spikes take no route but those of the
  /// projections. Nothing is quantised but the weights, and what that costs stands in the report.
  /// - Throws: ``CompilerError/doesNotFit(_:)`` with all misfits, or a network that names what it
  ///   does not have.
  public static func compile(
    _ network: RegisterNetwork, _ options: CompileOptions
  ) throws(CompilerError) -> Compilation {
    try options.check()
    var log = CompileLog(network: network.name, options)
    let compilation = RegisterCompilation(network, options)
    let image: ChipImage
    switch network.body {
    case .currentBased(let body): image = try compilation.image(of: body, &log)
    case .crossbar(let body): image = try compilation.image(of: body, &log)
    }
    try image.checked(on: options.spec)
    return Compilation(image: image, report: log.report, scales: [])
  }
}

/// Turns a register-level network into an image.
struct RegisterCompilation {
  let network: RegisterNetwork
  let options: CompileOptions

  init(_ network: RegisterNetwork, _ options: CompileOptions) {
    (self.network, self.options) = (network, options)
  }

  var spec: ChipSpec { options.spec }

  /// The chip's digital cores, where they are of the kind that is needed.
  func digital(
    _ neuron: DigitalSpec.Neuron, _ log: inout CompileLog
  ) throws(CompilerError) -> DigitalSpec {
    if let digital = spec.digital, digital.neuron == neuron { return digital }
    log.add(.neuronKind(needed: neuron.rawValue, chip: spec.name))
    try log.stopAtMisfits()
    throw .doesNotFit(log.report)
  }

  func image(
    of body: CurrentBasedNetwork, _ log: inout CompileLog
  ) throws(CompilerError) -> ChipImage {
    try body.checkNames()
    var checks = RegisterChecks(spec, try digital(.currentBased, &log))
    for population in body.populations { checks.check(population) }
    for projection in body.projections { checks.check(projection) }
    checks.misfits.forEach { log.add($0) }
    try log.stopAtMisfits()
    let placement = RegisterPlacement(body, on: spec)
    placement.misfits.forEach { log.add($0) }
    try log.stopAtMisfits()
    var emission = RegisterEmission(body, placement, spec)
    emission.emitProjections()
    account(for: body, placement, emission, &log)
    try log.stopAtMisfits()
    return emission.image(of: network)
  }

  private func account(
    for body: CurrentBasedNetwork, _ placement: RegisterPlacement, _ emission: RegisterEmission,
    _ log: inout CompileLog
  ) {
    for (projection, rounding) in zip(body.projections, emission.roundings) {
      let count = projection.synapses.count
      if Double(rounding.clipped) > options.maxClip * Double(count) {
        log.add(
          .clipped(
            projection: projection.name, clipped: rounding.clipped, of: count,
            allowed: options.maxClip))
      }
      if rounding.clipped + rounding.truncated > 0 {
        log.add(
          .storedWeights(
            projection: projection.name, clipped: rounding.clipped,
            truncated: rounding.truncated, of: count))
      }
    }
    for population in body.populations {
      log.add(emission.layer(of: population))
    }
    let geometry = spec.geometry
    log.account(
      forCores: placement.coreCount, routes: emission.spikeRoutes,
      resources: CompileReport.Resources(
        neurons: .init(
          used: body.populations.reduce(0) { $0 + $1.neurons.count },
          available: geometry.coreCount * geometry.circuitsPerCore),
        rows: .init(
          used: placement.axons, available: geometry.coreCount * geometry.rowPairsPerCore),
        synapses: .init(
          used: body.projections.reduce(0) { $0 + $1.synapses.count },
          available: geometry.coreCount * (spec.digital?.synapseBitsPerCore ?? 0) / 8),
        axons: .init(
          used: emission.inputRoutes.count + emission.spikeRoutes.count,
          available: geometry.coreCount * geometry.rowPairsPerCore)), on: geometry)
  }
}
