import ChipInterface
import HardwareSpec

/// What a routed network takes of the chip: parts, cores, events, energy.
struct ChipAccount {
  private let routed: RoutedNetwork
  private let census: SynapseCensus
  private let rates: EventRates
  private let spec: ChipSpec
  private let prohibited: ProhibitedParts
  let traffic: LinkTraffic

  init(
    _ routed: RoutedNetwork, _ census: SynapseCensus, _ rates: EventRates, _ options: CompileOptions
  ) {
    (self.routed, self.census, self.rates, spec) = (routed, census, rates, options.spec)
    prohibited = ProhibitedParts(options.defects, on: options.spec.geometry)
    let rateOf = routed.placed.ratesOfCircuits(rates, on: options.spec.geometry)
    let columns = options.spec.geometry.circuitsPerCore
    traffic = LinkTraffic(routed.spikeRoutes, on: options.spec) {
      rateOf[$0.core.index * columns + $0.column]
    }
  }

  private var partitioned: PartitionedNetwork { routed.placed.partitioned }
  private var geometry: ChipGeometry { spec.geometry }

  // MARK: Parts

  /// Circuits and cores that stand where the user put them.
  private var fixed: (circuits: Int, cores: Int) {
    let pinned = partitioned.pins.indices.filter { partitioned.pins[$0] != nil }
    let isPinned = Set(pinned)
    let circuits = partitioned.parts.filter { isPinned.contains($0.cluster) }.reduce(0) {
      $0 + $1.neurons.count * partitioned.clusters[$1.cluster].cores.count
    }
    return (circuits, pinned.reduce(0) { $0 + partitioned.clusters[$1].cores.count })
  }

  var resources: CompileReport.Resources {
    let (cores, columns) = (geometry.coreCount, geometry.circuitsPerCore)
    let neurons = partitioned.network.populations.reduce(0) { $0 + $1.neurons.count }
    let circuits = partitioned.parts.reduce(0) {
      $0 + $1.neurons.count * partitioned.clusters[$1.cluster].cores.count
    }
    let pairs = partitioned.clusters.lazy.flatMap(\.cores).reduce(0) { $0 + $1.pairCount }
    let inputs =
      Set(routed.inputRoutes.indices.filter { !routed.inputRoutes[$0].isEmpty })
      .union(routed.delayedInputs.map(\.channel))
    return CompileReport.Resources(
      neurons: .init(
        used: circuits, of: cores * columns, prohibited: prohibited.columns, fixed: fixed.circuits),
      rows: .init(
        used: 2 * pairs, of: cores * geometry.synapseRowsPerCore, prohibited: prohibited.rows),
      synapses: .init(
        used: census.projections.reduce(0) { $0 + $1.stored },
        of: cores * geometry.rowPairsPerCore * columns, prohibited: prohibited.synapses),
      axons: .init(
        used: inputs.count + Set(routed.spikeRoutes.map(\.source)).count,
        available: cores * geometry.rowPairsPerCore),
      cores: .init(
        used: partitioned.coreCount, of: cores, prohibited: prohibited.coreCount,
        fixed: fixed.cores),
      links: .init(
        used: traffic.links.count, of: spec.linkCount, prohibited: prohibited.linkCount),
      adcChannels: .init(used: neurons, of: cores * columns, prohibited: prohibited.columns))
  }

  var cores: [CompileReport.Core] {
    var parts = [[PopulationPart]](repeating: [], count: partitioned.clusters.count)
    for part in partitioned.parts { parts[part.cluster].append(part) }
    return partitioned.clusters.indices.flatMap { index in
      routed.placed.cores[index].indices.map { core(index, $0, parts[index]) }
    }.sorted { $0.index < $1.index }
  }

  private func core(
    _ cluster: Int, _ number: Int, _ parts: [PopulationPart]
  ) -> CompileReport.Core {
    let cores = routed.placed.cores[cluster]
    let (index, width) = (cores[number].index, geometry.meshColumns)
    let residents = parts.sorted { $0.firstColumn < $1.firstColumn }.map { part in
      CompileReport.Core.Resident(
        population: partitioned.network.populations[part.population].name,
        neurons: part.neurons.count,
        firstColumn: routed.placed.column(part.firstColumn, ofCluster: cluster))
    }
    return CompileReport.Core(
      index: index, x: index % width, y: index / width,
      columns: .init(
        used: parts.reduce(0) { $0 + $1.neurons.count }, of: geometry.circuitsPerCore,
        prohibited: prohibited.columns(of: index)),
      rows: .init(
        used: 2 * partitioned.clusters[cluster].cores[number].pairCount,
        of: geometry.synapseRowsPerCore, prohibited: prohibited.rows(of: index)),
      synapses: census.cores[cluster][number], populations: residents,
      joined: cores.count > 1 ? cores.map(\.index) : [])
  }

  // MARK: Events

  /// The events of a sample.
  func events(ticks: Int) -> EventEstimate {
    let (network, duration) = (partitioned.network, Double(ticks))
    var (inputs, rowEvents) = (0.0, 0.0)
    for (channel, targets) in routed.inputRoutes.enumerated() {
      inputs += rates.input(channel)
      rowEvents += rates.input(channel) * Double(targets.count)
    }
    for delayed in routed.delayedInputs {
      rowEvents += rates.input(delayed.channel) * Double(delayed.targets.count)
    }
    let rateOf = routed.placed.ratesOfCircuits(rates, on: geometry)
    for route in routed.spikeRoutes {
      let place = route.source.core.index * geometry.circuitsPerCore + route.source.column
      rowEvents += rateOf[place] * Double(route.targets.count)
    }
    let spikes = network.populations.reduce(0) { $0 + rates.total($1) }
    let passed = census.projections.reduce(0) { $0 + $1.passedPerTick }
    return EventEstimate(
      isMeasured: rates.isMeasured, inputEvents: inputs * duration, spikes: spikes * duration,
      rowEvents: rowEvents * duration, synapticEvents: passed * duration,
      hops: traffic.hopsPerTick * duration)
  }

  /// The energy of a sample by the chip file's energies; nil where it has none.
  func energy(_ events: EventEstimate, ticks: Int, readout: ReadoutRule) -> EnergyEstimate? {
    guard let energy = spec.energy else { return nil }
    let seconds = Double(ticks) * spec.time.tickSeconds + energy.setUpSecondsPerSample
    let standby = energy.standbyWatts(of: geometry)
    let channels = partitioned.network.populations.first { $0.name == readout.population }
    let sets = readout.measure == .highestPotential ? ticks / spec.readout.sampleEveryTicks : 0
    return EnergyEstimate(
      neurons: events.spikes * energy.spikeJoules + standby.circuits * seconds,
      synapses: events.synapticEvents * energy.synapticEventJoules
        + events.rowEvents * energy.rowEventJoules,
      network: events.rowEvents * energy.deliveredEventJoules + events.hops * energy.hopJoules,
      readout: Double(sets * (channels?.neurons.count ?? 0)) * energy.conversionJoules,
      standby: standby.rest * seconds)
  }

  // MARK: NeuroBench

  func metrics(ticks: Int) -> StaticMetrics {
    let network = partitioned.network
    let all = network.projections.reduce(0) {
      $0 + $1.synapses.senderCount * $1.synapses.receiverCount
    }
    let delayBits = network.projections.reduce(0) { sum, projection in
      sum + projection.delays.reduce(0, +)
    }
    let clusters = partitioned.clusters
    var columns = [Int](repeating: 0, count: clusters.count)
    for part in partitioned.parts { columns[part.cluster] += part.neurons.count }
    let places = clusters.indices.reduce(0) { sum, index in
      sum + clusters[index].cores.reduce(0) { $0 + $1.pairCount * columns[index] }
    }
    let circuits = clusters.indices.reduce(0) { $0 + columns[$1] * clusters[$1].cores.count }
    return StaticMetrics(
      weightBytes: StaticMetrics.bytes(2 * places * spec.synapse.weightBits),
      parameterBytes: StaticMetrics.bytes(circuits * StaticMetrics.bitsPerCircuit(spec.neuron)),
      bufferBytes: StaticMetrics.bytes(delayBits),
      weights: all, zeroWeights: all - census.projections.reduce(0) { $0 + $1.nonzero },
      denseOperations: all * ticks)
  }
}

extension PlacedNetwork {
  /// Spikes a tick of the circuit that fires for each neuron, by core and column.
  fileprivate func ratesOfCircuits(_ rates: EventRates, on geometry: ChipGeometry) -> [Double] {
    let columns = geometry.circuitsPerCore
    var list = [Double](repeating: 0, count: geometry.coreCount * columns)
    let populations = partitioned.network.populations.map { rates.neurons(of: $0) }
    for part in partitioned.parts {
      for (i, neuron) in part.neurons.enumerated() {
        let column = column(part.firstColumn + i, ofCluster: part.cluster)
        list[cores[part.cluster][0].index * columns + column] =
          populations[part.population][Int(neuron)]
      }
    }
    return list
  }
}
