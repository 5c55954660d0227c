import HardwareSpec

/// Cuts populations into parts of a core's size, and puts parts on common cores where they fit.
///
/// A part takes columns for its neurons and row pairs for all senders of its population. First
/// fit: the first core with enough of both takes the part. Row pairs are not shared between
/// populations, even where they have a sender in common.
struct Partition {
  private let geometry: ChipGeometry

  init(_ options: CompileOptions) { geometry = options.spec.geometry }

  func partition(_ split: SplitNetwork, _ log: inout CompileLog) -> PartitionedNetwork {
    var result = PartitionedNetwork(split: split, parts: [], clusters: [])
    var columns: [Int] = []
    for (index, population) in result.network.populations.enumerated() {
      let projections = result.network.projections(to: population.name)
      let pairs = projections.reduce(0) { $0 + result.pairs(ofProjection: $1) }
      if pairs > geometry.rowPairsPerCore {
        log.add(
          .rowPairs(layer: population.name, needed: pairs, available: geometry.rowPairsPerCore))
      } else {
        cut(index, projections, pairs, &columns, &result)
      }
      log.add(result.layer(index, projections))
    }
    if result.coreCount > geometry.coreCount {
      log.add(.cores(needed: result.coreCount, available: geometry.coreCount))
    }
    return result
  }

  private func cut(
    _ population: Int, _ projections: [Int], _ pairs: Int, _ columns: inout [Int],
    _ result: inout PartitionedNetwork
  ) {
    let (size, all) = (
      geometry.circuitsPerCore, result.network.populations[population].neurons.count
    )
    for first in stride(from: 0, to: all, by: size) {
      let count = min(size, all - first)
      let cluster = room(columns: count, pairs: pairs, &columns, &result)
      result.parts.append(
        PopulationPart(
          population: population, neurons: (first..<first + count).map { Int32($0) },
          cluster: cluster, firstColumn: columns[cluster]))
      columns[cluster] += count
      for projection in projections { result.addBundle(projection, cluster) }
    }
  }

  private func room(
    columns: Int, pairs: Int, _ used: inout [Int], _ result: inout PartitionedNetwork
  ) -> Int {
    let fitting = used.indices.firstIndex {
      used[$0] + columns <= geometry.circuitsPerCore
        && result.clusters[$0].cores[0].pairCount + pairs <= geometry.rowPairsPerCore
    }
    if let fitting { return fitting }
    used.append(0)
    result.clusters.append(CoreCluster(cores: [PlannedCore(bundles: [])]))
    return used.count - 1
  }
}

extension PlannedCore {
  /// Row pairs of all bundles.
  var pairCount: Int { bundles.last.map { $0.firstPair + $0.pairCount } ?? 0 }
}

extension PartitionedNetwork {
  fileprivate func pairs(ofProjection projection: Int) -> Int {
    let quantised = quantised.projections[projection]
    return (0..<network.projections[projection].synapses.senderCount).reduce(0) {
      $0 + quantised.copies(ofSender: $1)
    }
  }

  fileprivate mutating func addBundle(_ projection: Int, _ cluster: Int) {
    let senders = network.projections[projection].synapses.senderCount
    clusters[cluster].cores[0].bundles.append(
      RowBundle(
        projections: [projection], senders: (0..<senders).map { Int32($0) },
        firstPair: clusters[cluster].cores[0].pairCount,
        pairCount: pairs(ofProjection: projection)))
  }

  fileprivate func layer(_ index: Int, _ projections: [Int]) -> CompileReport.Layer {
    let population = network.populations[index]
    let here = Set(parts.filter { $0.population == index }.map(\.cluster))
    let rows = here.flatMap { clusters[$0].cores }.flatMap(\.bundles)
      .filter { $0.projections.contains(where: projections.contains) }
    return CompileReport.Layer(
      name: population.name, neurons: population.neurons.count,
      synapses: projections.reduce(0) {
        $0 + pairs(ofProjection: $1) * population.neurons.count
      },
      rows: 2 * rows.reduce(0) { $0 + $1.pairCount },
      clipped: projections.reduce(0) { $0 + quantised.projections[$1].clipped },
      quantisationSNRdB: projections.compactMap { quantised.projections[$0].signalToNoise }.min(),
      scale: projections.first.map { quantised.projections[$0].weightPerStep } ?? 0,
      addedTicks: 0)
  }
}
