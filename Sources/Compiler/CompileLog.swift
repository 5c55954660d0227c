import ChipInterface
import HardwareSpec

/// What the passes have to say to people, collected over the whole compilation.
struct CompileLog {
  private(set) var report: CompileReport
  private let strict: Bool
  let keepsDumps: Bool

  init(network: String, _ options: CompileOptions) {
    (strict, keepsDumps) = (options.strict, options.keepsDumps)
    report = CompileReport(
      network: network, chip: options.spec.name, specHash: options.spec.hash, seed: options.seed)
  }

  mutating func add(_ misfit: Misfit) { report.misfits.append(misfit) }

  mutating func add(_ approximation: Approximation) {
    report.approximations.append(approximation)
    if strict { add(.approximated(approximation)) }
  }

  /// Keeps the text of a stage, numbered in the order of passes.
  mutating func addDump(_ name: String, _ text: String) {
    report.dumps.append(StageDump(number: report.dumps.count + 1, name: name, text: text))
  }

  mutating func add(_ note: CompileNote) { report.notes.append(note) }

  mutating func add(_ layer: CompileReport.Layer) { report.layers.append(layer) }

  /// Proves a stage's invariants, unless misfits are known that may break them.
  func check(_ stage: some Stage, on spec: ChipSpec) throws(CompilerError) {
    if report.misfits.isEmpty { _ = try stage.checked(on: spec) }
  }

  func stopAtMisfits() throws(CompilerError) {
    guard report.misfits.isEmpty else { throw .doesNotFit(report) }
  }
}

extension CompileLog {
  /// Fills in what only the finished mapping can tell.
  mutating func account(for routed: RoutedNetwork, on spec: ChipSpec, durationTicks: Int) {
    let (placed, geometry) = (routed.placed, spec.geometry)
    let partitioned = placed.partitioned
    report.coresUsed = placed.partitioned.coreCount
    report.resources = resources(routed, geometry)
    let traffic = MeshTraffic(routed.spikeRoutes, on: geometry)
    (report.hops, report.worstLinkLoad) = (traffic.hops, traffic.worstLinkLoad)
    var arrival: [Int] = []
    for index in partitioned.network.populations.indices {
      let (added, total) = placed.latency(ofPopulation: index, arrivals: arrival, spec)
      arrival.append(total)
      report.layers[index].addedTicks = Double(added) / Double(spec.time.cyclesPerTick)
    }
    report.estimatedLatencyCycles = arrival.max() ?? 0
    report.estimatedEnergyJoule = spec.energy.map { energy in
      let standby = energy.standbyWatts(of: geometry)
      let seconds =
        Double(durationTicks) * spec.time.tickSeconds + energy.setUpSecondsPerSample
      return (standby.circuits + standby.rest) * seconds
    }
  }

  /// The same for a register-level network, whose stages end with its routes.
  mutating func account(
    forCores cores: Int, routes: [SpikeRoute], steps: Int,
    resources: CompileReport.Resources, on geometry: ChipGeometry
  ) {
    (report.coresUsed, report.resources) = (cores, resources)
    let traffic = MeshTraffic(routes, on: geometry)
    (report.hops, report.worstLinkLoad) = (traffic.hops, traffic.worstLinkLoad)
    // A step of a digital chip is one clock cycle.
    report.estimatedLatencyCycles = steps
  }

  private func resources(
    _ routed: RoutedNetwork, _ geometry: ChipGeometry
  ) -> CompileReport.Resources {
    let (cores, columns) = (geometry.coreCount, geometry.circuitsPerCore)
    let pairs = routed.placed.partitioned.clusters.flatMap(\.cores).reduce(0) { $0 + $1.pairCount }
    return CompileReport.Resources(
      neurons: .init(
        used: report.layers.reduce(0) { $0 + $1.neurons }, available: cores * columns),
      rows: .init(used: 2 * pairs, available: cores * geometry.synapseRowsPerCore),
      synapses: .init(
        used: report.layers.reduce(0) { $0 + $1.synapses },
        available: cores * geometry.rowPairsPerCore * columns),
      axons: .init(
        used: routed.inputRoutes.count + routed.spikeRoutes.count,
        available: cores * geometry.rowPairsPerCore))
  }
}

extension PlacedNetwork {
  /// Clock cycles from an event to its effect on a population: of its slowest projection alone,
  /// and from the input, given when each earlier population is reached.
  ///
  /// An event of tick t, cycle c acts at (t + 1, c) plus the route's latency.
  fileprivate func latency(
    ofPopulation index: Int, arrivals: [Int], _ spec: ChipSpec
  ) -> (added: Int, total: Int) {
    let network = partitioned.network
    var (added, total) = (0, 0)
    for projection in network.projections(to: network.populations[index].name) {
      let source = network.projections[projection].source
      let sender = network.populations.firstIndex { $0.name == source }
      let hops = sender.map { farthest($0, index, spec.geometry) } ?? 0
      let cycles =
        spec.time.cyclesPerTick + spec.events.localLatencyCycles
        + hops * spec.events.hopLatencyCycles
      added = max(added, cycles)
      total = max(total, cycles + (sender.map { $0 < arrivals.count ? arrivals[$0] : 0 } ?? 0))
    }
    return (added, total)
  }

  private func farthest(_ from: Int, _ to: Int, _ geometry: ChipGeometry) -> Int {
    func cores(_ population: Int) -> [CoreOnChip] {
      partitioned.parts.filter { $0.population == population }.map { self.cores[$0.cluster][0] }
    }
    return cores(from).flatMap { a in cores(to).map { geometry.hops(from: a, to: $0) } }.max() ?? 0
  }
}
