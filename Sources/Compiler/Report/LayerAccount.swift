import HardwareSpec

/// What each population of a partitioned network takes; parts may be missing where it does not fit.
struct LayerAccount {
  private let partitioned: PartitionedNetwork
  private let census: SynapseCensus
  private let rates: EventRates
  private let incoming: [[Int]]

  init(_ partitioned: PartitionedNetwork, _ census: SynapseCensus, _ rates: EventRates) {
    (self.partitioned, self.census, self.rates) = (partitioned, census, rates)
    let network = partitioned.network
    let positions = Dictionary(
      network.populations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    var incoming = [[Int]](repeating: [], count: network.populations.count)
    for (index, projection) in network.projections.enumerated() {
      if let target = positions[projection.target] { incoming[target].append(index) }
    }
    self.incoming = incoming
  }

  /// One layer a population; `lowered` is the network as its file has it.
  func layers(_ lowered: SpikingNetwork, ticksPerStep: Int) -> [CompileReport.Layer] {
    let (rows, places) = (rowsOfPopulations, placesOfPopulations)
    return partitioned.network.populations.indices.map { index in
      var layer = synapses(of: index)
      (layer.rows, layer.circuits, layer.cores) = (
        rows[index], places[index].circuits, places[index].cores
      )
      layer.deadNeurons = deadNeurons(of: index)
      layer.shortestTimeSteps = lowered.populations.first { $0.name == layer.name }
        .flatMap { $0.shortestTicks }.map { $0 / Double(ticksPerStep) }
      if layer.neurons > 0 {
        layer.ratePerTick = rates.total(partitioned.network.populations[index]) / Double(layer.neurons)
      }
      return layer
    }
  }

  private func synapses(of index: Int) -> CompileReport.Layer {
    let population = partitioned.network.populations[index]
    let projections = incoming[index]
    let scaled = projections.map { partitioned.quantised.projections[$0] }
    var layer = CompileReport.Layer(
      name: population.name, neurons: population.neurons.count,
      synapses: projections.reduce(0) { $0 + census.projections[$1].stored }, rows: 0,
      clipped: scaled.reduce(0) { $0 + $1.clipped },
      quantisationSNRdB: scaled.compactMap(\.signalToNoise).min(),
      scale: scaled.first?.weightPerStep ?? 0, addedTicks: 0)
    layer.deadSenders = projections.reduce(0) { $0 + census.projections[$1].deadSenders }
    let shared = projections.map { partitioned.network.projections[$0] }
    if shared.contains(where: { $0.sharedWeights != nil }) {
      layer.sharedWeights = shared.reduce(0) { $0 + ($1.sharedWeights ?? $1.synapses.count) }
    }
    return layer
  }

  /// Rows that serve each population; a row that serves two counts for both.
  private var rowsOfPopulations: [Int] {
    var rows = [Int](repeating: 0, count: incoming.count)
    var target = [Int](repeating: 0, count: partitioned.network.projections.count)
    for (index, projections) in incoming.enumerated() {
      for projection in projections { target[projection] = index }
    }
    for bundle in partitioned.clusters.lazy.flatMap(\.cores).flatMap(\.bundles) {
      for projection in bundle.projections { rows[target[projection]] += 2 * bundle.pairCount }
    }
    return rows
  }

  private var placesOfPopulations: [(circuits: Int, cores: Int)] {
    var places = [(circuits: Int, cores: Int)](repeating: (0, 0), count: incoming.count)
    var last = [Int](repeating: -1, count: incoming.count)
    for part in partitioned.parts.sorted(by: { $0.cluster < $1.cluster }) {
      let joined = partitioned.clusters[part.cluster].cores.count
      places[part.population].circuits += part.neurons.count * joined
      if last[part.population] != part.cluster { places[part.population].cores += joined }
      last[part.population] = part.cluster
    }
    return places
  }

  private func deadNeurons(of index: Int) -> Int {
    let population = partitioned.network.populations[index]
    return zip(population.neurons, census.isReached[index]).count { neuron, isReached in
      let driven = neuron.leak + neuron.biasShift >= neuron.threshold
      return !isReached && !(population.fires && driven)
    }
  }
}

extension SpikingPopulation {
  /// The shortest time constant of its neurons, in ticks; nil where they have none.
  fileprivate var shortestTicks: Double? {
    let times = neurons.flatMap { [$0.membraneTicks] + ($0.synapticTicks.map { [$0] } ?? []) }
    return times.filter(\.isFinite).min()
  }
}
