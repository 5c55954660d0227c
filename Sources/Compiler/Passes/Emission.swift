import ChipInterface
import HardwareSpec

/// Writes a routed network down as an image.
struct Emission {
  private let options: CompileOptions

  init(_ options: CompileOptions) { self.options = options }

  private var spec: ChipSpec { options.spec }

  func emit(_ routed: RoutedNetwork) -> ChipImage {
    let placed = routed.placed
    let index = EmissionIndex(placed)
    let clusters = placed.cores.indices.map { ClusterEmission(placed, $0, index, spec) }
    var cores = index.slots.map { clusters[$0.cluster].core($0.number) }
    WeightEmission(placed, index, spec).write(to: &cores)
    var maps = EmptyMaps(placed.partitioned.quantised).maps
    for cluster in clusters { cluster.addBlocks(to: &maps) }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: routed.inputRoutes,
      spikeRoutes: routed.spikeRoutes, io: description(placed, index, maps))
    image.delayedInputs = routed.delayedInputs
    image.groups = clusters.flatMap(\.groups)
    return image
  }

  private func description(
    _ placed: PlacedNetwork, _ index: EmissionIndex, _ maps: [ProjectionMap]
  ) -> ImageIO {
    let network = placed.partitioned.network
    return ImageIO(
      network: network.name,
      populations: network.populations.indices.map { population($0, placed, index) },
      projections: maps,
      durationTicks: options.durationTicks, dt: options.dt / Double(options.ticksPerStep),
      coding: options.coding, readout: options.readout ?? readout(network))
  }

  private func readout(_ network: SpikingNetwork) -> ReadoutRule {
    let fires = network.populations.first { $0.name == network.readout }?.fires ?? false
    return ReadoutRule(
      population: network.readout, measure: fires ? .mostSpikes : .highestPotential)
  }

  /// Where the neurons of a population sit, in their order.
  private func population(
    _ number: Int, _ placed: PlacedNetwork, _ index: EmissionIndex
  ) -> Population {
    var ranges: [CircuitRange] = []
    let places = index.places[number]
    for (cluster, column) in zip(places.clusters, places.columns) where cluster >= 0 {
      let (core, column) = (placed.cores[Int(cluster)][0], Int(column))
      if let last = ranges.last, last.core == core, last.firstColumn + last.count == column {
        ranges[ranges.count - 1].count += 1
      } else {
        ranges.append(CircuitRange(core: core, firstColumn: column, count: 1))
      }
    }
    return Population(name: placed.partitioned.network.populations[number].name, ranges: ranges)
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
