extension NIRGraph {
  /// The version of the package nir whose layout is written.
  static let writtenVersion = "1.0.8"

  /// The contents of the file that holds this graph.
  var document: HDF5Document {
    var document = HDF5Document()
    document.addGroup("/node")
    document.add("/node/edges", edgesArray)
    document.add(metadata, at: "/node/metadata")
    document.addGroup("/node/nodes")
    for node in nodes { document.add(node) }
    document.add("/node/type", .text("NIRGraph"))
    document.add("/version", .text(Self.writtenVersion))
    return document
  }

  private var edgesArray: HDF5Array {
    HDF5Array(
      shape: [edges.count, 2], values: .strings(edges.flatMap { [$0.source, $0.target] }))
  }
}

extension HDF5Document {
  fileprivate mutating func add(_ named: NIRNamedNode) {
    let path = "/node/nodes/\(named.name)"
    addGroup(path)
    add(named.metadata, at: path + "/metadata")
    for (name, tensor) in named.node.parameters.stored {
      add("\(path)/\(name)", tensor.array)
    }
    add(path + "/type", .text(named.node.typeName))
  }

  fileprivate mutating func add(_ metadata: [NIRMetadataEntry], at path: String) {
    guard !metadata.isEmpty else { return }
    addGroup(path)
    for entry in metadata {
      switch entry.value {
      case .text(let text): add("\(path)/\(entry.key)", .text(text))
      case .tensor(let tensor): add("\(path)/\(entry.key)", tensor.array)
      case .group(let entries):
        addGroup("\(path)/\(entry.key)")
        add(entries, at: "\(path)/\(entry.key)")
      }
    }
  }
}
