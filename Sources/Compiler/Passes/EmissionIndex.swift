import HardwareSpec

/// What emission looks up of a placed network again and again, found in one walk over its parts,
/// clusters and row bundles.
struct EmissionIndex {
  /// A core in use: which of which cluster.
  struct Slot {
    var core: CoreOnChip
    var cluster, number: Int
  }

  /// Where the neurons of a population sit: cluster and column on the chip; −1: nowhere.
  struct Places {
    var clusters, columns: [Int32]
  }

  /// Row pairs of a projection's senders on one core.
  struct Rows {
    var cluster, number, bundle: Int
  }

  /// The cores in use, ascending.
  let slots: [Slot]
  /// The position in ``slots`` of each cluster's cores.
  private(set) var slotOf: [[Int]]
  /// The parts of each cluster, by ascending column.
  private(set) var partsOf: [[PopulationPart]]
  /// Where each population's neurons sit.
  private(set) var places: [Places]
  /// The bundles that serve each projection.
  private(set) var rowsOf: [[Rows]]
  /// The population that each projection leads to.
  let targets: [Int]
  /// The first line of each sender, where a projection's senders differ in copies.
  private let lineStarts: [[Int]]

  init(_ placed: PlacedNetwork) {
    let partitioned = placed.partitioned
    let network = partitioned.network
    slots = placed.cores.enumerated().flatMap { cluster, cores in
      cores.enumerated().map { Slot(core: $1, cluster: cluster, number: $0) }
    }.sorted { $0.core < $1.core }
    slotOf = placed.cores.map { Array(repeating: 0, count: $0.count) }
    for (place, slot) in slots.enumerated() { slotOf[slot.cluster][slot.number] = place }
    partsOf = Array(repeating: [], count: placed.cores.count)
    places = network.populations.map {
      let none = [Int32](repeating: -1, count: $0.neurons.count)
      return Places(clusters: none, columns: none)
    }
    for part in partitioned.parts {
      partsOf[part.cluster].append(part)
      for (i, neuron) in part.neurons.enumerated() {
        let column = placed.column(part.firstColumn + i, ofCluster: part.cluster)
        places[part.population].clusters[Int(neuron)] = Int32(part.cluster)
        places[part.population].columns[Int(neuron)] = Int32(column)
      }
    }
    for cluster in partsOf.indices { partsOf[cluster].sort { $0.firstColumn < $1.firstColumn } }
    rowsOf = Array(repeating: [], count: network.projections.count)
    for (cluster, cores) in partitioned.clusters.enumerated() {
      for (number, core) in cores.cores.enumerated() {
        for (bundle, rows) in core.bundles.enumerated() {
          for projection in rows.projections {
            rowsOf[projection].append(Rows(cluster: cluster, number: number, bundle: bundle))
          }
        }
      }
    }
    let numbers = Dictionary(
      network.populations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    targets = network.projections.map { numbers[$0.target] ?? -1 }
    lineStarts = partitioned.quantised.projections.map { projection in
      var next = 0
      return projection.senderCopies.map { copies in
        defer { next += copies }
        return next
      }
    }
  }

  /// The first line of a sender, of a projection with so many copies of each.
  func firstLine(ofSender sender: Int, projection: Int, copies: Int) -> Int {
    lineStarts[projection].isEmpty ? sender * copies : lineStarts[projection][sender]
  }
}
