/// Is what a SumPool2d node stores.
struct NIRSumPool: NIRPooling {
  static let typeName = "SumPool2d"
  let pool: NIRPool2d
  var node: NIRNode { .sumPool2d(pool) }
}

/// Is what an AvgPool2d node stores.
struct NIRAvgPool: NIRPooling {
  static let typeName = "AvgPool2d"
  let pool: NIRPool2d
  var node: NIRNode { .avgPool2d(pool) }
}

/// Is a node that reduces windows of each channel to one value.
protocol NIRPooling: NIRParameters, NIRShapeMap {
  var pool: NIRPool2d { get }
  var node: NIRNode { get }
  init(pool: NIRPool2d)
}

extension NIRPooling {
  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(
      pool: NIRPool2d(
        kernelSize: try reader.integers("kernel_size", count: 2),
        stride: try reader.integers("stride", count: 2),
        padding: try reader.integers("padding", count: 2)))
  }

  var stored: [NIRStoredValue] {
    [
      NIRStoredValue("kernel_size", integers: pool.kernelSize),
      NIRStoredValue("padding", integers: pool.padding),
      NIRStoredValue("stride", integers: pool.stride),
    ]
  }

  func check(node: String) throws(NIRError) {
    try NIRIntegers.check(pool.kernelSize, "kernel_size", of: node, count: 2, from: 1)
    try NIRIntegers.check(pool.stride, "stride", of: node, count: 2, from: 1)
    try NIRIntegers.check(pool.padding, "padding", of: node, count: 2, from: 0)
  }

  var shapeRule: NIRShapeRule { .mapped(self) }
  var axes: Int? { 3 }
  var declaredInput: [Int] { [] }
  func sized(taking input: [Int]) -> NIRNode { node }

  func output(taking input: [Int], node: String) throws(NIRError) -> [Int] {
    let expected = "3 axes, the last two at least \(pool.kernelSize) after padding"
    guard input.count == 3 else {
      throw .inputShape(node: node, type: Self.typeName, shape: input, expected: expected)
    }
    let places = (0..<2).map { axis in
      NIRWindowAxis(
        length: input[axis + 1], kernel: pool.kernelSize[axis], stride: pool.stride[axis],
        dilation: 1, padding: 2 &* pool.padding[axis]
      ).places
    }
    guard ([input[0]] + places).valueCount != nil else {
      throw .inputShape(node: node, type: Self.typeName, shape: input, expected: expected)
    }
    return [input[0]] + places
  }
}

extension NIRFlatten: NIRParameters, NIRShapeMap {
  static let typeName = "Flatten"

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(
      startDim: try reader.integers("start_dim", count: 1)[0],
      endDim: try reader.integers("end_dim", count: 1)[0],
      inputShape: try reader.optionalShape("input_type", count: nil))
  }

  var stored: [NIRStoredValue] {
    [NIRStoredValue("end_dim", integer: endDim)]
      + (inputShape.map { [NIRStoredValue("input_type", integers: $0)] } ?? [])
      + [NIRStoredValue("start_dim", integer: startDim)]
  }

  func check(node: String) throws(NIRError) {
    guard let inputShape else { return }
    guard inputShape.valueCount != nil else {
      throw .badShape(node: node, shape: inputShape, allowed: [Int].mostShapedValues)
    }
    _ = try output(taking: inputShape, node: node)
  }

  var shapeRule: NIRShapeRule { .mapped(self) }
  var axes: Int? { nil }
  var declaredInput: [Int] { inputShape ?? [] }

  func sized(taking input: [Int]) -> NIRNode {
    .flatten(
      NIRFlatten(
        startDim: moved(startDim, to: input), endDim: moved(endDim, to: input),
        inputShape: input))
  }

  /// An axis counted in the declared shape, in a shape with fewer or more leading axes of 1.
  private func moved(_ axis: Int, to input: [Int]) -> Int {
    guard let inputShape, axis >= 0 else { return axis }
    return max(axis + input.count - inputShape.count, 0)
  }

  func output(taking input: [Int], node: String) throws(NIRError) -> [Int] {
    func index(_ axis: Int) -> Int {
      let axis = moved(axis, to: input)
      return axis < 0 ? axis + input.count : axis
    }
    let (first, last) = (index(startDim), index(endDim))
    guard 0 <= first, first <= last, last < input.count, input.valueCount != nil else {
      throw .inputShape(
        node: node, type: Self.typeName, shape: input,
        expected: "axes \(startDim) to \(endDim), in this order")
    }
    return input[..<first] + [input[first...last].reduce(1, *)] + input[(last + 1)...]
  }
}
