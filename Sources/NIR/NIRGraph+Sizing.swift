/// Gives populations of unknown size (one value for all neurons) the shape of a neighbour.
struct NIRPopulationSizing {
  private var nodeOfName: [String: NIRNode]
  private var edgesOfName: [String: [NIREdge]] = [:]
  private(set) var sized: [(name: String, shape: [Int])] = []

  private var valuesLeft: Int

  /// Sizes what it can, with at most `limit` values in all.
  init(_ graph: NIRGraph, limit: Int) throws(NIRError) {
    valuesLeft = limit
    nodeOfName = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, $0.node) })
    for edge in graph.edges {
      edgesOfName[edge.source, default: []].append(edge)
      edgesOfName[edge.target, default: []].append(edge)
    }
    var known = graph.nodes.map(\.name).filter { nodeOfName[$0]?.inputShape.isEmpty == false }
    while let name = known.popLast() {
      for edge in edgesOfName[name] ?? [] {
        let other = edge.source == name ? edge.target : edge.source
        if try size(other, from: name, isTarget: edge.source == name) { known.append(other) }
      }
    }
  }

  /// Sizes a node by a neighbour of known shape; tells whether it was of unknown size.
  private mutating func size(_ name: String, from neighbour: String, isTarget: Bool)
    throws(NIRError) -> Bool
  {
    guard let node = nodeOfName[name], let known = nodeOfName[neighbour] else { return false }
    let shape = isTarget ? known.outputShape : known.inputShape
    guard node.inputShape.isEmpty, !shape.isEmpty else { return false }
    let values = shape.reduce(node.parameters.stored.count + 1, *)
    valuesLeft -= values
    guard valuesLeft >= 0 else {
      throw .badShape(node: name, shape: shape, allowed: values + valuesLeft)
    }
    guard let broadcast = node.parameters.broadcast(to: shape) else { return false }
    nodeOfName[name] = broadcast
    sized.append((name, shape))
    return true
  }

  /// The graph with the nodes that were sized.
  func apply(to graph: NIRGraph) throws(NIRError) -> NIRGraph {
    guard !sized.isEmpty else { return graph }
    let nodes = graph.nodes.map {
      NIRNamedNode($0.name, nodeOfName[$0.name] ?? $0.node, metadata: $0.metadata)
    }
    return try NIRGraph(nodes: nodes, edges: graph.edges, metadata: graph.metadata)
  }
}
