import Foundation

/// Says why a NIR file or graph is refused.
public enum NIRError: Error, Equatable, Sendable {
  /// The file cannot be opened; `code` is the system's error number.
  case cannotOpen(file: String, code: Int32)
  /// The file is not HDF5 at all.
  case notHDF5(file: String)
  /// The file is HDF5, but damaged at or below this object.
  case damaged(file: String, object: String)
  /// An object of the file is not read, for a reason that completes "the object ...".
  case refused(object: String, reason: String)
  /// The file is HDF5, but holds no NIR graph: this group or dataset is missing.
  case notNIR(file: String, missing: String)
  /// A node is of a type that is not read.
  case unsupportedNode(node: String, type: String, supported: [String])
  /// A node lacks a parameter.
  case missingParameter(node: String, parameter: String)
  /// A parameter is not what it must be (numbers, integers or text).
  case wrongType(node: String, parameter: String, found: String, expected: String)
  /// A parameter is not read, for a reason that completes "the parameter ...".
  case refusedParameter(node: String, parameter: String, reason: String)
  /// A parameter has another shape than the node's other parameters ask for.
  case parameterShape(node: String, parameter: String, shape: [Int], expected: [Int])
  /// A weight is no matrix [out, in].
  case notAMatrix(node: String, parameter: String, shape: [Int])
  /// An Input or Output has a shape with lengths below 1 or more values than allowed.
  case badShape(node: String, shape: [Int], allowed: Int)
  /// A parameter holds an infinity or not-a-number at this index.
  case notFinite(node: String, parameter: String, index: Int)
  /// A time constant is zero or negative.
  case notPositive(node: String, parameter: String)
  /// A node cannot take data of this shape.
  case inputShape(node: String, type: String, shape: [Int], expected: String)
  /// Edges lead to or from a nested graph that has not exactly one Input or Output.
  case nestedPorts(node: String, type: String, found: Int)
  /// Neither a node nor its neighbours say how much data it takes.
  case unknownShape(node: String)
  /// Nodes form a cycle in which nothing keeps a state from step to step.
  case loopWithoutState(nodes: [String])
  /// A node cannot be run, for a reason that completes "because ...".
  case notReplayable(node: String, reason: String)
  /// The length of a step, or the factor on time constants, is no finite number above zero.
  case badStep(dt: Double, timeScale: Double)
  /// The list of edges is not N pairs of names.
  case badEdges(shape: [Int])
  /// An edge begins or ends at a node that is not in the graph.
  case unknownNode(edge: NIREdge, name: String)
  /// An edge stands twice.
  case duplicateEdge(NIREdge)
  /// The shapes at the two ends of an edge differ.
  case edgeShape(NIREdge, sourceShape: [Int], targetShape: [Int])
  /// Two nodes, or two entries of one metadata group, have one name.
  case duplicateNode(String)
  /// A file cannot hold an object of this name.
  case badName(String)
  /// The file cannot be written; `code` is the system's error number, 0 if HDF5 gave none.
  case cannotWrite(file: String, code: Int32)
}

extension NIRError: CustomStringConvertible {
  /// One sentence that names what is wrong, where, and what is allowed.
  public var description: String {
    switch self {
    case .cannotOpen, .notHDF5, .damaged, .refused, .notNIR, .cannotWrite: fileDescription
    case .badEdges, .unknownNode, .duplicateEdge, .edgeShape, .duplicateNode, .badName,
      .loopWithoutState, .badStep:
      graphDescription
    default: nodeDescription
    }
  }

  private var fileDescription: String {
    switch self {
    case .cannotOpen(let file, let code):
      "cannot open \(file): \(Self.text(of: code))"
    case .notHDF5(let file):
      "\(file) is not an HDF5 file; a NIR file is what nir.write of the Python package nir writes"
    case .damaged(let file, let object):
      "\(file) is damaged at \(object), or of a newer HDF5 format than libhdf5 knows here; "
        + "export the network again"
    case .refused(let object, let reason):
      "the object \(object) \(reason)"
    case .notNIR(let file, let missing):
      "\(file) is HDF5 but holds no NIR graph: \(missing) is missing"
    case .cannotWrite(let file, let code):
      "cannot write \(file): \(code == 0 ? "libhdf5 refused" : Self.text(of: code))"
    default: ""
    }
  }

  private var nodeDescription: String {
    switch self {
    case .unsupportedNode(let node, let type, let supported):
      "node \(node): type \(type) is not supported; supported are "
        + supported.joined(separator: ", ")
    case .missingParameter(let node, let parameter):
      "node \(node): the parameter \(parameter) is missing"
    case .wrongType(let node, let parameter, let found, let expected):
      "node \(node): \(parameter) is \(found), but must be \(expected)"
    case .refusedParameter(let node, let parameter, let reason):
      "node \(node): \(parameter) \(reason)"
    case .parameterShape(let node, let parameter, let shape, let expected):
      "node \(node): \(parameter) has shape \(shape), but the node asks for \(expected)"
    case .notAMatrix(let node, let parameter, let shape):
      "node \(node): \(parameter) has shape \(shape), but must be a matrix [out, in]"
    case .badShape(let node, let shape, let allowed):
      "node \(node): shape \(shape) must have lengths from 1 and at most \(allowed) values in all"
    case .inputShape(let node, let type, let shape, let expected):
      "node \(node): \(type) cannot take \(shape); it takes \(expected)"
    case .nestedPorts(let node, let type, let found):
      "node \(node): the nested graph has \(found) \(type) nodes, but edges need exactly one"
    case .unknownShape(let node):
      "node \(node): neither it nor its neighbours say how much data it takes"
    case .notReplayable(let node, let reason): "node \(node) cannot be run because \(reason)"
    case .notFinite(let node, let parameter, let index):
      "node \(node): \(parameter) is not a finite number at index \(index)"
    case .notPositive(let node, let parameter):
      "node \(node): the time constant \(parameter) must be above zero for every neuron"
    default: ""
    }
  }

  private var graphDescription: String {
    switch self {
    case .badEdges(let shape):
      "the edges have shape \(shape), but must be pairs of names, of shape [N, 2]"
    case .unknownNode(let edge, let name):
      "edge \(edge.source) -> \(edge.target): the graph has no node \(name)"
    case .duplicateEdge(let edge):
      "edge \(edge.source) -> \(edge.target) stands twice; NIR allows one edge from node to node"
    case .edgeShape(let edge, let given, let taken):
      "edge \(edge.source) -> \(edge.target): \(edge.source) gives \(given), "
        + "but \(edge.target) takes \(taken)"
    case .loopWithoutState(let nodes):
      "the nodes \(nodes.joined(separator: ", ")) form a cycle without neurons or delays: "
        + "their values in a step depend on themselves"
    case .badStep(let dt, let timeScale):
      "a step of \(dt) with time constants times \(timeScale) cannot be run; both must be "
        + "finite and above zero"
    case .duplicateNode(let name): "two entries are named \(name), but names must differ"
    case .badName(let name):
      "\"\(name)\" cannot be a name in a file: 1 to 255 bytes, without slash, not . or .."
    default: ""
    }
  }

  private static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}

extension NIRError {
  /// Says the same for a file of this name.
  init(_ error: HDF5Error, file: String) {
    switch error {
    case .cannotOpen(let code): self = .cannotOpen(file: file, code: code)
    case .notHDF5: self = .notHDF5(file: file)
    case .damaged(let object): self = .damaged(file: file, object: object)
    case .refused(let object, .damaged): self = .damaged(file: file, object: object)
    case .refused(let object, let refusal):
      self = .refused(object: object, reason: refusal.reason)
    case .cannotWrite(let code): self = .cannotWrite(file: file, code: code)
    }
  }
}
