/// Is the shape of the data that a node takes and gives in one time step.
public struct NIRNodeShape: Equatable, Sendable {
  /// The shape taken and the shape given; empty where the graph does not say them.
  public let input, output: [Int]
}

extension NIRGraph {
  /// The shapes of all nodes, also of those that do not say their own: pools, convolutions and
  /// populations without a size follow their neighbours.
  ///
  /// Nodes of nested graphs stand under their path, joined by dots, as in ``flattened()``.
  /// - Throws: ``NIRError`` naming the nodes whose shapes contradict each other.
  public func inferredShapes() throws(NIRError) -> [String: NIRNodeShape] {
    let open = try NIRLeaves(self)
    let shapes = try NIRShapeInference(open)
    return Dictionary(
      open.leaves.indices.map { index in
        (
          open.leaves[index].name,
          NIRNodeShape(input: shapes.inputs[index] ?? [], output: shapes.outputs[index] ?? [])
        )
      }, uniquingKeysWith: { first, _ in first })
  }
}

/// Gives the nodes of a graph that was read the shapes that follow from their neighbours.
struct NIRGraphSizing {
  private let open: NIRLeaves
  private let shapes: NIRShapeInference
  private let limit: Int
  private var valuesLeft: Int
  private var next = 0
  private(set) var notes: [NIRReadNote] = []

  /// Sizes what it can, with at most `limit` values in all.
  init(_ graph: NIRGraph, limit: Int) throws(NIRError) {
    open = try NIRLeaves(graph)
    shapes = try NIRShapeInference(open)
    (self.limit, valuesLeft) = (limit, limit)
  }

  /// The graph with the nodes that were sized, checked; graphs inside it first.
  mutating func sized(_ graph: NIRGraph) throws(NIRError) -> NIRGraph {
    var nodes: [NIRNamedNode] = []
    for named in graph.nodes {
      let node: NIRNode
      if case .graph(let inner) = named.node {
        node = .graph(try sized(inner))
      } else {
        node = try sized(named.node, leaf: next)
        next += 1
      }
      nodes.append(NIRNamedNode(named.name, node, metadata: named.metadata))
    }
    return try NIRGraph(nodes: nodes, edges: graph.edges, metadata: graph.metadata)
  }

  private mutating func sized(_ node: NIRNode, leaf: Int) throws(NIRError) -> NIRNode {
    let name = open.leaves[leaf].name
    guard let parameters = node.parameters, let shape = shapes.inputs[leaf] else { return node }
    switch parameters.shapeRule {
    case .fixed: return node
    case .mapped(let map):
      let sized = map.sized(taking: shape)
      if sized != node {
        let said = map.declaredInput
        notes.append(
          said.isEmpty
            ? .inferred(node: name, shape: shape)
            : .squeezed(node: name, parameter: "input_type", from: said, to: shape))
      }
      return sized
    case .kept(let said):
      guard said != shape else { return node }
      try book(shape, parameters.stored.count, node: name)
      let isSqueezed = !said.isEmpty && said.withoutLeadingOnes == shape.withoutLeadingOnes
      notes.append(
        isSqueezed
          ? .squeezed(node: name, parameter: node.shapeParameter, from: said, to: shape)
          : .sized(node: name, shape: shape))
      return parameters.broadcast(to: shape) ?? node
    }
  }

  private mutating func book(
    _ shape: [Int], _ parameters: Int, node: String
  ) throws(NIRError) {
    let values = (shape.valueCount ?? limit + 1) * (parameters + 1)
    guard values <= valuesLeft else {
      throw .badShape(node: node, shape: shape, allowed: max(valuesLeft / (parameters + 1), 0))
    }
    valuesLeft -= values
  }
}

extension NIRNode {
  /// Where the node's shape stands in files, for messages.
  fileprivate var shapeParameter: String {
    switch self {
    case .input, .output: "shape"
    default: "the shape of its parameters,"
    }
  }
}
