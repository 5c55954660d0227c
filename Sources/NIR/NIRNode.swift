/// Is one node of a NIR graph.
///
/// A type of the NIR standard that has no case here is refused when it is read. To add one: a
/// struct that is a ``NIRParameters``, a case, and a line in each of the two lists below.
public enum NIRNode: Equatable, Sendable {
  /// Where data enters; the shape of one time step, without batch and time axes.
  case input(shape: [Int])
  /// Where data leaves; the shape of one time step, without batch and time axes.
  case output(shape: [Int])
  /// y = W x + b.
  case affine(NIRAffine)
  /// y = W x.
  case linear(NIRLinear)
  /// A convolution along one axis.
  case conv1d(NIRConv1d)
  /// A convolution along two axes.
  case conv2d(NIRConv2d)
  /// Sums over windows.
  case sumPool2d(NIRPool2d)
  /// Means over windows.
  case avgPool2d(NIRPool2d)
  /// Several axes made one.
  case flatten(NIRFlatten)
  /// y = s x, element by element.
  case scale(NIRScale)
  /// y(t) = x(t − τ), element by element.
  case delay(NIRDelay)
  /// 1 above a threshold, otherwise 0.
  case threshold(NIRThreshold)
  /// Integrators.
  case i(NIRI)
  /// Integrate-and-fire neurons.
  case `if`(NIRIF)
  /// Leaky integrators.
  case li(NIRLI)
  /// Leaky integrate-and-fire neurons.
  case lif(NIRLIF)
  /// Leaky integrators with exponential synaptic currents.
  case cubaLI(NIRCubaLI)
  /// Leaky integrate-and-fire neurons with exponential synaptic currents.
  case cubaLIF(NIRCubaLIF)
  /// A whole graph in the place of a node; data enters by its Input and leaves by its Output.
  case graph(NIRGraph)

  /// The node's type as NIR files spell it, such as `CubaLIF`.
  public var typeName: String { parameters?.typeName ?? NIRGraph.typeName }

  /// The types that are read and written, in the order of their names.
  public static var supportedTypes: [String] {
    (readers.map(\.type) + [NIRGraph.typeName]).sorted()
  }

  /// How each type is read, nested graphs aside.
  static let readers:
    [(type: String, read: @Sendable (NIRNodeReader) throws(NIRError) -> NIRNode)] =
      [
        reader { (input: NIRInputShape) in .input(shape: input.shape) },
        reader { (output: NIROutputShape) in .output(shape: output.shape) },
        reader { .affine($0) }, reader { .linear($0) },
        reader { .conv1d($0) }, reader { .conv2d($0) },
        reader { (pool: NIRSumPool) in .sumPool2d(pool.pool) },
        reader { (pool: NIRAvgPool) in .avgPool2d(pool.pool) },
        reader { .flatten($0) },
        reader { .scale($0) }, reader { .delay($0) }, reader { .threshold($0) },
        reader { .i($0) }, reader { .if($0) }, reader { .li($0) }, reader { .lif($0) },
        reader { .cubaLI($0) }, reader { .cubaLIF($0) },
      ]

  private static func reader<Parameters: NIRParameters>(
    _ node: @escaping @Sendable (Parameters) -> NIRNode
  ) -> (type: String, read: @Sendable (NIRNodeReader) throws(NIRError) -> NIRNode) {
    (Parameters.typeName, { (reader) throws(NIRError) in node(try Parameters(reading: reader)) })
  }

  /// What the node holds, whatever its type; nil for a nested graph.
  var parameters: (any NIRParameters)? {
    switch self {
    case .input(let shape): NIRInputShape(shape: shape)
    case .output(let shape): NIROutputShape(shape: shape)
    case .affine(let affine): affine
    case .linear(let linear): linear
    case .conv1d(let convolution): convolution
    case .conv2d(let convolution): convolution
    case .sumPool2d(let pool): NIRSumPool(pool: pool)
    case .avgPool2d(let pool): NIRAvgPool(pool: pool)
    case .flatten(let flatten): flatten
    case .scale(let scale): scale
    case .delay(let delay): delay
    case .threshold(let threshold): threshold
    case .i(let integrator): integrator
    case .if(let neurons): neurons
    case .li(let integrator): integrator
    case .lif(let neurons): neurons
    case .cubaLI(let integrator): integrator
    case .cubaLIF(let neurons): neurons
    case .graph: nil
    }
  }

  /// The shape of the data that the node takes in one time step, as far as the node itself says
  /// it; empty where its neighbours do (``NIRGraph/inferredShapes()``).
  public var inputShape: [Int] {
    guard case .graph(let graph) = self else { return parameters?.shapeRule.input ?? [] }
    return graph.nodes.lazy.compactMap { named in
      if case .input(let shape) = named.node { shape } else { nil }
    }.first ?? []
  }

  /// The shape of the data that the node gives in one time step, as far as the node itself says
  /// it; empty where its neighbours do (``NIRGraph/inferredShapes()``).
  public var outputShape: [Int] {
    guard case .graph(let graph) = self else { return parameters?.shapeRule.output ?? [] }
    return graph.nodes.lazy.compactMap { named in
      if case .output(let shape) = named.node { shape } else { nil }
    }.first ?? []
  }
}

/// Is what one type of NIR node holds: how it is read, checked and written.
protocol NIRParameters: Sendable {
  /// The type as files spell it.
  static var typeName: String { get }

  /// Reads the parameters of a node.
  init(reading reader: NIRNodeReader) throws(NIRError)

  /// What a file stores, `type` aside, in the order of names.
  var stored: [NIRStoredValue] { get }

  /// How the shape of what the node gives follows from the shape of what it takes.
  var shapeRule: NIRShapeRule { get }

  /// Checks the parameters against each other.
  func check(node: String) throws(NIRError)

  /// The node for data of this shape; nil where its parameters do not fit.
  func broadcast(to shape: [Int]) -> NIRNode?
}

extension NIRParameters {
  var typeName: String { Self.typeName }
  func check(node: String) throws(NIRError) {}
  func broadcast(to shape: [Int]) -> NIRNode? { nil }
}

/// Is one dataset of a node's group in a file.
struct NIRStoredValue {
  let name: String
  let value: NIRMetadataEntry.Value

  init(_ name: String, _ tensor: NIRTensor) { (self.name, value) = (name, .tensor(tensor)) }
  init(_ name: String, text: String) { (self.name, value) = (name, .text(text)) }
  init(_ name: String, integers: [Int]) {
    self.init(name, NIRTensor(integers.map(Double.init), elementType: .int64))
  }
  init(_ name: String, integer: Int) {
    self.init(name, NIRTensor(shape: [], values: [Double(integer)], elementType: .int64))
  }

  var tensor: NIRTensor? {
    if case .tensor(let tensor) = value { tensor } else { nil }
  }
  var hasNonzero: Bool { tensor?.values.contains { $0 != 0 } ?? false }
}
