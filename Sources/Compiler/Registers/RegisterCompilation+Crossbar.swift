import ChipInterface
import HardwareSpec

extension RegisterCompilation {
  /// Crossbar cores go onto the chip's cores in their order.
  func image(
    of body: CrossbarNetwork, _ log: inout CompileLog
  ) throws(CompilerError) -> ChipImage {
    try body.checkEnds()
    let digital = try digital(.crossbar, &log)
    var checks = RegisterChecks(spec, digital)
    checks.check(body.cores)
    checks.check(body.routes, longestDelay: digital.longestDelay)
    checks.misfits.forEach { log.add($0) }
    if body.cores.count > spec.geometry.coreCount {
      log.add(.cores(needed: body.cores.count, available: spec.geometry.coreCount))
    }
    try log.stopAtMisfits()
    let cores = Array(spec.geometry.cores.prefix(body.cores.count))
    let image = ChipImage(
      chipName: spec.name, specHash: spec.hash,
      cores: zip(cores, body.cores).map { CoreImage($0, digital: .crossbar($1)) },
      inputRoutes: body.inputs.map { pairs($0, cores) }, spikeRoutes: routes(of: body, cores),
      io: description(of: body, cores))
    account(for: body, image, &log)
    return image
  }

  private func pairs(_ axons: [CrossbarNetwork.Axon], _ cores: [CoreOnChip]) -> [RowPairOnChip] {
    axons.compactMap { RowPairOnChip(cores[$0.core], pair: $0.axon, on: spec.geometry) }.sorted()
  }

  /// One route for each neuron and delay.
  private func routes(of body: CrossbarNetwork, _ cores: [CoreOnChip]) -> [SpikeRoute] {
    let sorted = body.routes.sorted {
      ($0.core, $0.neuron, $0.delay, $0.target) < ($1.core, $1.neuron, $1.delay, $1.target)
    }
    var routes: [SpikeRoute] = []
    for route in sorted {
      guard
        let source = CircuitOnChip(cores[route.core], column: route.neuron, on: spec.geometry)
      else { continue }
      let (targets, delay) = (pairs([route.target], cores), UInt8(clamping: route.delay))
      if let last = routes.last, last.source == source, last.delayTicks == delay {
        routes[routes.count - 1].targets += targets
      } else {
        routes.append(SpikeRoute(source: source, targets: targets, delayTicks: delay))
      }
    }
    return routes
  }

  private func description(of body: CrossbarNetwork, _ cores: [CoreOnChip]) -> ImageIO {
    let populations = zip(cores, body.cores).enumerated().map { index, entry in
      Population(
        name: "core\(index)",
        ranges: [CircuitRange(core: entry.0, firstColumn: 0, count: entry.1.neurons.count)])
    }
    return ImageIO(
      network: network.name, populations: populations, projections: [],
      durationTicks: network.steps, dt: network.stepSeconds, coding: "",
      readout: ReadoutRule(population: populations.last?.name ?? "", measure: .mostSpikes))
  }

  private func account(
    for body: CrossbarNetwork, _ image: ChipImage, _ log: inout CompileLog
  ) {
    for (index, core) in body.cores.enumerated() {
      log.add(
        CompileReport.Layer(
          name: "core\(index)", neurons: core.neurons.count,
          synapses: core.synapses.reduce(0) { $0 + $1.count }, rows: core.axonTypes.count,
          clipped: 0, quantisationSNRdB: nil, scale: 1, addedTicks: 1))
    }
    let (geometry, layers) = (spec.geometry, log.report.layers)
    let axons = geometry.coreCount * geometry.rowPairsPerCore
    log.account(
      forCores: body.cores.count, routes: image.spikeRoutes, steps: body.latency,
      resources: CompileReport.Resources(
        neurons: .init(
          used: layers.reduce(0) { $0 + $1.neurons },
          available: geometry.coreCount * geometry.circuitsPerCore),
        rows: .init(used: layers.reduce(0) { $0 + $1.rows }, available: axons),
        synapses: .init(
          used: layers.reduce(0) { $0 + $1.synapses },
          available: axons * geometry.circuitsPerCore),
        axons: .init(
          used: image.inputRoutes.count + image.spikeRoutes.count, available: axons)),
      on: spec)
  }
}

extension CrossbarNetwork {
  /// Steps from an input event to its first effect on the last core; 0: it has none.
  fileprivate var latency: Int {
    let edges =
      inputs.joined().map { (Int?.none, $0.core) } + routes.map { (Int?($0.core), $0.target.core) }
    return StepDistance(edges).toNode(cores.count - 1)
  }
}

extension RegisterChecks {
  /// Delays of routes lie in the chip's range.
  mutating func check(_ routes: [CrossbarNetwork.Route], longestDelay: Int) {
    for route in routes {
      check("core \(route.core)", route.neuron, "delay", route.delay, 0...longestDelay)
    }
  }
}
