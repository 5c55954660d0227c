extension NIRGraph {
  /// The version of the package nir whose layout is written.
  static let writtenVersion = "1.0.8"

  /// The contents of the file that holds this graph.
  var document: HDF5Document {
    var document = HDF5Document()
    document.add(self, at: "/node")
    document.add("/version", .text(Self.writtenVersion))
    return document
  }

  fileprivate var edgesArray: HDF5Array {
    HDF5Array(
      shape: [edges.count, 2], values: .strings(edges.flatMap { [$0.source, $0.target] }))
  }
}

extension HDF5Document {
  fileprivate mutating func add(_ graph: NIRGraph, at path: String) {
    addGroup(path)
    add(path + "/edges", graph.edgesArray)
    add(graph.metadata, at: path + "/metadata")
    addGroup(path + "/nodes")
    for named in graph.nodes { add(named, at: "\(path)/nodes/\(named.name)") }
    add(path + "/type", .text(NIRGraph.typeName))
  }

  private mutating func add(_ named: NIRNamedNode, at path: String) {
    if case .graph(let inner) = named.node { return add(inner, at: path) }
    guard let parameters = named.node.parameters else { return }
    addGroup(path)
    add(named.metadata, at: path + "/metadata")
    for stored in parameters.stored { add(stored.value, at: "\(path)/\(stored.name)") }
    add(path + "/type", .text(parameters.typeName))
  }

  private mutating func add(_ metadata: [NIRMetadataEntry], at path: String) {
    guard !metadata.isEmpty else { return }
    addGroup(path)
    for entry in metadata { add(entry.value, at: "\(path)/\(entry.key)") }
  }

  private mutating func add(_ value: NIRMetadataEntry.Value, at path: String) {
    switch value {
    case .text(let text): add(path, .text(text))
    case .tensor(let tensor): add(path, tensor.array)
    case .group(let entries):
      addGroup(path)
      add(entries, at: path)
    }
  }
}
