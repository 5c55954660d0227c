import Analysis
import ChipInterface

/// What an image holds, in numbers.
struct ImageSheet {
  private let image: ChipImage
  private let hash: String

  init(_ image: ChipImage, hash: String) { (self.image, self.hash) = (image, hash) }

  var json: JSON {
    .object([
      "chip": .text(image.chipName), "spec_hash": .text(image.specHash), "hash": .text(hash),
      "network": .text(image.io.network), "duration_ticks": .integer(image.io.durationTicks),
      "dt": .number(image.io.dt), "coding": .text(image.io.coding),
      "readout": .object([
        "population": .text(image.io.readout.population),
        "measure": .text(image.io.readout.measure.rawValue),
      ]),
      "inputs": .integer(image.inputRoutes.count),
      "delayed_inputs": .integer(image.delayedInputs.count),
      "spike_routes": .integer(image.spikeRoutes.count),
      "cores": .list(image.cores.map(core)),
      "populations": .list(image.io.populations.map(population)),
      "projections": .list(image.io.projections.map(projection)),
    ])
  }

  /// A few lines, then a table each of populations, projections and cores.
  var text: String {
    let io = image.io
    return """
      network   \(io.network)
      chip      \(image.chipName), spec hash \(image.specHash)
      hash      \(hash)
      sample    \(io.durationTicks) ticks, dt \(io.dt) s\(io.coding.isEmpty ? "" : ", \(io.coding)")
      readout   \(io.readout.measure.rawValue) of '\(io.readout.population)'
      inputs    \(image.inputRoutes.count)\(delayed)

      \(populations.text())
      \(projections.text())
      \(cores.text())
      """
  }

  /// How many row pairs hear inputs later, where any do.
  private var delayed: String {
    guard let longest = image.delayedInputs.map(\.delayTicks).max() else { return "" }
    return ", \(image.delayedInputs.count) routes delayed by up to \(longest) ticks"
  }

  private var populations: TextTable {
    var table = TextTable("population", "neurons", "cores")
    for population in image.io.populations {
      table.append([population.name, "\(population.count)", population.coreList])
    }
    return table
  }

  private var projections: TextTable {
    var table = TextTable("projection", "from", "to", "synapses", "copies", "weight per step")
    for map in image.io.projections {
      table.append([
        map.name, map.source ?? "inputs", map.target, "\(map.synapseCount)",
        "\(map.copies)", "\(map.weightPerStep)",
      ])
    }
    return table
  }

  private var cores: TextTable {
    var table = TextTable("core", "circuits", "weights not 0", "largest weight")
    for core in image.cores {
      let weights = core.usedWeights
      table.append([
        "\(core.core.index)", "\(core.neuronCount)", "\(weights.count)", "\(weights.largest)",
      ])
    }
    return table
  }

  private func core(_ core: CoreImage) -> JSON {
    .object([
      "core": .integer(core.core.index), "circuits": .integer(core.neuronCount),
      "weights_not_0": .integer(core.usedWeights.count),
    ])
  }

  private func population(_ population: Population) -> JSON {
    .object([
      "name": .text(population.name), "neurons": .integer(population.count),
      "cores": .list(population.coreNumbers.map { .integer($0) }),
    ])
  }

  private func projection(_ map: ProjectionMap) -> JSON {
    .object([
      "name": .text(map.name), "from": .text(map.source ?? "inputs"), "to": .text(map.target),
      "sources": .integer(map.sourceCount), "targets": .integer(map.targetCount),
      "copies": .integer(map.copies), "synapses": .integer(map.synapseCount),
      "weight_per_step": .number(map.weightPerStep),
    ])
  }
}

extension Population {
  /// The cores that the neurons sit on, each once, in order of the neurons.
  fileprivate var coreNumbers: [Int] {
    var seen: Set<Int> = []
    return ranges.map(\.core.index).filter { seen.insert($0).inserted }
  }

  /// The first cores, and how many more there are.
  fileprivate var coreList: String {
    let (all, shown) = (coreNumbers, 16)
    let more = all.count > shown ? " and \(all.count - shown) more" : ""
    return all.prefix(shown).map { "\($0)" }.joined(separator: " ") + more
  }
}

extension CoreImage {
  /// How many synapses have a weight other than 0, and the largest of them by magnitude; those of
  /// a crossbar are binary.
  fileprivate var usedWeights: (count: Int, largest: Int) {
    switch digital {
    case .crossbar(let core):
      let count = core.synapses.reduce(0) { $0 + $1.count }
      return (count, count > 0 ? 1 : 0)
    case .currentBased(let core):
      let weights = core.projections.flatMap(\.weights).filter { $0 != 0 }
      return (weights.count, weights.map { abs(Int($0)) }.max() ?? 0)
    case nil: return (weights.count { $0 != 0 }, Int(weights.max() ?? 0))
    }
  }
}
