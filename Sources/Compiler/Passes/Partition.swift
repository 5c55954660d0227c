import HardwareSpec

/// Cuts populations into parts of a core's size, and puts parts on common cores where they fit.
///
/// A part takes columns for its neurons and row pairs for all senders of its population. First
/// fit: the first core with enough of both takes the part. Row pairs are not shared between
/// populations, even where they have a sender in common.
struct Partition {
  private let geometry: ChipGeometry

  init(_ spec: ChipSpec) { geometry = spec.geometry }

  func partition(_ scaled: ScaledNetwork, _ log: inout CompileLog) -> PartitionedNetwork {
    var result = PartitionedNetwork(scaled: scaled, parts: [], rows: [], groupCount: 0)
    var groups: [Group] = []
    for (index, population) in scaled.network.populations.enumerated() {
      let projections = scaled.network.projections(to: population.name)
      let pairs = projections.reduce(0) { $0 + scaled.lines($1) }
      if pairs > geometry.rowPairsPerCore {
        log.add(
          .rowPairs(layer: population.name, needed: pairs, available: geometry.rowPairsPerCore))
      } else {
        for part in cut(population, index, pairs, &groups) {
          result.add(part.part, projections, firstPair: part.firstPair)
        }
      }
      log.add(layer(index, projections, result))
    }
    result.groupCount = groups.count
    if groups.count > geometry.coreCount {
      log.add(.cores(needed: groups.count, available: geometry.coreCount))
    }
    return result
  }

  /// Columns and row pairs in use on one core.
  private struct Group { var columns, pairs: Int }

  private func cut(
    _ population: SpikingPopulation, _ index: Int, _ pairs: Int, _ groups: inout [Group]
  ) -> [(part: PopulationPart, firstPair: Int)] {
    let (size, all) = (geometry.circuitsPerCore, population.neurons.count)
    return stride(from: 0, to: all, by: size).map { first in
      let count = min(size, all - first)
      let group = room(columns: count, pairs: pairs, &groups)
      let part = PopulationPart(
        population: index, firstNeuron: first, count: count, group: group,
        firstColumn: groups[group].columns)
      let firstPair = groups[group].pairs
      groups[group].columns += count
      groups[group].pairs += pairs
      return (part, firstPair)
    }
  }

  private func room(columns: Int, pairs: Int, _ groups: inout [Group]) -> Int {
    let fitting = groups.firstIndex {
      $0.columns + columns <= geometry.circuitsPerCore
        && $0.pairs + pairs <= geometry.rowPairsPerCore
    }
    if let fitting { return fitting }
    groups.append(Group(columns: 0, pairs: 0))
    return groups.count - 1
  }

  private func layer(
    _ index: Int, _ projections: [Int], _ result: PartitionedNetwork
  ) -> CompileReport.Layer {
    let scaled = result.scaled
    let population = scaled.network.populations[index]
    let rows = result.rows.filter { result.parts[$0.part].population == index }
    return CompileReport.Layer(
      name: population.name, neurons: population.neurons.count,
      synapses: projections.reduce(0) { $0 + scaled.lines($1) * population.neurons.count },
      rows: 2 * rows.reduce(0) { $0 + $1.count },
      clipped: projections.reduce(0) { $0 + scaled.projections[$1].clipped },
      quantisationSNRdB: projections.compactMap { scaled.projections[$0].signalToNoise }.min(),
      scale: projections.first.map { scaled.projections[$0].weightPerStep } ?? 0, addedTicks: 0)
  }
}

extension PartitionedNetwork {
  fileprivate mutating func add(_ part: PopulationPart, _ projections: [Int], firstPair: Int) {
    parts.append(part)
    var pair = firstPair
    for projection in projections {
      let count = scaled.lines(projection)
      rows.append(
        PartRows(part: parts.count - 1, projection: projection, firstPair: pair, count: count))
      pair += count
    }
  }
}
