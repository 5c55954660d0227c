/// Says how the shape of what a node gives follows from the shape of what it takes.
enum NIRShapeRule: Sendable {
  /// Both are known from the parameters alone.
  case fixed(input: [Int], output: [Int])
  /// Data keep their shape; empty where one value stands for an element of any number.
  case kept([Int])
  /// The output follows from the input.
  case mapped(any NIRShapeMap)

  /// The shape taken, as far as the node says it.
  var input: [Int] {
    switch self {
    case .fixed(let input, _): input
    case .kept(let shape): shape
    case .mapped(let map): map.declaredInput
    }
  }

  /// The shape given, as far as the node says it.
  var output: [Int] {
    switch self {
    case .fixed(_, let output): output
    case .kept(let shape): shape
    case .mapped(let map): map.declaredOutput
    }
  }
}

/// Is a node whose output shape is a function of its input shape.
protocol NIRShapeMap: Sendable {
  /// Number of axes that the node takes; nil where it takes any.
  var axes: Int? { get }
  /// The shape that the node says it takes; empty where it does not say.
  var declaredInput: [Int] { get }
  /// The shape given for an input shape.
  func output(taking input: [Int], node: String) throws(NIRError) -> [Int]
  /// The node that says it takes this shape.
  func sized(taking input: [Int]) -> NIRNode
}

extension NIRShapeMap {
  var declaredOutput: [Int] {
    declaredInput.isEmpty ? [] : (try? output(taking: declaredInput, node: "")) ?? []
  }
}

extension [Int] {
  /// Values that a step of one node may have; a file of few bytes can ask for any number.
  static let mostShapedValues = 1 << 31

  /// The shape without its leading axes of length 1.
  var withoutLeadingOnes: [Int] { Array(drop { $0 == 1 }) }

  /// The shape with leading axes of length 1 taken off or put on to have this many axes; nil
  /// where others would have to go.
  func withAxes(_ axes: Int) -> [Int]? {
    let core = withoutLeadingOnes
    guard core.count <= axes else { return nil }
    return [Int](repeating: 1, count: axes - core.count) + core
  }

  /// Whether values of this shape can be repeated over another, by the rule of numpy: axes are
  /// matched from the last one, and an axis that is missing or of length 1 is repeated.
  func isBroadcastable(to shape: [Int]) -> Bool {
    let core = withoutLeadingOnes
    return core.count <= shape.count
      && zip(core.reversed(), shape.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
  }

  /// Number of values, or nil where a length lies below 1 or the number beyond all bounds.
  var valueCount: Int? {
    var product = 1
    for length in self {
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      guard length >= 1, !overflows, next <= Self.mostShapedValues else { return nil }
      product = next
    }
    return product
  }
}
