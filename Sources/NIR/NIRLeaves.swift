/// Is a graph with all nested graphs laid open: every node that is no graph, under its path.
///
/// Inner Input and Output nodes stay, as nodes that hand on what they get: an edge to a nested
/// graph leads to its Input, an edge from it begins at its Output.
struct NIRLeaves {
  struct Leaf {
    /// The names from the outermost graph on, joined by dots.
    let name: String
    let node: NIRNode
    let metadata: [NIRMetadataEntry]
    /// Whether it is the Input or Output of a nested graph.
    let isPort: Bool
  }

  private(set) var leaves: [Leaf] = []
  /// Pairs of indices into `leaves`, in the order of the graph's own edges.
  private(set) var edges: [(source: Int, target: Int)] = []

  init(_ graph: NIRGraph) throws(NIRError) { _ = try add(graph, prefix: "") }

  /// Where edges from outside may end.
  private struct Ports {
    var inputs: [Int] = []
    var outputs: [Int] = []
  }

  private mutating func add(_ graph: NIRGraph, prefix: String) throws(NIRError) -> Ports {
    var ports = Ports()
    var entries: [String: (entry: Ports, isGraph: Bool)] = [:]
    for named in graph.nodes {
      let name = prefix + named.name
      if case .graph(let inner) = named.node {
        entries[named.name] = (try add(inner, prefix: name + "."), true)
        continue
      }
      let index = leaves.count
      entries[named.name] = (Ports(inputs: [index], outputs: [index]), false)
      var isPort = false
      switch named.node {
      case .input: (isPort, ports.inputs) = (true, ports.inputs + [index])
      case .output: (isPort, ports.outputs) = (true, ports.outputs + [index])
      default: break
      }
      leaves.append(
        Leaf(
          name: name, node: named.node, metadata: named.metadata,
          isPort: isPort && !prefix.isEmpty))
    }
    for edge in graph.edges {
      guard let source = entries[edge.source]?.entry, let target = entries[edge.target]?.entry
      else { continue }
      guard source.outputs.count == 1 else {
        throw .nestedPorts(node: prefix + edge.source, type: "Output", found: source.outputs.count)
      }
      guard target.inputs.count == 1 else {
        throw .nestedPorts(node: prefix + edge.target, type: "Input", found: target.inputs.count)
      }
      edges.append((source.outputs[0], target.inputs[0]))
    }
    return ports
  }
}

extension NIRGraph {
  /// The same network without nested graphs: inner nodes are named by their path (`rlif.lif`), and
  /// edges pass through inner Input and Output nodes.
  ///
  /// - Throws: ``NIRError/nestedPorts(node:type:found:)`` for a nested graph that edges lead to or
  ///   from, but that has not exactly one Input or Output; ``NIRError/duplicateNode(_:)`` and
  ///   ``NIRError/duplicateEdge(_:)`` where two nodes or edges fall together.
  public func flattened() throws(NIRError) -> NIRGraph {
    guard nodes.contains(where: { if case .graph = $0.node { true } else { false } }) else {
      return self
    }
    let open = try NIRLeaves(self)
    var targets = [[Int]](repeating: [], count: open.leaves.count)
    for edge in open.edges { targets[edge.source].append(edge.target) }
    var edges: [NIREdge] = []
    for (source, leaf) in open.leaves.enumerated() where !leaf.isPort {
      // Through ports, each of which is passed once: ports in a circle lead nowhere.
      var (waiting, passed) = (targets[source], Set<Int>())
      while let target = waiting.popLast() {
        if !open.leaves[target].isPort {
          edges.append(NIREdge(leaf.name, open.leaves[target].name))
        } else if passed.insert(target).inserted {
          waiting += targets[target]
        }
      }
    }
    return try NIRGraph(
      nodes: open.leaves.filter { !$0.isPort }.map {
        NIRNamedNode($0.name, $0.node, metadata: $0.metadata)
      }, edges: edges, metadata: metadata)
  }
}
