/// Is what an Input node stores.
struct NIRInputShape: NIRParameters {
  static let typeName = "Input"
  let shape: [Int]

  init(shape: [Int]) { self.shape = shape }
  init(reading reader: NIRNodeReader) throws(NIRError) { shape = try reader.shape("shape") }

  var shapeRule: NIRShapeRule { .kept(shape) }
  var stored: [NIRStoredValue] { [NIRStoredValue("shape", integers: shape)] }

  /// An empty shape stands for any; otherwise only leading axes of length 1 may differ.
  func broadcast(to shape: [Int]) -> NIRNode? {
    let isSame = self.shape.withoutLeadingOnes == shape.withoutLeadingOnes
    return self.shape.isEmpty || isSame ? .input(shape: shape) : nil
  }
}

/// Is what an Output node stores.
struct NIROutputShape: NIRParameters {
  static let typeName = "Output"
  let shape: [Int]

  init(shape: [Int]) { self.shape = shape }
  init(reading reader: NIRNodeReader) throws(NIRError) { shape = try reader.shape("shape") }

  var shapeRule: NIRShapeRule { .kept(shape) }
  var stored: [NIRStoredValue] { [NIRStoredValue("shape", integers: shape)] }

  /// An empty shape stands for any; otherwise only leading axes of length 1 may differ.
  func broadcast(to shape: [Int]) -> NIRNode? {
    let isSame = self.shape.withoutLeadingOnes == shape.withoutLeadingOnes
    return self.shape.isEmpty || isSame ? .output(shape: shape) : nil
  }
}
