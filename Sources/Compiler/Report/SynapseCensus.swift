/// Counts of the synapses of a partitioned network, all in one walk over them.
///
/// Parts may be missing, where a network does not fit.
struct SynapseCensus {
  /// What was counted of one projection.
  struct Count {
    /// Synapses, copies counted, and synapses whose steps are not zero, copies not counted.
    var stored = 0
    var nonzero = 0
    /// Senders whose weights were all rounded to zero.
    var deadSenders = 0
    /// Places of non-zero weight that events pass in one tick.
    var passedPerTick = 0.0
  }

  /// One count a projection.
  private(set) var projections: [Count] = []
  /// Synapses on each core of each cluster, copies counted.
  private(set) var cores: [[Int]]
  /// Whether a synapse that is not zero leads to each neuron of each population.
  private(set) var isReached: [[Bool]]

  private let partitioned: PartitionedNetwork
  /// The cluster of each neuron, population by population; -1: none.
  private var clusterOf: [[Int32]]

  init(_ partitioned: PartitionedNetwork, _ rates: EventRates) {
    self.partitioned = partitioned
    let network = partitioned.network
    cores = partitioned.clusters.map { Array(repeating: 0, count: $0.cores.count) }
    isReached = network.populations.map { Array(repeating: false, count: $0.neurons.count) }
    clusterOf = network.populations.map { Array(repeating: -1, count: $0.neurons.count) }
    for part in partitioned.parts where cores.indices.contains(part.cluster) {
      for neuron in part.neurons { clusterOf[part.population][Int(neuron)] = Int32(part.cluster) }
    }
    let homes = CoreOfSender.all(partitioned)
    for index in network.projections.indices { count(index, homes[index], rates) }
    clusterOf = []
  }

  private mutating func count(_ index: Int, _ home: CoreOfSender, _ rates: EventRates) {
    let network = partitioned.network
    let projection = network.projections[index]
    let scaled = partitioned.quantised.projections[index]
    guard let target = network.position(of: projection.target),
      scaled.steps.count == projection.synapses.count
    else {
      return projections.append(Count())
    }
    let source = projection.source.flatMap { network.position(of: $0) }
    let (synapses, clusters) = (projection.synapses, clusterOf[target])
    let firing = source.map { rates.neurons(of: network.populations[$0]) }
    var count = Count()
    for sender in 0..<synapses.senderCount {
      let copies = scaled.copies(ofSender: sender)
      let range = synapses.synapses(of: sender)
      var (nonzero, places, hasWeight) = (0, 0, false)
      for synapse in range {
        let receiver = Int(synapses.receivers[synapse])
        let steps = Int(scaled.steps[synapse].magnitude)
        hasWeight = hasWeight || synapses.weights[synapse] != 0
        if steps > 0 {
          isReached[target][receiver] = true
          nonzero += 1
          places += min(steps, copies)
        }
        let cluster = Int(clusters[receiver])
        if cluster >= 0 { cores[cluster][home.core(of: sender, in: cluster)] += copies }
      }
      count.stored += copies * range.count
      count.nonzero += nonzero
      if nonzero == 0, hasWeight { count.deadSenders += 1 }
      let rate = firing.map { $0[sender] } ?? rates.input(sender)
      count.passedPerTick += rate * Double(places)
    }
    projections.append(count)
  }
}

/// Which core of a cluster of joined circuits holds the rows of each sender of a projection.
struct CoreOfSender {
  /// For each cluster of several cores, one entry a sender.
  private var cores: [Int: [UInt8]] = [:]

  /// One for each projection.
  static func all(_ partitioned: PartitionedNetwork) -> [CoreOfSender] {
    let projections = partitioned.network.projections
    var all = [CoreOfSender](repeating: CoreOfSender(), count: projections.count)
    for (index, cluster) in partitioned.clusters.enumerated() where cluster.cores.count > 1 {
      for (number, core) in cluster.cores.enumerated() {
        for bundle in core.bundles {
          for projection in bundle.projections {
            let senders = projections[projection].synapses.senderCount
            all[projection].put(bundle.senders, of: senders, on: number, in: index)
          }
        }
      }
    }
    return all
  }

  private mutating func put(_ senders: [Int32], of count: Int, on core: Int, in cluster: Int) {
    var list = cores.removeValue(forKey: cluster) ?? Array(repeating: 0, count: count)
    for sender in senders { list[Int(sender)] = UInt8(clamping: core) }
    cores[cluster] = list
  }

  @inline(__always)
  func core(of sender: Int, in cluster: Int) -> Int {
    cores.isEmpty ? 0 : Int(cores[cluster]?[sender] ?? 0)
  }
}

extension SpikingNetwork {
  /// The position of a population.
  func position(of population: String) -> Int? {
    populations.firstIndex { $0.name == population }
  }
}
