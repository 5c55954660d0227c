import HardwareSpec

/// Chooses columns and row pairs that work, and row pairs whose dead synapses hit no used one.
///
/// A dead synapse of a pair matters only where the pair's sender has a weight of that sign onto the
/// neuron of that column. Senders change pairs until as few weights as possible are hit; what is
/// still hit is counted as lost.
struct DefectAvoidance {
  private let options: CompileOptions
  private let stock: CoreStock

  init(_ options: CompileOptions, _ stock: CoreStock) {
    (self.options, self.stock) = (options, stock)
  }

  func avoid(_ placed: inout PlacedNetwork, _ log: inout CompileLog) {
    let network = placed.partitioned
    var columns = [Int](repeating: 0, count: network.clusters.count)
    var parts = [[PopulationPart]](repeating: [], count: network.clusters.count)
    for part in network.parts {
      columns[part.cluster] += part.neurons.count
      parts[part.cluster].append(part)
    }
    var lost = [Int](repeating: 0, count: network.network.populations.count)
    for cluster in network.clusters.indices {
      let cores = placed.cores[cluster].map(\.index)
      placed.columns[cluster] = Array(stock.columns(of: cores).prefix(columns[cluster]))
      for (number, core) in network.clusters[cluster].cores.enumerated() {
        let good = stock.pairs(of: cores[number])
        placed.pairs[cluster][number] = Array(good.prefix(core.pairCount))
        let dead = options.defects.part(of: placed.cores[cluster][number]).deadSynapses
        guard !dead.isEmpty else { continue }
        var choice = PairChoice(
          CoreSteps(network, parts[cluster], core), columns: placed.columns[cluster], dead: dead,
          good: good, rowsPerPair: stock.geometry.rowsPerAxon)
        choice.improve()
        placed.pairs[cluster][number] = choice.pairs
        for (population, count) in choice.lost { lost[population] += count }
      }
    }
    for (population, count) in lost.enumerated() where count > 0 {
      log.add(
        .deadSynapses(layer: network.network.populations[population].name, synapses: count))
    }
  }
}

/// The steps of one planned core, line by line: what stands on each row pair.
private struct CoreSteps {
  let width: Int
  /// Signed steps of each row pair and column.
  private(set) var steps: [Int8]
  /// The population of each column.
  private(set) var populations: [Int]

  init(_ network: PartitionedNetwork, _ parts: [PopulationPart], _ core: PlannedCore) {
    width = parts.reduce(0) { $0 + $1.neurons.count }
    steps = Array(repeating: 0, count: core.pairCount * width)
    populations = Array(repeating: 0, count: width)
    let quantised = network.quantised
    for part in parts {
      let population = network.network.populations[part.population]
      var columns = [Int32](repeating: -1, count: population.neurons.count)
      for (i, neuron) in part.neurons.enumerated() {
        columns[Int(neuron)] = Int32(part.firstColumn + i)
        populations[part.firstColumn + i] = part.population
      }
      for bundle in core.bundles {
        for projection in bundle.projections
        where network.network.projections[projection].target == population.name {
          write(
            network.network.projections[projection].synapses, quantised.projections[projection],
            bundle, columns)
        }
      }
    }
  }

  private mutating func write(
    _ synapses: SynapseMatrix, _ scaled: QuantisedProjection, _ bundle: RowBundle,
    _ columns: [Int32]
  ) {
    var pair = bundle.firstPair
    for sender in bundle.senders {
      let copies = scaled.copies(ofSender: Int(sender))
      for copy in 0..<copies {
        for synapse in synapses.synapses(of: Int(sender)) {
          let column = columns[Int(synapses.receivers[synapse])]
          guard column >= 0 else { continue }
          steps[pair * width + Int(column)] = Int8(
            clamping: StepRounding<Double>.share(
              of: Int(scaled.steps[synapse]), copy: copy, copies: copies))
        }
        pair += 1
      }
    }
  }
}

/// Which row pair of a core each line of weights is written to.
private struct PairChoice {
  private let core: CoreSteps
  /// The pair on the chip of each line.
  private(set) var pairs: [Int32]
  private var spare: [Int32]
  /// Dead synapses of each pair: the cluster's column, and whether the row excites.
  private var dead: [Int32: [(column: Int, excites: Bool)]] = [:]

  init(
    _ core: CoreSteps, columns: [Int32], dead list: [(row: Int, column: Int)], good: [Int32],
    rowsPerPair: Int
  ) {
    self.core = core
    let lines = core.width > 0 ? core.steps.count / core.width : 0
    pairs = Array(good.prefix(lines))
    spare = Array(good.dropFirst(lines))
    var columnOf: [Int: Int] = [:]
    for (i, column) in columns.enumerated() { columnOf[Int(column)] = i }
    for synapse in list {
      guard let column = columnOf[synapse.column] else { continue }
      dead[Int32(synapse.row / rowsPerPair), default: []].append(
        (column, synapse.row % rowsPerPair == 0))
    }
  }

  /// Weights of a line that a pair's dead synapses hit.
  private func hits(_ line: Int, _ pair: Int32) -> Int {
    guard let dead = dead[pair] else { return 0 }
    return dead.reduce(0) { sum, synapse in
      let step = core.steps[line * core.width + synapse.column]
      return sum + ((synapse.excites ? step > 0 : step < 0) ? 1 : 0)
    }
  }

  mutating func improve() {
    for line in pairs.indices where hits(line, pairs[line]) > 0 {
      let own = hits(line, pairs[line])
      if let free = spare.indices.first(where: { hits(line, spare[$0]) == 0 }) {
        swap(&pairs[line], &spare[free])
        continue
      }
      var best: (gain: Int, other: Int)?
      for other in pairs.indices where other != line {
        let gain =
          own + hits(other, pairs[other]) - hits(line, pairs[other]) - hits(other, pairs[line])
        if gain > best?.gain ?? 0 { best = (gain, other) }
        if gain >= own { break }
      }
      if let best { pairs.swapAt(line, best.other) }
    }
  }

  /// Weights that are hit, by population.
  var lost: [(population: Int, count: Int)] {
    var counts: [Int: Int] = [:]
    for line in pairs.indices {
      for synapse in dead[pairs[line]] ?? [] {
        let step = core.steps[line * core.width + synapse.column]
        guard synapse.excites ? step > 0 : step < 0 else { continue }
        counts[core.populations[synapse.column], default: 0] += 1
      }
    }
    return counts.keys.sorted().map { ($0, counts[$0] ?? 0) }
  }
}
