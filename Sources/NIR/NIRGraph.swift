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

extension NIRNamedNode {
  /// The node with its metadata in the order of files; those of a nested graph stand in the graph.
  fileprivate var withMetadataInPlace: NIRNamedNode {
    guard case .graph(let graph) = node, !metadata.isEmpty else {
      return NIRNamedNode(name, node, metadata: metadata.sortedByKey)
    }
    let joined = NIRGraph(
      unchecked: graph.nodes, edges: graph.edges, metadata: graph.metadata + metadata)
    return NIRNamedNode(name, .graph(joined))
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

extension [NIRMetadataEntry] {
  /// The entries in the byte order of their keys, as files keep them, groups inside groups too.
  fileprivate var sortedByKey: [NIRMetadataEntry] {
    map { entry in
      guard case .group(let entries) = entry.value else { return entry }
      return NIRMetadataEntry(entry.key, .group(entries.sortedByKey))
    }
    .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}

/// Is a network in the Neuromorphic Intermediate Representation: nodes, and edges between them.
///
/// A file keeps no order of nodes and edges; here nodes stand in the byte order of their names and
/// edges in that of (source, target), so that equal networks are equal values.
/// Source: Pedersen et al. 2024, Nature Communications 15:8122; the package nir 1.0.8.
public struct NIRGraph: Equatable, Sendable {
  /// The type as files spell it.
  static let typeName = "NIRGraph"

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
    self.init(unchecked: nodes, edges: edges, metadata: metadata)
    try checkNames()
    try checkEdges()
    try checkShapes()
  }

  /// Joins nodes and edges as they are; the reader uses it before shapes are settled.
  init(unchecked nodes: [NIRNamedNode], edges: [NIREdge], metadata: [NIRMetadataEntry]) {
    self.nodes = nodes.map(\.withMetadataInPlace)
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.edges = edges.sorted {
      $0.source == $1.source
        ? $0.target.utf8.lexicographicallyPrecedes($1.target.utf8)
        : $0.source.utf8.lexicographicallyPrecedes($1.source.utf8)
    }
    self.metadata = metadata.sortedByKey
  }

  /// The node of a name, if the graph has it.
  public func node(named name: String) -> NIRNode? {
    nodes.first { $0.name == name }?.node
  }
}
