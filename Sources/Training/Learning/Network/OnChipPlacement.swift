import ChipInterface
import HardwareSpec

/// Where the parts of a network built by hand lie: first fit, population by population.
struct OnChipPlacement {
  /// Neighbouring neurons of one population on one core.
  struct Part {
    var population, firstNeuron, count: Int
    /// Position of the core, and the first column there.
    var core, firstColumn: Int
  }

  /// The row pairs of one projection for one part.
  struct Rows {
    var projection, part, firstPair, count: Int
  }

  private(set) var parts: [Part] = []
  private(set) var rows: [Rows] = []
  private var columnsInUse: [Int] = []
  private var pairsInUse: [Int] = []

  /// Cores in use, columns in use on each.
  var coreCount: Int { columnsInUse.count }

  /// Places all populations of a network.
  init(_ network: OnChipNetwork) throws(TrainingError) {
    let geometry = network.spec.geometry
    for (index, population) in network.neurons.enumerated() {
      let incoming = network.projections.indices.filter {
        network.projections[$0].target.index == index
      }
      let pairs = incoming.reduce(0) { $0 + network.projections[$1].source.count }
      guard pairs <= geometry.rowPairsPerCore else {
        throw .networkTooLarge(
          network: network.name, what: "row pairs of '\(population.name)'", needed: pairs,
          available: geometry.rowPairsPerCore)
      }
      place(index, population.count, incoming, pairs, network)
    }
    guard coreCount <= geometry.coreCount else {
      throw .networkTooLarge(
        network: network.name, what: "cores", needed: coreCount, available: geometry.coreCount)
    }
  }

  /// Cuts a population into parts of what is left on a core, or of a whole core.
  private mutating func place(
    _ population: Int, _ count: Int, _ incoming: [Int], _ pairs: Int, _ network: OnChipNetwork
  ) {
    let geometry = network.spec.geometry
    for first in stride(from: 0, to: count, by: geometry.circuitsPerCore) {
      let size = min(geometry.circuitsPerCore, count - first)
      let core = room(columns: size, pairs: pairs, geometry)
      parts.append(
        Part(
          population: population, firstNeuron: first, count: size, core: core,
          firstColumn: columnsInUse[core]))
      columnsInUse[core] += size
      for projection in incoming {
        let lines = network.projections[projection].source.count
        rows.append(
          Rows(
            projection: projection, part: parts.count - 1, firstPair: pairsInUse[core],
            count: lines))
        pairsInUse[core] += lines
      }
    }
  }

  private mutating func room(columns: Int, pairs: Int, _ geometry: ChipGeometry) -> Int {
    let fitting = columnsInUse.indices.first {
      columnsInUse[$0] + columns <= geometry.circuitsPerCore
        && pairsInUse[$0] + pairs <= geometry.rowPairsPerCore
    }
    if let fitting { return fitting }
    columnsInUse.append(0)
    pairsInUse.append(0)
    return columnsInUse.count - 1
  }
}
