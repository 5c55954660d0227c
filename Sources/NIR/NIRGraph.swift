/// Is a node and its name in the graph.
public struct NIRNamedNode: Equatable, Sendable {
  /// The name, which edges refer to; names may hold dots and digits, but no slash.
  public var name: String
  /// What the node is.
  public var node: NIRNode
  /// Free additions of the program that wrote the file.
  public var metadata: [NIRMetadataEntry]

  /// Names a node.
  public init(_ name: String, _ node: NIRNode, metadata: [NIRMetadataEntry] = []) {
    (self.name, self.node, self.metadata) = (name, node, metadata)
  }
}

/// Is a directed edge between two nodes.
///
/// Several edges into one node add up.
public struct NIREdge: Hashable, Sendable {
  /// Names of the nodes where the edge begins and ends.
  public var source, target: String

  /// Leads from one node to another.
  public init(_ source: String, _ target: String) {
    (self.source, self.target) = (source, target)
  }
}

/// Is one free addition to a graph or node, under a key.
public struct NIRMetadataEntry: Equatable, Sendable {
  /// What an entry holds.
  public enum Value: Equatable, Sendable {
    /// A string.
    case text(String)
    /// Numbers.
    case tensor(NIRTensor)
    /// Entries below this one, in the order of keys.
    case group([NIRMetadataEntry])
  }

  /// The key; it holds no slash.
  public var key: String
  /// What stands under the key.
  public var value: Value

  /// Puts a value under a key.
  public init(_ key: String, _ value: Value) { (self.key, self.value) = (key, value) }
}

/// Is a network in the Neuromorphic Intermediate Representation: nodes, and edges between them.
///
/// A file keeps no order of nodes and edges; here nodes stand in the byte order of their names and
/// edges in that of (source, target), so that equal networks are equal values.
/// Source: Pedersen et al. 2024, Nature Communications 15:8122; the package nir 1.0.8.
public struct NIRGraph: Equatable, Sendable {
  /// The nodes in the order of their names.
  public let nodes: [NIRNamedNode]
  /// The edges in the order of their ends.
  public let edges: [NIREdge]
  /// Free additions of the program that wrote the file.
  public let metadata: [NIRMetadataEntry]

  /// Joins nodes and edges to a graph in which every shape fits its neighbours.
  ///
  /// - Throws: ``NIRError`` for names that a file cannot hold or that stand twice, edges that end
  ///   nowhere or stand twice, parameters of unlike shape, and edges between unlike shapes.
  public init(
    nodes: [NIRNamedNode], edges: [NIREdge], metadata: [NIRMetadataEntry] = []
  ) throws(NIRError) {
    self.nodes = nodes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.edges = edges.sorted {
      $0.source == $1.source
        ? $0.target.utf8.lexicographicallyPrecedes($1.target.utf8)
        : $0.source.utf8.lexicographicallyPrecedes($1.source.utf8)
    }
    self.metadata = metadata
    try checkNames()
    try checkEdges()
    try checkShapes()
  }

  /// The node of a name, if the graph has it.
  public func node(named name: String) -> NIRNode? {
    nodes.first { $0.name == name }?.node
  }
}
