import HardwareSpec

/// Cuts populations into parts that fit their cores, and puts parts on common cores.
///
/// A part takes columns for its neurons and row pairs for the senders that it hears; populations on
/// one core share the rows of senders that they have in common. Where defects leave cores unlike,
/// parts are first made for the best cores; if too few are as good, for lesser ones.
struct Partition {
  private let options: CompileOptions
  private var spec: ChipSpec { options.spec }

  init(_ options: CompileOptions) { self.options = options }

  func partition(
    _ split: SplitNetwork, _ log: inout CompileLog
  ) throws(CompilerError) -> PartitionedNetwork {
    let (stock, wiring) = (CoreStock(options), Wiring(split.quantised))
    var result = parts(split, wiring)
    try options.prePlacement?.check(parts: result.partCounts, on: spec.geometry)
    var faults = shortfalls(of: result, stock)
    if !faults.isEmpty, log.report.misfits.isEmpty, !stock.isWhole {
      for limit in stock.limits.dropFirst() {
        guard let other = lesser(limit, split.quantised, wiring) else { continue }
        let otherFaults = shortfalls(of: other, stock)
        if otherFaults.isEmpty {
          (result, faults) = (other, [])
          break
        }
      }
    }
    for fault in faults { log.add(fault) }
    return result
  }

  /// The network cut for cores that may be asked for less; nil when it does not fit them.
  private func lesser(
    _ limit: CoreLimit, _ quantised: QuantisedNetwork, _ wiring: Wiring
  ) -> PartitionedNetwork? {
    var scratch = CompileLog(network: "", options)
    let split = Splitting(options).split(quantised, wiring, limit, &scratch)
    return scratch.report.misfits.isEmpty ? parts(split, wiring) : nil
  }

  private func shortfalls(of network: PartitionedNetwork, _ stock: CoreStock) -> [Misfit] {
    let (needed, available) = (network.coreCount, stock.aliveCount)
    if needed > available { return [.cores(needed: needed, available: available)] }
    return CoreAssignment(network, stock).shortfall.map { [$0] } ?? []
  }

  /// Cores that a network takes; nil when a neuron of it does not fit.
  func coresNeeded(_ wiring: Wiring) -> Int? {
    guard let limit = CoreStock(options).limits.first else { return nil }
    var scratch = CompileLog(network: "", options)
    let shapes = Splitting(options).shapes(wiring, limit, &scratch)
    guard scratch.report.misfits.isEmpty else { return nil }
    let demands = wiring.populations.indices.flatMap {
      self.demands($0, shapes[$0], limit, wiring)
    }
    return packing(demands, limit, wiring).clusters().reduce(0) { $0 + $1.circuits }
  }

  // MARK: Parts and clusters

  private func packing(
    _ demands: [PartDemand], _ limit: CoreLimit, _ wiring: Wiring
  ) -> CorePacking {
    CorePacking(
      wiring: wiring, parts: demands, limit: limit, copies: wiring.copies,
      rates: NeuronRates(options.rates, wiring.populations.map(\.name)), seed: options.seed)
  }

  private func parts(_ split: SplitNetwork, _ wiring: Wiring) -> PartitionedNetwork {
    let demands = wiring.populations.indices.flatMap {
      self.demands($0, split.shapes[$0], split.limit, wiring)
    }
    let clusters = packing(demands, split.limit, wiring).clusters()
    var result = PartitionedNetwork(split: split, parts: [], clusters: [])
    for (number, cluster) in clusters.enumerated() {
      var column = 0
      for part in cluster.parts {
        result.parts.append(
          PopulationPart(
            population: demands[part].population, neurons: demands[part].neurons, cluster: number,
            firstColumn: column))
        column += demands[part].neurons.count
      }
    }
    let rows = RowPlan(wiring, demands, clusters, limit: split.limit)
    result.clusters = clusters.indices.map { CoreCluster(cores: rows.cores(ofCluster: $0)) }
    result.pins = clusters.map(\.pin)
    result.parts.sort {
      ($0.population, $0.neurons.first ?? 0) < ($1.population, $1.neurons.first ?? 0)
    }
    return result
  }

  private func demands(
    _ population: Int, _ shape: NeuronShape, _ core: CoreLimit, _ wiring: Wiring
  ) -> [PartDemand] {
    let count = wiring.populations[population].count
    let limit = PartLimit(
      columns: core.columns(shape.circuits),
      pairs: core.pairs(shape.circuits, copies: wiring.copies))
    let parts: [[Int32]]
    if wiring.pairs(ofPopulation: population) <= limit.pairs {
      parts = stride(from: 0, to: count, by: limit.columns).map { first in
        (first..<min(first + limit.columns, count)).map { Int32($0) }
      }
    } else {
      let cut = NeuronCut(
        Hearing(wiring, population: population), limit,
        shape: wiring.populations[population].shape, seed: options.seed)
      parts = cut.best()?.parts ?? []
    }
    let heard = wiring.heard(byParts: parts, of: population)
    let name = wiring.populations[population].name
    return parts.indices.map { number in
      PartDemand(
        population: population, number: number, siblings: parts.count, neurons: parts[number],
        circuits: shape.circuits, heard: heard[number],
        pin: options.prePlacement?.core(
          ofPart: number, siblings: parts.count, population: name, spec.geometry))
    }
  }
}

extension PlannedCore {
  /// Row pairs of all bundles.
  var pairCount: Int { bundles.last.map { $0.firstPair + $0.pairCount } ?? 0 }
}

extension PartitionedNetwork {
  /// How many parts each population has.
  fileprivate var partCounts: [String: Int] {
    var counts: [String: Int] = [:]
    for part in parts { counts[network.populations[part.population].name, default: 0] += 1 }
    return counts
  }
}
