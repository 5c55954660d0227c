/// Is one node of a NIR graph.
///
/// A type of the NIR standard that has no case here is refused when it is read. To add one: a
/// struct that is a ``NIRParameters``, a case, and a line in each of the three lists below.
public enum NIRNode: Equatable, Sendable {
  /// Where data enters; the shape of one time step, without batch and time axes.
  case input(shape: [Int])
  /// Where data leaves; the shape of one time step, without batch and time axes.
  case output(shape: [Int])
  /// y = W x + b.
  case affine(NIRAffine)
  /// y = W x.
  case linear(NIRLinear)
  /// Leaky integrate-and-fire neurons.
  case lif(NIRLIF)
  /// Leaky integrate-and-fire neurons with exponential synaptic currents.
  case cubaLIF(NIRCubaLIF)
  /// Leaky integrators.
  case li(NIRLI)
  /// Leaky integrators with exponential synaptic currents.
  case cubaLI(NIRCubaLI)

  /// The node's type as NIR files spell it, such as `CubaLIF`.
  public var typeName: String {
    switch self {
    case .input: NIRInputShape.typeName
    case .output: NIROutputShape.typeName
    default: parameters.typeName
    }
  }

  /// The types that are read and written, in the order of their names.
  public static var supportedTypes: [String] { readers.map(\.type) }

  /// How each type is read.
  ///
  /// In the order of type names.
  static let readers:
    [(type: String, read: @Sendable (NIRNodeReader) throws(NIRError) -> NIRNode)] =
      [
        reader { .affine($0) },
        reader { .cubaLI($0) },
        reader { .cubaLIF($0) },
        reader { (input: NIRInputShape) in .input(shape: input.shape) },
        reader { .li($0) },
        reader { .lif($0) },
        reader { .linear($0) },
        reader { (output: NIROutputShape) in .output(shape: output.shape) },
      ]

  private static func reader<Parameters: NIRParameters>(
    _ node: @escaping @Sendable (Parameters) -> NIRNode
  ) -> (type: String, read: @Sendable (NIRNodeReader) throws(NIRError) -> NIRNode) {
    (Parameters.typeName, { (reader) throws(NIRError) in node(try Parameters(reading: reader)) })
  }

  /// What the node holds, whatever its type.
  var parameters: any NIRParameters {
    switch self {
    case .input(let shape): NIRInputShape(shape: shape)
    case .output(let shape): NIROutputShape(shape: shape)
    case .affine(let affine): affine
    case .linear(let linear): linear
    case .lif(let lif): lif
    case .cubaLIF(let lif): lif
    case .li(let integrator): integrator
    case .cubaLI(let integrator): integrator
    }
  }

  /// The shape of the data that the node takes in one time step; empty where one value stands
  /// for a population of any size.
  public var inputShape: [Int] { parameters.inputShape }

  /// The shape of the data that the node gives in one time step; empty where one value stands
  /// for a population of any size.
  public var outputShape: [Int] { parameters.outputShape }
}

/// Is what one type of NIR node holds: how it is read, checked and written.
protocol NIRParameters: Sendable {
  /// The type as files spell it.
  static var typeName: String { get }

  /// Reads the parameters of a node.
  init(reading reader: NIRNodeReader) throws(NIRError)

  /// What a file stores, `type` aside.
  var stored: [(name: String, tensor: NIRTensor)] { get }

  var inputShape: [Int] { get }
  var outputShape: [Int] { get }

  /// Checks the shapes of the parameters against each other.
  func check(node: String) throws(NIRError)

  /// The node for a population of this shape, where one value stood for a whole population.
  func broadcast(to shape: [Int]) -> NIRNode?
}

extension NIRParameters {
  var typeName: String { Self.typeName }
  func check(node: String) throws(NIRError) {}
  func broadcast(to shape: [Int]) -> NIRNode? { nil }
}
