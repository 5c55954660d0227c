/// Who sends to whom: senders of one core with the same targets are one net.
struct TrafficNets {
  /// Planned cores are numbered through all clusters.
  struct Net {
    var source: Int32
    /// Events a tick.
    var weight: Double
    /// Where its targets stand in ``TrafficNets/targets``.
    var pins: Range<Int>
  }

  private(set) var nets: [Net] = []
  /// Planned cores that nets lead to, without the nets' own sources.
  private(set) var targets: [Int32] = []
  /// The first planned core of each cluster, and one after the last.
  let firstCores: [Int]

  init(_ network: PartitionedNetwork, _ rates: NeuronRates) {
    var first = [0]
    for cluster in network.clusters { first.append(first[first.count - 1] + cluster.cores.count) }
    firstCores = first
    let populations = network.network.populations
    var home = populations.map { [Int32](repeating: -1, count: $0.neurons.count) }
    for part in network.parts {
      for neuron in part.neurons { home[part.population][Int(neuron)] = Int32(first[part.cluster]) }
    }
    let heard = Self.hearers(network, first)
    for (population, lists) in heard.enumerated() {
      add(lists, home[population]) { rates.ofNeuron(population, $0) }
    }
  }

  /// Nets given one by one, between cores that are clusters of their own.
  init(cores: Int, _ nets: [(source: Int, targets: [Int], weight: Double)]) {
    firstCores = Array(0...cores)
    for net in nets {
      let others = Set(net.targets).subtracting([net.source]).sorted().map { Int32($0) }
      self.nets.append(
        Net(
          source: Int32(net.source), weight: net.weight,
          pins: targets.count..<targets.count + others.count))
      targets += others
    }
  }

  /// For each neuron of each population, the planned cores with rows for it, ascending.
  private static func hearers(_ network: PartitionedNetwork, _ first: [Int]) -> [[[Int32]]] {
    let (populations, projections) = (network.network.populations, network.network.projections)
    let numbers = Dictionary(
      populations.indices.map { (populations[$0].name, $0) }, uniquingKeysWith: { a, _ in a })
    let sources = projections.map { $0.source.flatMap { numbers[$0] } }
    var lists = populations.map { [[Int32]](repeating: [], count: $0.neurons.count) }
    for (index, cluster) in network.clusters.enumerated() {
      for (number, core) in cluster.cores.enumerated() {
        let planned = Int32(first[index] + number)
        for bundle in core.bundles {
          guard let projection = bundle.projections.first, let source = sources[projection] else {
            continue
          }
          for sender in bundle.senders where lists[source][Int(sender)].last != planned {
            lists[source][Int(sender)].append(planned)
          }
        }
      }
    }
    return lists
  }

  /// Joins neurons of one core that reach the same cores.
  private mutating func add(_ lists: [[Int32]], _ home: [Int32], _ rate: (Int) -> Double) {
    var known: [[Int32]: Int] = [:]
    var last: (neuron: Int, net: Int)?
    for (neuron, list) in lists.enumerated() where home[neuron] >= 0 && !list.isEmpty {
      if let last, home[last.neuron] == home[neuron], lists[last.neuron] == list {
        nets[last.net].weight += rate(neuron)
        continue
      }
      let others = list.filter { $0 != home[neuron] }
      guard !others.isEmpty else { continue }
      let key = [home[neuron]] + others
      if let net = known[key] {
        nets[net].weight += rate(neuron)
        last = (neuron, net)
      } else {
        last = (neuron, nets.count)
        known[key] = nets.count
        nets.append(
          Net(
            source: home[neuron], weight: rate(neuron),
            pins: targets.count..<targets.count + others.count))
        targets += others
      }
    }
  }

  /// The same traffic as pairs of cores, for many different nets.
  func pairwise() -> TrafficNets {
    var sums: [Int: Double] = [:]
    let count = firstCores[firstCores.count - 1]
    for net in nets {
      for pin in net.pins {
        sums[Int(net.source) * count + Int(targets[pin]), default: 0] += net.weight
      }
    }
    var pairs = self
    (pairs.nets, pairs.targets) = ([], [])
    for key in sums.keys.sorted() {
      pairs.nets.append(
        Net(
          source: Int32(key / count), weight: sums[key] ?? 0,
          pins: pairs.targets.count..<pairs.targets.count + 1))
      pairs.targets.append(Int32(key % count))
    }
    return pairs
  }

  /// No placement can do with less: every target of a net takes at least one link.
  var leastCost: Double { nets.reduce(0) { $0 + $1.weight * Double($1.pins.count) } }
}
