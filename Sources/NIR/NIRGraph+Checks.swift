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

  /// Whether HDF5 can store an object under this name.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0 || $0 == 0x2F }
      && name.utf8.count <= 255
  }

  private static func checkKeys(_ metadata: [NIRMetadataEntry]) throws(NIRError) {
    for (index, entry) in metadata.enumerated() {
      guard isName(entry.key) else { throw .badName(entry.key) }
      guard !metadata[..<index].contains(where: { $0.key == entry.key }) else {
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

  private static func checkFinite(_ node: NIRNamedNode) throws(NIRError) {
    for (parameter, tensor) in node.node.parameters.stored {
      if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(node: node.name, parameter: parameter, index: index)
      }
    }
  }

  /// Checks every node by itself, then both ends of every edge.
  ///
  /// A node of empty shape stands for a population of any size and fits everything.
  func checkShapes() throws(NIRError) {
    for node in nodes {
      try node.node.parameters.check(node: node.name)
      try Self.checkFinite(node)
    }
    let nodeOfName = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.node) })
    for edge in edges {
      guard let source = nodeOfName[edge.source], let target = nodeOfName[edge.target] else {
        continue
      }
      let (given, taken) = (source.outputShape, target.inputShape)
      guard given == taken || given.isEmpty || taken.isEmpty else {
        throw .edgeShape(edge, sourceShape: given, targetShape: taken)
      }
    }
  }
}
