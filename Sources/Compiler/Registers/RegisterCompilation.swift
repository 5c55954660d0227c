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
    return Compilation(image: image, report: log.report, scales: [], spec: options.spec)
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
      account(for: projection, rounding, &log)
    }
    for population in body.populations { log.add(emission.layer(of: population)) }
    let geometry = spec.geometry
    let axons = geometry.coreCount * geometry.rowPairsPerCore
    // Synapses are counted as if each had eight bits.
    let synapses = geometry.coreCount * (spec.digital?.synapseBitsPerCore ?? 0) / 8
    log.account(
      forCores: placement.coreCount, routes: emission.spikeRoutes, steps: body.latency,
      resources: CompileReport.Resources(
        neurons: .init(
          used: body.populations.reduce(0) { $0 + $1.neurons.count },
          available: geometry.coreCount * geometry.circuitsPerCore),
        rows: .init(used: placement.axons, available: axons),
        synapses: .init(
          used: body.projections.reduce(0) { $0 + $1.synapses.count }, available: synapses),
        axons: .init(
          used: emission.inputRoutes.count + emission.spikeRoutes.count, available: axons)),
      on: spec)
  }

  /// What the weights of a projection lost, and whether that is too much.
  private func account(
    for projection: RegisterProjection, _ rounding: WeightRounding, _ log: inout CompileLog
  ) {
    let (clipped, truncated) = (rounding.clipped, rounding.truncated)
    let count = projection.synapses.count
    if Double(clipped) > options.maxClip * Double(count) {
      log.add(
        .clipped(
          projection: projection.name, clipped: clipped, of: count, allowed: options.maxClip))
    }
    if clipped + truncated > 0 {
      log.add(
        .storedWeights(
          projection: projection.name, clipped: clipped, truncated: truncated, of: count))
    }
  }
}

extension CurrentBasedNetwork {
  /// Steps from an input event to its first effect on the last population; 0: it has none.
  fileprivate var latency: Int {
    let indices = Dictionary(
      uniqueKeysWithValues: populations.enumerated().map { ($1.name, $0) })
    let edges = projections.compactMap { projection in
      indices[projection.target].map { (projection.source.flatMap { indices[$0] }, $0) }
    }
    return StepDistance(edges).toNode(populations.count - 1)
  }
}

/// How many steps an input event takes to each node of a network: each edge takes one.
struct StepDistance {
  private let edges: [(from: Int?, to: Int)]

  /// Takes edges; those from nil begin at the inputs.
  init(_ edges: [(Int?, Int)]) { self.edges = edges.map { (from: $0.0, to: $0.1) } }

  /// Steps to a node; 0 where nothing leads to it.
  func toNode(_ node: Int) -> Int {
    var reached = Set(edges.filter { $0.from == nil }.map(\.to))
    var steps = 1
    while !reached.contains(node) {
      let next = Set(edges.filter { reached.contains($0.from ?? -1) }.map(\.to))
      if next.isSubset(of: reached) { return 0 }
      reached.formUnion(next)
      steps += 1
    }
    return steps
  }
}
