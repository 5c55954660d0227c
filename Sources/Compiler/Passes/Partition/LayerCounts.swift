/// What each population takes, for the report.
struct LayerCounts {
  let layers: [CompileReport.Layer]

  init(_ partitioned: PartitionedNetwork) {
    let (network, quantised) = (partitioned.network, partitioned.quantised)
    let numbers = Dictionary(
      network.populations.indices.map { (network.populations[$0].name, $0) },
      uniquingKeysWith: { a, _ in a })
    var incoming = [[Int]](repeating: [], count: network.populations.count)
    for (index, projection) in network.projections.enumerated() {
      if let target = numbers[projection.target] { incoming[target].append(index) }
    }
    var pairs = [Int](repeating: 0, count: network.populations.count)
    for bundle in partitioned.clusters.lazy.flatMap(\.cores).flatMap(\.bundles) {
      let targets = Set(bundle.projections.compactMap { numbers[network.projections[$0].target] })
      for target in targets { pairs[target] += bundle.pairCount }
    }
    layers = network.populations.indices.map { index in
      let projections = incoming[index].map { quantised.projections[$0] }
      return CompileReport.Layer(
        name: network.populations[index].name, neurons: network.populations[index].neurons.count,
        synapses: incoming[index].reduce(0) { sum, projection in
          sum
            + Self.stored(
              network.projections[projection].synapses, quantised.projections[projection])
        },
        rows: 2 * pairs[index], clipped: projections.reduce(0) { $0 + $1.clipped },
        quantisationSNRdB: projections.compactMap(\.signalToNoise).min(),
        scale: projections.first?.weightPerStep ?? 0, addedTicks: 0)
    }
  }

  /// Stored synapses, copies counted.
  private static func stored(_ synapses: SynapseMatrix, _ scaled: QuantisedProjection) -> Int {
    guard !scaled.senderCopies.isEmpty else { return synapses.count * scaled.copies }
    return (0..<synapses.senderCount).reduce(0) {
      $0 + synapses.synapses(of: $1).count * scaled.senderCopies[$1]
    }
  }
}
