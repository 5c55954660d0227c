import HardwareSpec

/// A network cut into parts that each fit their cores; which cores is still open.
public struct PartitionedNetwork: Equatable, Sendable {
  /// The network in codes, with the circuits of its neurons.
  public var split: SplitNetwork
  /// The parts.
  public var parts: [PopulationPart]
  /// The clusters: cores that share their parts' neurons, one core where circuits are not joined.
  public var clusters: [CoreCluster]
  /// The mesh core that the user chose for each cluster's first core; empty: none is chosen.
  var pins: [Int?] = []

  /// Makes a partition.
  init(split: SplitNetwork, parts: [PopulationPart], clusters: [CoreCluster]) {
    (self.split, self.parts, self.clusters) = (split, parts, clusters)
  }

  /// The network in codes.
  public var quantised: QuantisedNetwork { split.quantised }
  /// The network in design words.
  public var network: SpikingNetwork { split.quantised.network }
  /// Cores of all clusters.
  public var coreCount: Int { clusters.reduce(0) { $0 + $1.cores.count } }
}

/// Neurons of one population that share their cores.
public struct PopulationPart: Equatable, Sendable {
  /// The population's position in the network.
  public var population: Int
  /// The neurons, ascending.
  public var neurons: [Int32]
  /// The cluster that the part belongs to.
  public var cluster: Int
  /// The first column on each core of the cluster; neurons take one column each, in order.
  public var firstColumn: Int
}

/// Cores whose circuits of one column are joined into one neuron's membrane.
public struct CoreCluster: Equatable, Sendable {
  /// The cores, neighbours in the order of the list; the first one's circuits fire.
  public var cores: [PlannedCore]
}

/// A core before it has a place: the row pairs that it drives.
public struct PlannedCore: Equatable, Sendable {
  /// The bundles, in the order of their row pairs.
  public var bundles: [RowBundle]
}

/// Row pairs driven by senders of one source, for one or more projections onto the core's parts.
///
/// A sender's copies follow each other, senders follow in order.
public struct RowBundle: Equatable, Sendable {
  /// The projections that the rows serve: of one source, with the same copies and delays, at most
  /// one to each population.
  public var projections: [Int]
  /// The senders, ascending.
  public var senders: [Int32]
  /// The first row pair, and how many.
  public var firstPair, pairCount: Int
}

extension PartitionedNetwork: Stage {
  static let stageName = "partition"

  func faults(on spec: ChipSpec) -> [String] {
    let faults = faultsOfPopulations + faultsOfColumns(spec.geometry) + faultsOfShapes
    return faults.isEmpty ? faultsOfRows(spec.geometry) + faultsOfSynapses : faults
  }

  /// Every neuron is in one part.
  private var faultsOfPopulations: [String] {
    var seen = network.populations.map { [Bool](repeating: false, count: $0.neurons.count) }
    for part in parts {
      for neuron in part.neurons {
        guard seen[part.population].indices.contains(Int(neuron)),
          !seen[part.population][Int(neuron)]
        else { return ["neuron \(neuron) of population \(part.population) has two parts or none"] }
        seen[part.population][Int(neuron)] = true
      }
    }
    return seen.enumerated().filter { $0.element.contains(false) }
      .map { "population \($0.offset) lost neurons" }
  }

  /// A cluster has as many cores as its neurons have circuits.
  private var faultsOfShapes: [String] {
    for part in parts where clusters.indices.contains(part.cluster) {
      let (circuits, cores) = (
        split.shapes[part.population].circuits, clusters[part.cluster].cores.count
      )
      if circuits != cores {
        return ["neurons of \(circuits) circuits lie on cluster \(part.cluster) of \(cores) cores"]
      }
    }
    return []
  }

  private func faultsOfColumns(_ geometry: ChipGeometry) -> [String] {
    var next = [Int](repeating: 0, count: clusters.count)
    let inOrder = parts.sorted { ($0.cluster, $0.firstColumn) < ($1.cluster, $1.firstColumn) }
    for part in inOrder {
      guard clusters.indices.contains(part.cluster), part.firstColumn == next[part.cluster] else {
        return ["columns of cluster \(part.cluster) have a gap or overlap"]
      }
      next[part.cluster] += part.neurons.count
    }
    return next.enumerated().filter { $0.element > geometry.circuitsPerCore }
      .map { "cluster \($0.offset) has \($0.element) columns" }
  }

  private func faultsOfRows(_ geometry: ChipGeometry) -> [String] {
    for (index, cluster) in clusters.enumerated() {
      for core in cluster.cores {
        var next = 0
        for bundle in core.bundles {
          let needed = bundle.projections.first.map { projection in
            bundle.senders.reduce(0) {
              $0 + quantised.projections[projection].copies(ofSender: Int($1))
            }
          }
          if bundle.firstPair != next || bundle.pairCount != needed {
            return ["row pairs of cluster \(index) have a gap or overlap at \(bundle.firstPair)"]
          }
          next += bundle.pairCount
        }
        if next > geometry.rowPairsPerCore { return ["cluster \(index) has \(next) row pairs"] }
      }
    }
    return []
  }

  /// Every sender with a synapse onto a part has its rows on exactly one core of the cluster.
  private var faultsOfSynapses: [String] {
    var incoming: [String: [Int]] = [:]
    for (index, projection) in network.projections.enumerated() {
      incoming[projection.target, default: []].append(index)
    }
    var partsOf = [[PopulationPart]](repeating: [], count: clusters.count)
    for part in parts { partsOf[part.cluster].append(part) }
    for (index, cluster) in clusters.enumerated() {
      var served: [Int: [Int32]] = [:]
      for bundle in cluster.cores.lazy.flatMap(\.bundles) {
        for projection in bundle.projections { served[projection, default: []] += bundle.senders }
      }
      for part in partsOf[index] {
        for projection in incoming[network.populations[part.population].name] ?? [] {
          let fault = fault(projection, served[projection]?.sorted() ?? [], part)
          if let fault { return [fault] }
        }
      }
    }
    return []
  }

  private func fault(_ projection: Int, _ served: [Int32], _ part: PopulationPart) -> String? {
    if zip(served, served.dropFirst()).contains(where: { $0 == $1 }) {
      return "a sender of projection \(projection) has rows twice on one cluster"
    }
    let synapses = network.projections[projection].synapses
    var isServed = [Bool](repeating: false, count: synapses.senderCount)
    for sender in served { isServed[Int(sender)] = true }
    var isHere: [Bool] = []
    for sender in 0..<synapses.senderCount where !isServed[sender] {
      let range = synapses.synapses(of: sender)
      if range.isEmpty { continue }
      if isHere.isEmpty {
        isHere = Array(repeating: false, count: synapses.receiverCount)
        for neuron in part.neurons { isHere[Int(neuron)] = true }
      }
      if range.contains(where: { isHere[Int(synapses.receivers[$0])] }) {
        return "sender \(sender) of projection \(projection) has no rows"
      }
    }
    return nil
  }
}
