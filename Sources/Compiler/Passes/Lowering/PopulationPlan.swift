import NIR

/// Is a population before its neurons and projections are known: the nodes that it is made of.
struct PlannedPopulation {
  /// What the neurons are.
  enum Kind: Equatable {
    /// Those of a node.
    case node(Int)
    /// An integrating node cut by a Threshold node; factors of Scale nodes between them.
    case cut(integrator: Int, threshold: Int, factors: [Double]?)
    /// Integrators behind weights that lead to an Output node.
    case readout(output: Int)
  }

  let kind: Kind
  /// The nodes that lead to it.
  var doors: [Int]

  /// The node after which it is named, and which its spikes leave.
  var node: Int {
    switch kind {
    case .node(let node), .cut(_, let node, _), .readout(let node): return node
    }
  }
}

/// Finds the populations of a graph.
struct PopulationPlan {
  let graph: NodeGraph
  private(set) var populations: [PlannedPopulation] = []
  /// Nodes of the populations that lead to an Output.
  private(set) var outputs: Set<Int> = []
  /// Delay nodes between a population and an Output, which recordings are without.
  private(set) var outputDelays: [Int] = []

  init(_ graph: NodeGraph, _ log: inout CompileLog) {
    self.graph = graph
    var cuts: [Int: [Int]] = [:]
    for node in graph.all(.firing) {
      if let cut = cut(node) {
        populations.append(
          PlannedPopulation(
            kind: .cut(integrator: cut.integrator, threshold: node, factors: cut.factors),
            doors: graph.sources[cut.integrator]))
        cuts[cut.integrator, default: []] += cut.way
      } else {
        populations.append(PlannedPopulation(kind: .node(node), doors: graph.sources[node]))
      }
    }
    for node in graph.all(.analog) {
      let (targets, way) = (graph.targets[node], cuts[node] ?? [])
      guard targets.isEmpty || !targets.allSatisfy(way.contains) else { continue }
      populations.append(PlannedPopulation(kind: .node(node), doors: graph.sources[node]))
    }
    for node in graph.all(.output) { planOutput(node) }
    refuseAnalogSenders(&log)
  }

  // MARK: Thresholds behind integrators

  private struct Cut {
    var integrator: Int
    var factors: [Double]?
    /// The nodes from the integrator on to the Threshold.
    var way: [Int]
  }

  /// The integrator that a Threshold node cuts, with nothing but positive scales between them.
  private func cut(_ threshold: Int) -> Cut? {
    guard case .threshold = graph.nodes[threshold].node else { return nil }
    var cut = Cut(integrator: threshold, factors: nil, way: [threshold])
    while let source = graph.sources[cut.way[cut.way.count - 1]].first,
      graph.sources[cut.way[cut.way.count - 1]].count == 1
    {
      if graph.roles[source] == .analog {
        cut.integrator = source
        return cut
      }
      guard !cut.way.contains(source) else { return nil }
      switch graph.nodes[source].node {
      case .flatten: break
      case .scale(let scale):
        guard scale.scale.values.allSatisfy({ $0 > 0 }) else { return nil }
        let factors = (0..<graph.count(threshold)).map { scale.scale.value($0) }
        cut.factors = cut.factors.map { zip($0, factors).map { $0 * $1 } } ?? factors
      default: return nil
      }
      cut.way.append(source)
    }
    return nil
  }

  // MARK: Outputs

  private mutating func planOutput(_ output: Int) {
    var doors: [Int] = []
    for source in graph.sources[output] {
      let (direct, delays) = recorded(source)
      if direct.isEmpty { doors.append(source) } else { outputs.formUnion(direct) }
      outputDelays += delays
    }
    guard !doors.isEmpty else { return }
    populations.append(PlannedPopulation(kind: .readout(output: output), doors: doors))
    outputs.insert(output)
  }

  /// The populations that a node hands on as they are.
  private func recorded(_ node: Int) -> (populations: [Int], delays: [Int]) {
    var (here, delays, seen) = (node, [Int](), Set<Int>())
    while seen.insert(here).inserted {
      if [.firing, .analog].contains(graph.roles[here]) { return ([here], delays) }
      switch graph.nodes[here].node {
      case .flatten: break
      case .delay: delays.append(here)
      default: return ([], [])
      }
      guard graph.sources[here].count == 1 else { return ([], []) }
      here = graph.sources[here][0]
    }
    return ([], [])
  }

  // MARK: Potentials as senders

  /// Spikes carry no potential: an integrator may lead to an Output or a Threshold only.
  private func refuseAnalogSenders(_ log: inout CompileLog) {
    let behind = integratorsBehind()
    for population in populations {
      var senders: Set<Int> = []
      for door in population.doors {
        if graph.roles[door] == .analog { senders.insert(door) }
        if graph.roles[door] == .linear { senders.formUnion(behind[door]) }
      }
      for sender in senders.sorted() {
        log.add(
          .lowering(
            .analogSender(
              node: graph.name(sender), type: graph.type(sender),
              target: graph.name(population.node), targetType: graph.type(population.node))))
      }
    }
  }

  /// For each linear node the integrators before it, with linear nodes between them.
  private func integratorsBehind() -> [Set<Int>] {
    var behind = [Set<Int>](repeating: [], count: graph.nodes.count)
    for integrator in graph.all(.analog) {
      var waiting = graph.targets[integrator]
      while let node = waiting.popLast() {
        guard graph.roles[node] == .linear, behind[node].insert(integrator).inserted else {
          continue
        }
        waiting += graph.targets[node]
      }
    }
    return behind
  }
}
