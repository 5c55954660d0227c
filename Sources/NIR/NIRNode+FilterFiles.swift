/// Is one axis of a window that moves over an input.
struct NIRWindowAxis {
  /// Largest stride, padding, dilation and window: keeps every product below inside 64 bits.
  static let largest = (1 << 31) - 1

  let length, kernel, stride, dilation: Int
  /// Zeros before and behind the input together.
  let padding: Int

  /// Number of places of the window; below 1 where it does not fit the input.
  ///
  /// Numbers that ``NIRIntegers`` would refuse give 0: a file's nodes are sized before they are
  /// checked.
  var places: Int {
    let allowed = 1...Self.largest
    guard allowed.contains(length), allowed.contains(kernel), allowed.contains(stride),
      allowed.contains(dilation), (0...Int.max / 4).contains(padding)
    else { return 0 }
    let room = length + padding - dilation * (kernel - 1) - 1
    return room < 0 ? 0 : room / stride + 1
  }
}

extension NIRPadding {
  /// Zeros before and behind the input together, along one axis.
  func both(axis: Int, kernel: Int, dilation: Int) -> Int {
    switch self {
    case .same: dilation &* (kernel &- 1)
    case .valid: 0
    case .explicit(let zeros): 2 &* zeros[axis]
    }
  }

  /// Zeros before the input along one axis; 'same' puts the odd one behind, as torch does.
  func before(axis: Int, kernel: Int, dilation: Int) -> Int {
    both(axis: axis, kernel: kernel, dilation: dilation) / 2
  }

  fileprivate var stored: NIRStoredValue {
    switch self {
    case .same: NIRStoredValue("padding", text: "same")
    case .valid: NIRStoredValue("padding", text: "valid")
    case .explicit(let zeros): NIRStoredValue("padding", integers: zeros)
    }
  }
}

/// Is what the convolutions have in common: a kernel over any number of spatial axes.
struct NIRConvolution: Sendable {
  let weight, bias: NIRTensor
  let stride, dilation: [Int]
  let padding: NIRPadding
  let groups: Int
  let inputShape: [Int]?
  let typeName: String

  var axes: Int { typeName == NIRConv1d.typeName ? 2 : 3 }
  var channels: Int { weight.shape[1] * groups }
  var kernel: [Int] { Array(weight.shape.dropFirst(2)) }

  var declaredInput: [Int] {
    guard let inputShape, weight.shape.count == axes + 1 else { return [] }
    return [channels] + inputShape
  }

  func check(node: String) throws(NIRError) {
    let form = axes == 2 ? "[out, in / groups, K]" : "[out, in / groups, KH, KW]"
    guard weight.shape.count == axes + 1, weight.shape.allSatisfy({ $0 > 0 }) else {
      throw wrong(node, "weight", "of shape \(weight.shape)", "of shape \(form)")
    }
    guard bias.shape == [weight.shape[0]] else {
      throw .parameterShape(
        node: node, parameter: "bias", shape: bias.shape, expected: [weight.shape[0]])
    }
    try NIRIntegers.check(stride, "stride", of: node, count: axes - 1, from: 1)
    try NIRIntegers.check(dilation, "dilation", of: node, count: axes - 1, from: 1)
    guard groups >= 1, weight.shape[0] % groups == 0 else {
      throw wrong(node, "groups", "\(groups)", "a divisor of the \(weight.shape[0]) channels out")
    }
    if case .explicit(let zeros) = padding {
      try NIRIntegers.check(zeros, "padding", of: node, count: axes - 1, from: 0)
    }
    if padding == .same, stride.contains(where: { $0 != 1 }) {
      throw wrong(node, "stride", "\(stride)", "1 where padding is \"same\"")
    }
    if let inputShape {
      try NIRIntegers.check(inputShape, "input_shape", of: node, count: axes - 1, from: 1)
    }
  }

  private func wrong(
    _ node: String, _ parameter: String, _ found: String, _ expected: String
  ) -> NIRError {
    .wrongType(node: node, parameter: parameter, found: found, expected: expected)
  }

  func output(taking input: [Int], node: String) throws(NIRError) -> [Int] {
    let expected =
      "\(channels) channels and at least a kernel of \(kernel) on \(axes - 1) padded "
      + (axes == 2 ? "axis" : "axes")
    guard input.count == axes, input[0] == channels else {
      throw .inputShape(node: node, type: typeName, shape: input, expected: expected)
    }
    let places = kernel.indices.map { axis in
      NIRWindowAxis(
        length: input[axis + 1], kernel: kernel[axis], stride: stride[axis],
        dilation: dilation[axis],
        padding: padding.both(axis: axis, kernel: kernel[axis], dilation: dilation[axis])
      ).places
    }
    guard ([weight.shape[0]] + places).valueCount != nil else {
      throw .inputShape(node: node, type: typeName, shape: input, expected: expected)
    }
    return [weight.shape[0]] + places
  }
}

/// Checks lists of integers.
enum NIRIntegers {
  static func check(
    _ values: [Int], _ parameter: String, of node: String, count: Int, from lowest: Int
  ) throws(NIRError) {
    guard values.count == count,
      values.allSatisfy({ (lowest...NIRWindowAxis.largest).contains($0) })
    else {
      throw .wrongType(
        node: node, parameter: parameter, found: "\(values)",
        expected: "\(count) integers in \(lowest)...\(NIRWindowAxis.largest)")
    }
  }
}

extension NIRConv1d: NIRParameters, NIRShapeMap {
  static let typeName = "Conv1d"

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(
      weight: try reader.tensor("weight", keepingAxes: 3),
      bias: try reader.tensor("bias", keepingAxes: 1),
      stride: try reader.integers("stride", count: 1)[0],
      padding: try reader.padding("padding", count: 1),
      dilation: try reader.integers("dilation", count: 1)[0],
      groups: try reader.integers("groups", count: 1)[0],
      inputShape: try reader.optionalShape("input_shape", count: 1))
  }

  var convolution: NIRConvolution {
    NIRConvolution(
      weight: weight, bias: bias, stride: [stride], dilation: [dilation], padding: padding,
      groups: groups, inputShape: inputShape, typeName: Self.typeName)
  }

  /// Numbers stand alone, as nir's `Conv1d` has them; a list of one would change its shapes.
  var stored: [NIRStoredValue] {
    var values = [
      NIRStoredValue("bias", bias), NIRStoredValue("dilation", integer: dilation),
      NIRStoredValue("groups", integer: groups),
    ]
    if let length = inputShape?.first {
      values.append(NIRStoredValue("input_shape", integer: length))
    }
    if case .explicit(let zeros) = padding {
      values.append(NIRStoredValue("padding", integer: zeros[0]))
    } else {
      values.append(padding.stored)
    }
    return values + [NIRStoredValue("stride", integer: stride), NIRStoredValue("weight", weight)]
  }

  var shapeRule: NIRShapeRule { .mapped(self) }
  var axes: Int? { 2 }
  var declaredInput: [Int] { convolution.declaredInput }
  func check(node: String) throws(NIRError) { try convolution.check(node: node) }

  func output(taking input: [Int], node: String) throws(NIRError) -> [Int] {
    try convolution.output(taking: input, node: node)
  }

  func sized(taking input: [Int]) -> NIRNode {
    var sized = self
    sized.inputShape = Array(input.dropFirst())
    return .conv1d(sized)
  }
}

extension NIRConv2d: NIRParameters, NIRShapeMap {
  static let typeName = "Conv2d"

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(
      weight: try reader.tensor("weight", keepingAxes: 4),
      bias: try reader.tensor("bias", keepingAxes: 1),
      stride: try reader.integers("stride", count: 2),
      padding: try reader.padding("padding", count: 2),
      dilation: try reader.integers("dilation", count: 2),
      groups: try reader.integers("groups", count: 1)[0],
      inputShape: try reader.optionalShape("input_shape", count: 2))
  }

  var convolution: NIRConvolution {
    NIRConvolution(
      weight: weight, bias: bias, stride: stride, dilation: dilation, padding: padding,
      groups: groups, inputShape: inputShape, typeName: Self.typeName)
  }

  var stored: [NIRStoredValue] {
    [
      NIRStoredValue("bias", bias), NIRStoredValue("dilation", integers: dilation),
      NIRStoredValue("groups", integer: groups),
    ]
      + (inputShape.map { [NIRStoredValue("input_shape", integers: $0)] } ?? [])
      + [
        padding.stored, NIRStoredValue("stride", integers: stride),
        NIRStoredValue("weight", weight),
      ]
  }

  var shapeRule: NIRShapeRule { .mapped(self) }
  var axes: Int? { 3 }
  var declaredInput: [Int] { convolution.declaredInput }
  func check(node: String) throws(NIRError) { try convolution.check(node: node) }

  func output(taking input: [Int], node: String) throws(NIRError) -> [Int] {
    try convolution.output(taking: input, node: node)
  }

  func sized(taking input: [Int]) -> NIRNode {
    var sized = self
    sized.inputShape = Array(input.dropFirst())
    return .conv2d(sized)
  }
}
