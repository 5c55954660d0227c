import HardwareSpec

/// A network cut into parts that each fit their cores; which cores is still open.
public struct PartitionedNetwork: Equatable, Sendable {
  /// The network in codes, with the circuits of its neurons.
  public var split: SplitNetwork
  /// The parts.
  public var parts: [PopulationPart]
  /// The clusters: cores that share their parts' neurons, one core where circuits are not joined.
  public var clusters: [CoreCluster]

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
    let faults = faultsOfPopulations + faultsOfColumns(spec.geometry)
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

  private func faultsOfColumns(_ geometry: ChipGeometry) -> [String] {
    var next = [Int](repeating: 0, count: clusters.count)
    for part in parts.sorted(by: { ($0.cluster, $0.firstColumn) < ($1.cluster, $1.firstColumn) }) {
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
    var bundlesOf: [Int: [(projection: Int, senders: [Int32])]] = [:]
    for (index, cluster) in clusters.enumerated() {
      for bundle in cluster.cores.flatMap(\.bundles) {
        for projection in bundle.projections {
          bundlesOf[index, default: []].append((projection, bundle.senders))
        }
      }
    }
    for part in parts {
      let population = network.populations[part.population]
      var isHere = [Bool](repeating: false, count: population.neurons.count)
      for neuron in part.neurons { isHere[Int(neuron)] = true }
      for projection in network.projections(to: population.name) {
        let synapses = network.projections[projection].synapses
        var served = [Int](repeating: 0, count: synapses.senderCount)
        for bundle in bundlesOf[part.cluster] ?? [] where bundle.projection == projection {
          for sender in bundle.senders { served[Int(sender)] += 1 }
        }
        if served.contains(where: { $0 > 1 }) {
          return ["a sender of projection \(projection) has rows twice on one cluster"]
        }
        for sender in served.indices where served[sender] == 0 {
          let synapses = synapses.receivers[synapses.synapses(of: sender)]
          if synapses.contains(where: { isHere[Int($0)] }) {
            return ["sender \(sender) of projection \(projection) has no rows"]
          }
        }
      }
    }
    return []
  }
}
