/// Tells what reading a NIR file found and had to change.
public struct NIRReadReport: Equatable, Sendable {
  /// Version of the package nir that wrote the file, such as `1.0.8`; nil where it is not stored.
  public var libraryVersion: String?
  /// Everything that differs between the file and the graph, node by node.
  public var notes: [NIRReadNote] = []

  /// Starts a report without notes.
  public init(libraryVersion: String? = nil) { self.libraryVersion = libraryVersion }
}

/// Is one difference between a file and the graph that was read from it.
public enum NIRReadNote: Equatable, Sendable {
  /// Leading axes of length 1 (batch or time) were taken off a shape.
  case squeezed(node: String, parameter: String, from: [Int], to: [Int])
  /// A parameter is not in the file and got its default value.
  case defaulted(node: String, parameter: String, value: Double)
  /// A single value was repeated for every neuron of the node.
  case repeated(node: String, parameter: String, shape: [Int])
  /// A node that keeps the shape of its data, but has fewer values, got its neighbour's shape.
  case sized(node: String, shape: [Int])
  /// The input shape of a convolution or Flatten is not in the file and follows from the graph.
  case inferred(node: String, shape: [Int])
  /// An object of the file is none that its node's type has, and was left out.
  case ignored(object: String)
  /// An edge stands several times in the file, and once in the graph.
  case mergedEdge(NIREdge)
}

extension NIRReadNote: CustomStringConvertible {
  /// One sentence that names the node and what was done.
  public var description: String {
    switch self {
    case .squeezed(let node, let parameter, let from, let to):
      "node \(node): \(parameter) \(from) was read as \(to), without batch or time axes"
    case .defaulted(let node, let parameter, let value):
      "node \(node): \(parameter) is not in the file and was taken as \(value)"
    case .repeated(let node, let parameter, let shape):
      "node \(node): the single value of \(parameter) was repeated over \(shape)"
    case .sized(let node, let shape):
      "node \(node): parameters without a shape were repeated over its neighbour's \(shape)"
    case .inferred(let node, let shape):
      "node \(node): its input shape is not in the file and was taken as \(shape)"
    case .ignored(let object): "\(object) is unknown for its node's type and was left out"
    case .mergedEdge(let edge):
      "edge \(edge.source) -> \(edge.target) stands several times in the file, once in the graph"
    }
  }
}
