/// Is a NIR node of type Affine: y = W x + b.
public struct NIRAffine: Equatable, Sendable {
  /// W, of shape [out, in].
  public var weight: NIRTensor
  /// b, of shape [out].
  public var bias: NIRTensor

  /// Joins a weight matrix of shape [out, in] and a bias of shape [out].
  public init(weight: NIRTensor, bias: NIRTensor) {
    (self.weight, self.bias) = (weight, bias)
  }
}

/// Is a NIR node of type Linear: y = W x.
public struct NIRLinear: Equatable, Sendable {
  /// W, of shape [out, in].
  public var weight: NIRTensor

  /// Takes a weight matrix of shape [out, in].
  public init(weight: NIRTensor) { self.weight = weight }
}

extension NIRAffine: NIRParameters {
  static let typeName = "Affine"

  init(reading reader: NIRNodeReader) throws(NIRError) {
    weight = try reader.matrix("weight")
    bias = try reader.tensor("bias", keepingAxes: 1)
  }

  var shapeRule: NIRShapeRule { NIRLinear(weight: weight).shapeRule }
  var stored: [NIRStoredValue] { [NIRStoredValue("bias", bias), NIRStoredValue("weight", weight)] }

  func check(node: String) throws(NIRError) {
    try NIRLinear(weight: weight).check(node: node)
    guard bias.shape == [weight.shape[0]] else {
      throw .parameterShape(
        node: node, parameter: "bias", shape: bias.shape, expected: [weight.shape[0]])
    }
  }
}

extension NIRLinear: NIRParameters {
  static let typeName = "Linear"

  init(reading reader: NIRNodeReader) throws(NIRError) { weight = try reader.matrix("weight") }

  var shapeRule: NIRShapeRule {
    .fixed(input: [weight.shape.last ?? 0], output: [weight.shape.first ?? 0])
  }
  var stored: [NIRStoredValue] { [NIRStoredValue("weight", weight)] }

  func check(node: String) throws(NIRError) {
    guard weight.shape.count == 2 else {
      throw .notAMatrix(node: node, parameter: "weight", shape: weight.shape)
    }
  }
}
