import ChipInterface
import HardwareSpec

/// Writes a routed network down as an image.
struct Emission {
  private let options: CompileOptions

  init(_ options: CompileOptions) { self.options = options }

  private var spec: ChipSpec { options.spec }

  func emit(_ routed: RoutedNetwork) throws(CompilerError) -> ChipImage {
    let network = routed.placed.partitioned.scaled.network
    let maps = network.projections.indices.map { map($0, routed.placed) }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores(routed.placed),
      inputRoutes: routed.inputRoutes, spikeRoutes: routed.spikeRoutes,
      io: description(routed.placed, maps))
    for (projection, map) in zip(network.projections, maps) {
      let blocks = try Quantiser(map, on: spec).quantise(projection.weights).blocks
      do {
        try image.apply(blocks, on: spec)
      } catch {
        throw .brokenInvariants(stage: "emit", [error.description])
      }
    }
    return image
  }

  private func cores(_ placed: PlacedNetwork) -> [CoreImage] {
    let partitioned = placed.partitioned
    let cores = placed.cores.enumerated().map { group, core in
      let parts = partitioned.parts.filter { $0.group == group }
        .sorted { $0.firstColumn < $1.firstColumn }
      let circuits = parts.flatMap {
        partitioned.scaled.populations[$0.population]
          .circuits[$0.firstNeuron..<$0.firstNeuron + $0.count]
      }
      return CoreImage(core, circuits: circuits, on: spec.geometry)
    }
    return cores.sorted { $0.core < $1.core }
  }

  private func description(_ placed: PlacedNetwork, _ maps: [ProjectionMap]) -> ImageIO {
    let (partitioned, network) = (placed.partitioned, placed.partitioned.scaled.network)
    let populations = network.populations.enumerated().map { index, population in
      Population(
        name: population.name,
        ranges: partitioned.parts.filter { $0.population == index }.map {
          CircuitRange(
            core: placed.cores[$0.group], firstColumn: $0.firstColumn, count: $0.count)
        })
    }
    return ImageIO(
      network: network.name, populations: populations, projections: maps,
      durationTicks: options.durationTicks, dt: options.dt / Double(options.ticksPerStep),
      coding: options.coding, readout: options.readout ?? readout(network))
  }

  private func readout(_ network: SpikingNetwork) -> ReadoutRule {
    let fires = network.populations.first { $0.name == network.readout }?.fires ?? false
    return ReadoutRule(
      population: network.readout, measure: fires ? .mostSpikes : .highestPotential)
  }

  private func map(_ index: Int, _ placed: PlacedNetwork) -> ProjectionMap {
    let (partitioned, scaled) = (placed.partitioned, placed.partitioned.scaled)
    let projection = scaled.network.projections[index]
    let target = scaled.network.populations.first { $0.name == projection.target }
    return ProjectionMap(
      name: projection.name, source: projection.source, target: projection.target,
      sourceCount: scaled.network.sourceCount(projection),
      targetCount: target?.neurons.count ?? 0, copies: scaled.projections[index].copies,
      weightPerStep: scaled.projections[index].weightPerStep,
      blocks: partitioned.rows.filter { $0.projection == index }.map { rows in
        let part = partitioned.parts[rows.part]
        return ProjectionBlock(
          core: placed.cores[part.group], firstPair: rows.firstPair, pairCount: rows.count,
          firstColumn: part.firstColumn, columnCount: part.count, firstLine: 0,
          firstTarget: part.firstNeuron)
      })
  }
}
