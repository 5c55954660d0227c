/// Is a flat graph as lists of indices.
struct NIRReplayWiring {
  let sources, targets: [[Int]]
  let isPopulation, isInput: [Bool]

  init(_ graph: NIRGraph) {
    let index = Dictionary(
      uniqueKeysWithValues: graph.nodes.enumerated().map { ($0.element.name, $0.offset) })
    var sources = [[Int]](repeating: [], count: graph.nodes.count)
    var targets = sources
    for edge in graph.edges {
      guard let source = index[edge.source], let target = index[edge.target] else { continue }
      sources[target].append(source)
      targets[source].append(target)
    }
    (self.sources, self.targets) = (sources, targets)
    isPopulation = graph.nodes.map(\.node.isPopulation)
    isInput = graph.nodes.map { if case .input = $0.node { true } else { false } }
  }

  /// Whether a population hears itself through nodes without state alone.
  func isInItsOwnLoop(_ population: Int) -> Bool {
    guard isPopulation[population] else { return false }
    var (waiting, seen) = (targets[population], Set<Int>())
    while let node = waiting.popLast() {
      if node == population { return true }
      guard !isPopulation[node], seen.insert(node).inserted else { continue }
      waiting += targets[node]
    }
    return false
  }
}

/// Is the order in which the nodes of one step are computed.
///
/// A node comes after all nodes that feed it. Where a cycle leaves none, the population nearest to
/// an Input comes next, and what reaches it through the cycle are the spikes of the step before:
/// that is the one-step delay of every framework's recurrent layers. Nodes whose output does not
/// depend on this step's input (delays, spyx's neurons) never wait for anything and add none.
struct NIRReplayOrder: Sendable {
  /// The nodes in the order of a step.
  let steps: [Int]
  /// The nodes that give before anything else happens.
  let early: [Int]
  /// What feeds each node.
  let sources: [[Int]]

  init(_ wiring: NIRReplayWiring, isEarly: [Bool], in graph: NIRGraph) throws(NIRError) {
    sources = wiring.sources
    early = isEarly.indices.filter { isEarly[$0] }
    var search = Search(wiring, isEarly)
    while search.steps.count < sources.count {
      if !search.takeReady() { try search.breakCycle(graph) }
    }
    steps = search.steps
  }

  private struct Search {
    let wiring: NIRReplayWiring
    let isEarly: [Bool]
    let distance: [Int]
    var missing: [Int]
    var isDone: [Bool]
    var ready: [Int]
    var steps: [Int] = []

    init(_ wiring: NIRReplayWiring, _ isEarly: [Bool]) {
      (self.wiring, self.isEarly) = (wiring, isEarly)
      missing = wiring.sources.map { $0.filter { !isEarly[$0] }.count }
      isDone = missing.map { _ in false }
      ready = missing.indices.filter { [missing] in missing[$0] == 0 }
      var distance = missing.map { _ in Int.max }
      var front = wiring.isInput.indices.filter { wiring.isInput[$0] }
      for node in front { distance[node] = 0 }
      while !front.isEmpty {
        var next: [Int] = []
        for node in front {
          for target in wiring.targets[node] where distance[target] == .max {
            distance[target] = distance[node] + 1
            next.append(target)
          }
        }
        front = next
      }
      self.distance = distance
    }

    mutating func takeReady() -> Bool {
      guard !ready.isEmpty else { return false }
      for node in ready { take(node) }
      ready = missing.indices.filter { missing[$0] == 0 && !isDone[$0] }
      return true
    }

    private mutating func take(_ node: Int) {
      guard !isDone[node] else { return }
      isDone[node] = true
      steps.append(node)
      guard !isEarly[node] else { return }
      for target in wiring.targets[node] { missing[target] -= 1 }
    }

    /// Takes the population nearest to an Input, after the nodes without state that feed it.
    mutating func breakCycle(_ graph: NIRGraph) throws(NIRError) {
      let stuck = missing.indices.filter { !isDone[$0] }
      let nearest = stuck.filter { wiring.isPopulation[$0] }
        .min { (distance[$0], $0) < (distance[$1], $1) }
      guard let nearest else { throw .loopWithoutState(nodes: loop(from: stuck[0], graph)) }
      try takeFeeders(of: nearest, graph)
      take(nearest)
      ready = missing.indices.filter { missing[$0] == 0 && !isDone[$0] }
    }

    /// The names of the nodes of a cycle that a node waits for, in order.
    private func loop(from node: Int, _ graph: NIRGraph) -> [String] {
      var path = [node]
      while let last = path.last,
        let source = wiring.sources[last].first(where: { !isDone[$0] && !isEarly[$0] })
      {
        if let start = path.firstIndex(of: source) {
          return path[start...].sorted().map { graph.nodes[$0].name }
        }
        path.append(source)
      }
      return path.map { graph.nodes[$0].name }
    }

    /// Nodes without state between other populations and this one, those that feed others first.
    private mutating func takeFeeders(of node: Int, _ graph: NIRGraph) throws(NIRError) {
      var path: [(node: Int, next: Int)] = [(node, 0)]
      var onPath: Set = [node]
      while let (current, next) = path.last {
        guard next < wiring.sources[current].count else {
          path.removeLast()
          onPath.remove(current)
          if current != node { take(current) }
          continue
        }
        path[path.count - 1].next += 1
        let source = wiring.sources[current][next]
        guard !isDone[source], !isEarly[source], !wiring.isPopulation[source] else { continue }
        guard onPath.insert(source).inserted else {
          let loop = path.map(\.node).drop { $0 != source }
          throw .loopWithoutState(nodes: loop.map { graph.nodes[$0].name })
        }
        path.append((source, 0))
      }
    }
  }
}

extension NIRGraph {
  /// The graph as spyx computes it: its exporter leads the input of a recurrent layer to the
  /// recurrent weights, while the layer itself adds it to what these give.
  func withSpyxRecurrence() throws(NIRError) -> NIRGraph {
    let wiring = NIRReplayWiring(self)
    var targetOfEdge: [NIREdge: String] = [:]
    for (weights, named) in nodes.enumerated() {
      guard case .linear = named.node, let neurons = wiring.targets[weights].first,
        wiring.targets[weights].count == 1, wiring.isPopulation[neurons],
        wiring.sources[weights].contains(neurons)
      else { continue }
      for source in wiring.sources[weights] where source != neurons {
        targetOfEdge[NIREdge(nodes[source].name, named.name)] = nodes[neurons].name
      }
    }
    guard !targetOfEdge.isEmpty else { return self }
    let moved = edges.map { edge in
      targetOfEdge[edge].map { NIREdge(edge.source, $0) } ?? edge
    }
    return try NIRGraph(nodes: nodes, edges: moved, metadata: metadata)
  }
}
