import NIR

/// The shape of what a node takes and gives in one step; empty where the graph does not say it.
struct NodeShape: Equatable {
  let input, output: [Int]
}

/// Is a flat NIR graph with numbered nodes, so that neighbours are found at once.
struct NodeGraph {
  /// What a node is in a network of populations and projections.
  enum Role {
    case input, output, linear
    /// Neurons that give spikes, and neurons that give a potential.
    case firing, analog
  }

  /// The nodes, in the order of their names.
  let nodes: [NIRNamedNode]
  let roles: [Role]
  /// The shape of each node.
  let shapes: [NodeShape]
  /// The nodes behind each node, and those before it, ascending.
  let targets, sources: [[Int]]

  /// Numbers the nodes of a graph without nested graphs.
  init(_ graph: NIRGraph, shapes named: [String: NIRNodeShape]) {
    nodes = graph.nodes
    roles = nodes.map { Role($0.node) }
    shapes = nodes.map {
      NodeShape(
        input: named[$0.name]?.input ?? $0.node.inputShape,
        output: named[$0.name]?.output ?? $0.node.outputShape)
    }
    let numbers = Dictionary(
      graph.nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var targets = [[Int]](repeating: [], count: graph.nodes.count)
    var sources = targets
    for edge in graph.edges {
      guard let source = numbers[edge.source], let target = numbers[edge.target] else { continue }
      targets[source].append(target)
      sources[target].append(source)
    }
    self.targets = targets.map { $0.sorted() }
    self.sources = sources.map { $0.sorted() }
  }

  func name(_ node: Int) -> String { nodes[node].name }
  func type(_ node: Int) -> String { nodes[node].node.typeName }
  /// Values that a node gives in one step.
  func count(_ node: Int) -> Int { shapes[node].output.reduce(1, *) }

  /// The nodes of a role.
  func all(_ role: Role) -> [Int] { nodes.indices.filter { roles[$0] == role } }

  /// The linear nodes, each after all linear nodes before it; equals in the order of their names.
  ///
  /// - Returns: also the nodes that stand in a loop of linear nodes, or behind one.
  func linearOrder() -> (order: [Int], looped: [Int]) {
    let linear = all(.linear)
    var missing = [Int](repeating: 0, count: nodes.count)
    for node in linear { missing[node] = sources[node].count { roles[$0] == .linear } }
    var order = linear.filter { missing[$0] == 0 }
    var next = 0
    while next < order.count {
      for target in targets[order[next]] where roles[target] == .linear {
        missing[target] -= 1
        if missing[target] == 0 { order.append(target) }
      }
      next += 1
    }
    return (order, linear.filter { missing[$0] > 0 })
  }
}

extension NodeGraph.Role {
  init(_ node: NIRNode) {
    switch node {
    case .input: self = .input
    case .output: self = .output
    case .lif, .cubaLIF, .if, .threshold: self = .firing
    case .li, .cubaLI, .i: self = .analog
    case .affine, .linear, .conv1d, .conv2d, .sumPool2d, .avgPool2d, .flatten, .scale, .delay,
      .graph:
      self = .linear
    }
  }
}
