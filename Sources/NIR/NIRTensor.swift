/// Holds the values of one parameter of a NIR node, in row-major order.
public struct NIRTensor: Equatable, Sendable {
  /// The type in which a file stores the values.
  public enum ElementType: String, Equatable, Sendable {
    /// IEEE 754 single precision.
    case float32
    /// IEEE 754 double precision.
    case float64
    /// Integers; a tensor holds those that a `Double` can hold, up to ±2⁵³.
    case int64
  }

  /// Length of each axis; empty for a single value.
  public let shape: [Int]
  /// The values, last axis fastest.
  ///
  /// Their units are the file's own: NIR does not state any.
  public let values: [Double]
  /// The type in which the values are stored; they are rounded to it when written.
  public let elementType: ElementType

  /// Gives `values` a shape, whose product must be their number.
  public init(shape: [Int], values: [Double], elementType: ElementType = .float32) {
    precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count)
    (self.shape, self.values, self.elementType) = (shape, values, elementType)
  }

  /// Repeats one value over a shape.
  public init(repeating value: Double, shape: [Int], elementType: ElementType = .float32) {
    self.init(
      shape: shape, values: [Double](repeating: value, count: shape.reduce(1, *)),
      elementType: elementType)
  }

  /// Makes a vector.
  public init(_ values: [Double], elementType: ElementType = .float32) {
    self.init(shape: [values.count], values: values, elementType: elementType)
  }

  /// The same values under another shape of equal product.
  public func reshaped(_ shape: [Int]) -> NIRTensor {
    NIRTensor(shape: shape, values: values, elementType: elementType)
  }
}

extension NIRTensor {
  /// Takes over an array of a file; nil for text and lists, and for integers beyond ±2⁵³.
  init?(_ array: HDF5Array) {
    guard let numbers = array.numbers else { return nil }
    self.init(shape: array.shape, values: numbers, elementType: ElementType(array.values))
  }

  /// The values repeated over a shape, by the rule of numpy; nil where they do not fit.
  func broadcast(to shape: [Int]) -> NIRTensor? {
    if self.shape == shape { return self }
    guard self.shape.isBroadcastable(to: shape) else { return nil }
    if values.count == 1 {
      return NIRTensor(repeating: values[0], shape: shape, elementType: elementType)
    }
    let core = self.shape.withoutLeadingOnes
    let own = [Int](repeating: 1, count: shape.count - core.count) + core
    var wider = values
    // Repeats one axis after the other, from the last one on.
    for axis in shape.indices.reversed() where own[axis] != shape[axis] {
      let block = shape[(axis + 1)...].reduce(1, *)
      wider = stride(from: 0, to: wider.count, by: block).flatMap { start in
        (0..<shape[axis]).flatMap { _ in wider[start..<start + block] }
      }
    }
    return NIRTensor(shape: shape, values: wider, elementType: elementType)
  }

  /// The array that a file stores.
  var array: HDF5Array {
    switch elementType {
    case .float32: HDF5Array(shape: shape, values: .float32(values.map { Float($0) }))
    case .float64: HDF5Array(shape: shape, values: .float64(values))
    case .int64:
      HDF5Array(shape: shape, values: .int64(values.map { Int64(exactly: $0.rounded()) ?? 0 }))
    }
  }
}

extension NIRTensor.ElementType {
  fileprivate init(_ values: HDF5Values) {
    switch values {
    case .float32: self = .float32
    case .uint8, .int64: self = .int64
    default: self = .float64
    }
  }
}
