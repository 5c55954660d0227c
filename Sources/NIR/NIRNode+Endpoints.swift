/// Is what an Input node stores.
struct NIRInputShape: NIRParameters {
  static let typeName = "Input"
  let shape: [Int]

  init(shape: [Int]) { self.shape = shape }
  init(reading reader: NIRNodeReader) throws(NIRError) { shape = try reader.shape("shape") }

  var inputShape: [Int] { shape }
  var outputShape: [Int] { shape }
  var stored: [(name: String, tensor: NIRTensor)] { [("shape", .shape(shape))] }
}

/// Is what an Output node stores.
struct NIROutputShape: NIRParameters {
  static let typeName = "Output"
  let shape: [Int]

  init(shape: [Int]) { self.shape = shape }
  init(reading reader: NIRNodeReader) throws(NIRError) { shape = try reader.shape("shape") }

  var inputShape: [Int] { shape }
  var outputShape: [Int] { shape }
  var stored: [(name: String, tensor: NIRTensor)] { [("shape", .shape(shape))] }
}

extension NIRTensor {
  /// A shape as files store it: a vector of integers.
  static func shape(_ shape: [Int]) -> NIRTensor {
    NIRTensor(shape.map(Double.init), elementType: .int64)
  }
}
