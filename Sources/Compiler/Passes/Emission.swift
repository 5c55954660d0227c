import ChipInterface
import HardwareSpec

/// Writes a routed network down as an image.
struct Emission {
  private let options: CompileOptions

  init(_ options: CompileOptions) { self.options = options }

  private var spec: ChipSpec { options.spec }

  func emit(_ routed: RoutedNetwork) -> ChipImage {
    let placed = routed.placed
    var cores: [CoreOnChip: CoreImage] = [:]
    var maps = EmptyMaps(placed.partitioned.quantised).maps
    for index in placed.partitioned.clusters.indices {
      let cluster = ClusterEmission(placed, index, spec)
      for core in cluster.cores() { cores[core.core] = core }
      cluster.addBlocks(to: &maps)
    }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash,
      cores: cores.keys.sorted().compactMap { cores[$0] }, inputRoutes: routed.inputRoutes,
      spikeRoutes: routed.spikeRoutes, io: description(placed, maps))
    image.delayedInputs = routed.delayedInputs
    image.groups = placed.partitioned.clusters.indices.flatMap {
      ClusterEmission(placed, $0, spec).groups
    }
    return image
  }

  private func description(_ placed: PlacedNetwork, _ maps: [ProjectionMap]) -> ImageIO {
    let network = placed.partitioned.network
    return ImageIO(
      network: network.name,
      populations: network.populations.indices.map { population($0, placed) }, projections: maps,
      durationTicks: options.durationTicks, dt: options.dt / Double(options.ticksPerStep),
      coding: options.coding, readout: options.readout ?? readout(network))
  }

  private func readout(_ network: SpikingNetwork) -> ReadoutRule {
    let fires = network.populations.first { $0.name == network.readout }?.fires ?? false
    return ReadoutRule(
      population: network.readout, measure: fires ? .mostSpikes : .highestPotential)
  }

  /// Where the neurons of a population sit, in their order.
  private func population(_ index: Int, _ placed: PlacedNetwork) -> Population {
    let partitioned = placed.partitioned
    let population = partitioned.network.populations[index]
    var places = [(core: CoreOnChip, column: Int)?](
      repeating: nil, count: population.neurons.count)
    for part in partitioned.parts where part.population == index {
      let core = placed.cores[part.cluster][0]
      for (i, neuron) in part.neurons.enumerated() {
        places[Int(neuron)] = (core, placed.column(part.firstColumn + i, ofCluster: part.cluster))
      }
    }
    var ranges: [CircuitRange] = []
    for case .some(let place) in places {
      if let last = ranges.last, last.core == place.core,
        last.firstColumn + last.count == place.column
      {
        ranges[ranges.count - 1].count += 1
      } else {
        ranges.append(CircuitRange(core: place.core, firstColumn: place.column, count: 1))
      }
    }
    return Population(name: population.name, ranges: ranges)
  }
}

/// The maps of a network's projections before their blocks are known.
private struct EmptyMaps {
  let maps: [ProjectionMap]

  init(_ quantised: QuantisedNetwork) {
    maps = zip(quantised.network.projections, quantised.projections).map { projection, scaled in
      var map = ProjectionMap(
        name: projection.name, source: projection.source, target: projection.target,
        sourceCount: projection.synapses.senderCount,
        targetCount: projection.synapses.receiverCount, copies: scaled.copies,
        weightPerStep: scaled.weightPerStep, blocks: [])
      map.senderCopies = scaled.senderCopies
      map.receiverScales = scaled.receiverScales
      return map
    }
  }
}
