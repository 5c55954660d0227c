extension NIRGraph {
  func checkNames() throws(NIRError) {
    for (index, node) in nodes.enumerated() {
      guard Self.isName(node.name) else { throw .badName(node.name) }
      guard index == 0 || nodes[index - 1].name != node.name else {
        throw .duplicateNode(node.name)
      }
      try Self.checkKeys(node.metadata)
    }
    try Self.checkKeys(metadata)
  }

  /// Bytes of the longest name.
  static let longestName = 255

  /// Whether HDF5 can store an object under this name.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0 || $0 == 0x2F }
      && name.utf8.count <= longestName
  }

  private static func checkKeys(_ metadata: [NIRMetadataEntry]) throws(NIRError) {
    for (index, entry) in metadata.enumerated() {
      guard isName(entry.key) else { throw .badName(entry.key) }
      // Equal keys stand together: the entries are in the order of keys.
      guard index == 0 || metadata[index - 1].key != entry.key else {
        throw .duplicateNode(entry.key)
      }
      if case .group(let entries) = entry.value { try checkKeys(entries) }
    }
  }

  func checkEdges() throws(NIRError) {
    let names = Set(nodes.map(\.name))
    for (index, edge) in edges.enumerated() {
      for end in [edge.source, edge.target] where !names.contains(end) {
        throw .unknownNode(edge: edge, name: end)
      }
      guard index == 0 || edges[index - 1] != edge else { throw .duplicateEdge(edge) }
    }
  }

  private static func checkFinite(
    _ node: NIRNamedNode, _ parameters: any NIRParameters
  ) throws(NIRError) {
    for stored in parameters.stored {
      if let index = stored.tensor?.values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(node: node.name, parameter: stored.name, index: index)
      }
    }
  }

  /// Checks every node by itself, then both ends of every edge, then what follows through the
  /// whole graph.
  func checkShapes() throws(NIRError) {
    for node in nodes {
      if case .graph(let inner) = node.node {
        try Self.checkKeys(inner.metadata)
      } else if let parameters = node.node.parameters {
        try parameters.check(node: node.name)
        try Self.checkFinite(node, parameters)
      }
    }
    try checkEnds()
    let open = try NIRLeaves(self)
    let shapes = try NIRShapeInference(open)
    for (leaf, shape) in zip(open.leaves, shapes.inputs) {
      guard case .kept(let said)? = leaf.node.parameters?.shapeRule, !said.isEmpty else { continue }
      guard let shape, shape != said else { continue }
      throw .inputShape(
        node: leaf.name, type: leaf.node.typeName, shape: shape, expected: "\(said)")
    }
  }

  /// Compares what the nodes at both ends of an edge say; an empty shape fits everything.
  private func checkEnds() throws(NIRError) {
    let shapeOfName = Dictionary(
      uniqueKeysWithValues: nodes.map { ($0.name, ($0.node.inputShape, $0.node.outputShape)) })
    for edge in edges {
      guard let given = shapeOfName[edge.source]?.1, let taken = shapeOfName[edge.target]?.0,
        given != taken, !given.isEmpty, !taken.isEmpty
      else { continue }
      throw .edgeShape(edge, sourceShape: given, targetShape: taken)
    }
  }
}
