/// Reads the graph in the group `/node` of a NIR file.
struct NIRGraphReader {
  private let file: String
  private let document: HDF5Document
  private let limits: NIRLimits
  private(set) var report = NIRReadReport()

  init(file: String, document: HDF5Document, limits: NIRLimits) {
    (self.file, self.document, self.limits) = (file, document, limits)
  }

  mutating func graph() throws(NIRError) -> NIRGraph {
    try checkSize()
    report = NIRReadReport(libraryVersion: try array(at: "/version")?.text)
    let graph = try graph(at: "/node", prefix: "")
    var sizing = try NIRGraphSizing(graph, limit: limits.values)
    let sized = try sizing.sized(graph)
    report.notes += sizing.notes
    return sized
  }

  /// Reads a graph as it stands; the names of its nodes follow `prefix` in errors and notes.
  private mutating func graph(at path: String, prefix: String) throws(NIRError) -> NIRGraph {
    guard try text(at: path + "/type") == NIRGraph.typeName else {
      throw .notNIR(file: file, missing: "\(path)/type \"NIRGraph\"")
    }
    switch document.object(at: path + "/nodes")?.content {
    case .group: break
    case .refused(let refusal):
      throw NIRError(.refused(object: path + "/nodes", refusal), file: file)
    default: throw .notNIR(file: file, missing: path + "/nodes")
    }
    var nodes: [NIRNamedNode] = []
    for name in document.members(of: path + "/nodes") {
      nodes.append(try node(name, at: "\(path)/nodes/\(name)", prefix: prefix))
    }
    let known: Set = ["type", "nodes", "edges", "metadata"]
    report.notes += document.members(of: path).filter { !known.contains($0) }
      .map { .ignored(object: "\(path)/\($0)") }
    let graph = NIRGraph(
      unchecked: nodes, edges: try edges(at: path + "/edges"),
      metadata: metadata(at: path + "/metadata"))
    // Before anything follows edges: they must end somewhere.
    try graph.checkEdges()
    return graph
  }

  /// Checks the number of values: in memory each takes eight bytes, however it was stored.
  private func checkSize() throws(NIRError) {
    var values = 0
    for object in document.objects {
      guard case .array(let array) = object.content else { continue }
      values += array.values.count
      guard values <= limits.values else {
        throw NIRError(.refused(object: object.path, .tooLarge), file: file)
      }
    }
  }

  private func array(at path: String) throws(NIRError) -> HDF5Array? {
    do throws(HDF5Error) {
      return try document.array(at: path)
    } catch {
      throw NIRError(error, file: file)
    }
  }

  private func text(at path: String) throws(NIRError) -> String? { try array(at: path)?.text }

  private mutating func node(
    _ key: String, at path: String, prefix: String
  ) throws(NIRError) -> NIRNamedNode {
    let name = prefix + key
    if case .refused(let refusal) = document.object(at: path)?.content {
      throw NIRError(.refused(object: path, refusal), file: file)
    }
    guard let type = try text(at: path + "/type") else {
      throw .missingParameter(node: name, parameter: "type")
    }
    if type == NIRGraph.typeName {
      return NIRNamedNode(key, .graph(try graph(at: path, prefix: name + ".")))
    }
    guard let read = NIRNode.readers.first(where: { $0.type == type })?.read else {
      throw .unsupportedNode(
        node: name, type: String(type.prefix(40)), supported: NIRNode.supportedTypes)
    }
    let reader = NIRNodeReader(name: name, path: path, document: document, limits: limits)
    let node = try read(reader)
    report.notes += reader.notes + reader.ignored
    return NIRNamedNode(key, node, metadata: metadata(at: path + "/metadata"))
  }

  private mutating func edges(at path: String) throws(NIRError) -> [NIREdge] {
    guard let array = try array(at: path) else {
      throw .notNIR(file: file, missing: path)
    }
    // A graph without edges is an empty array of any type.
    if array.values.count == 0 { return [] }
    guard case .strings(let names) = array.values, array.shape == [names.count / 2, 2] else {
      throw .badEdges(shape: array.shape)
    }
    if let long = names.first(where: { $0.utf8.count > NIRGraph.longestName }) {
      throw .badName(String(long.prefix(40)) + "…")
    }
    var seen: Set<NIREdge> = []
    var edges: [NIREdge] = []
    for index in stride(from: 0, to: names.count, by: 2) {
      let edge = NIREdge(names[index], names[index + 1])
      if seen.insert(edge).inserted {
        edges.append(edge)
      } else {
        report.notes.append(.mergedEdge(edge))
      }
    }
    return edges
  }

  /// Reads what it can of metadata: it never decides whether a network is usable.
  private mutating func metadata(at path: String) -> [NIRMetadataEntry] {
    var entries: [NIRMetadataEntry] = []
    for key in document.members(of: path) {
      guard let value = metadataValue(at: "\(path)/\(key)") else {
        report.notes.append(.ignored(object: "\(path)/\(key)"))
        continue
      }
      entries.append(NIRMetadataEntry(key, value))
    }
    return entries
  }

  private mutating func metadataValue(at path: String) -> NIRMetadataEntry.Value? {
    switch document.object(at: path)?.content {
    case .group: .group(metadata(at: path))
    case .array(let array):
      if array.shape.isEmpty, let text = array.text {
        .text(text)
      } else {
        NIRTensor(array).map { .tensor($0) }
      }
    case .refused, nil: nil
    }
  }
}
