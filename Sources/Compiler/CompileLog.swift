import ChipInterface
import HardwareSpec

/// What the passes have to say to people, collected over the whole compilation.
struct CompileLog {
  private(set) var report: CompileReport
  /// How long each pass took.
  private(set) var passes: [CompileReport.PassTime] = []
  private let strict: Bool
  private var passBegan = ContinuousClock.now
  let keepsDumps: Bool

  init(network: String, _ options: CompileOptions) {
    (strict, keepsDumps) = (options.strict, options.keepsDumps)
    report = CompileReport(
      network: network, chip: options.spec.name, specHash: options.spec.hash, seed: options.seed)
  }

  /// Goes on for another chip.
  mutating func move(to spec: ChipSpec) {
    (report.chip, report.specHash) = (spec.name, spec.hash)
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

  /// Adds what rounding has kept of a layer's weights, where registers alone cannot tell.
  mutating func setQuality(ofLayer index: Int, signalToNoise: Double?, scale: Double) {
    guard report.layers.indices.contains(index) else { return }
    report.layers[index].quantisationSNRdB = signalToNoise
    report.layers[index].scale = scale
  }

  /// Proves a stage's invariants, unless misfits are known that may break them.
  mutating func check(_ stage: some Stage, on spec: ChipSpec) throws(CompilerError) {
    if report.misfits.isEmpty { _ = try stage.checked(on: spec) }
    finished(type(of: stage).stageName)
  }

  /// Stops where later passes could make nothing of the network; what `strict` refuses is none of it.
  func stopAtContradictions() throws(CompilerError) {
    let isApproximated = report.misfits.allSatisfy {
      if case .approximated = $0 { true } else { false }
    }
    guard isApproximated else { throw .doesNotFit(report) }
  }

  func stopAtMisfits() throws(CompilerError) {
    guard report.misfits.isEmpty else { throw .doesNotFit(report) }
  }

  /// Takes down how long a pass took: all that was since the last one, or since the beginning.
  mutating func finished(_ pass: String) {
    let now = ContinuousClock.now
    let duration = (now - passBegan).components
    passes.append(
      .init(
        name: pass, seconds: Double(duration.seconds) + Double(duration.attoseconds) * 1e-18))
    passBegan = now
  }
}

extension CompileLog {
  /// Takes down which nodes of the file each layer was made of, so that misfits can say it.
  mutating func account(for lowered: SpikingNetwork) {
    for population in lowered.populations {
      let nodes = lowered.projections.filter { $0.target == population.name }.flatMap(\.nodes)
      report.nodesOfLayer[population.name] = nodes + [population.name]
    }
    for projection in lowered.projections where report.nodesOfLayer[projection.name] == nil {
      report.nodesOfLayer[projection.name] = projection.nodes
    }
  }

  /// Takes down what volts mean and which projections lead where, so that remedies can say it.
  mutating func account(for quantised: QuantisedNetwork) {
    report.scales = quantised.populations.map(\.scale)
    for (projection, scaled) in zip(quantised.network.projections, quantised.projections) {
      report.fanIn[projection.target, default: []].append(
        .init(
          projection: projection.name, senders: projection.synapses.senderCount,
          copies: scaled.senderCopies.max() ?? scaled.copies))
    }
  }

  /// Fills in the layers of a network that is cut into parts, whether it fits or not.
  mutating func account(
    for partitioned: PartitionedNetwork, of lowered: SpikingNetwork, _ options: CompileOptions
  ) -> SynapseCensus {
    let rates = options.eventRates
    let census = SynapseCensus(partitioned, rates)
    report.layers = LayerAccount(partitioned, census, rates)
      .layers(lowered, ticksPerStep: options.ticksPerStep)
    for layer in report.layers {
      if layer.deadNeurons > 0 {
        add(.deadNeurons(layer: layer.name, neurons: layer.deadNeurons, of: layer.neurons))
      }
      if layer.deadSenders > 0 {
        add(.deadSenders(layer: layer.name, senders: layer.deadSenders))
      }
    }
    return census
  }

  /// Fills in what only the finished mapping can tell.
  mutating func account(
    for routed: RoutedNetwork, _ census: SynapseCensus, readout: ReadoutRule,
    _ options: CompileOptions
  ) {
    let (spec, ticks) = (options.spec, options.durationTicks)
    let chip = ChipAccount(routed, census, options.eventRates, options)
    report.coresUsed = routed.placed.partitioned.coreCount
    report.resources = chip.resources
    report.cores = chip.cores
    report.links = chip.traffic.links
    report.hops = chip.traffic.hops
    report.worstLinkLoad = chip.traffic.links.map(\.senders).max() ?? 0
    let events = chip.events(ticks: ticks)
    report.events = events
    report.energy = chip.energy(events, ticks: ticks, readout: readout)
    report.metrics = chip.metrics(ticks: ticks)
    let latency = EventLatency(routed.placed, on: spec)
    for index in report.layers.indices where latency.added.indices.contains(index) {
      report.layers[index].addedTicks =
        Double(latency.added[index]) / Double(spec.time.cyclesPerTick)
    }
    let read = routed.placed.partitioned.network.position(of: readout.population)
    report.estimatedLatencyCycles = read.flatMap { latency.firstEffect[$0] } ?? 0
  }

  /// The same for a register-level network, whose stages end with its routes.
  mutating func account(
    forCores cores: Int, routes: [SpikeRoute], steps: Int,
    resources: CompileReport.Resources, on spec: ChipSpec
  ) {
    (report.coresUsed, report.resources) = (cores, resources)
    report.resources?.cores = .init(used: cores, available: spec.geometry.coreCount)
    for index in report.layers.indices {
      report.layers[index].circuits = report.layers[index].neurons
    }
    let traffic = LinkTraffic(routes, on: spec) { _ in SpikeRates.usual }
    (report.links, report.hops) = (traffic.links, traffic.hops)
    report.worstLinkLoad = traffic.links.map(\.senders).max() ?? 0
    // A step of a digital chip is one clock cycle.
    report.estimatedLatencyCycles = steps
  }
}

extension CompileOptions {
  /// The rates that link loads and energies are reckoned with.
  var eventRates: EventRates { EventRates(rates) }
}
