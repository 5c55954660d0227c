/// Holds the values of one HDF5 dataset or attribute, in one of the types that we read and write.
package enum HDF5Values: Equatable, Sendable {
  case float32([Float])
  case float64([Double])
  case uint8([UInt8])
  case int64([Int64])
  case strings([String])
  case float64Lists(HDF5Lists<Double>)
  case int64Lists(HDF5Lists<Int64>)

  /// Number of elements; a list counts as one.
  package var count: Int {
    switch self {
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .uint8(let values): values.count
    case .int64(let values): values.count
    case .strings(let values): values.count
    case .float64Lists(let lists): lists.count
    case .int64Lists(let lists): lists.count
    }
  }

  /// Name of the element type, for messages.
  package var typeName: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .uint8: "uint8"
    case .int64: "integer"
    case .strings: "string"
    case .float64Lists: "list of floats"
    case .int64Lists: "list of integers"
    }
  }
}

/// Holds lists of different lengths, one after the other (HDF5's variable-length type).
package struct HDF5Lists<Element: Equatable & Sendable>: Equatable, Sendable {
  /// List `i` is `elements[offsets[i]..<offsets[i + 1]]`; one more entry than there are lists.
  package let offsets: [Int]
  package let elements: [Element]

  /// Number of lists.
  package var count: Int { offsets.count - 1 }

  /// Cuts `elements` at `offsets`, which rise from 0 to the number of elements.
  package init(offsets: [Int], elements: [Element]) {
    precondition(offsets.first == 0 && offsets.last == elements.count)
    precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 })
    (self.offsets, self.elements) = (offsets, elements)
  }
}

/// Is an array of any rank (0: a single value), its values in row-major order.
package struct HDF5Array: Equatable, Sendable {
  package let shape: [Int]
  package let values: HDF5Values

  /// Gives `values` a shape; the product of the shape is the number of values.
  package init(shape: [Int], values: HDF5Values) {
    precondition(shape.reduce(1, *) == values.count)
    (self.shape, self.values) = (shape, values)
  }

  /// Makes a single value of a string.
  package static func text(_ text: String) -> HDF5Array {
    HDF5Array(shape: [], values: .strings([text]))
  }

  /// Makes a vector.
  package static func vector(_ values: HDF5Values) -> HDF5Array {
    HDF5Array(shape: [values.count], values: values)
  }

  /// The text of a single string; nil for everything else.
  package var text: String? {
    guard case .strings(let strings) = values, strings.count == 1 else { return nil }
    return strings[0]
  }

  /// All values as numbers; nil for strings and lists.
  ///
  /// Every integer read from a file that a `Double` cannot hold makes it nil as well.
  package var numbers: [Double]? {
    switch values {
    case .float32(let values): return values.map(Double.init)
    case .float64(let values): return values
    case .uint8(let values): return values.map(Double.init)
    case .int64(let values):
      let numbers = values.compactMap(Double.init(exactly:))
      return numbers.count == values.count ? numbers : nil
    case .strings, .float64Lists, .int64Lists: return nil
    }
  }

  /// All values as integers; nil unless they were stored as integers.
  package var integers: [Int64]? {
    switch values {
    case .uint8(let values): values.map(Int64.init)
    case .int64(let values): values
    default: nil
    }
  }
}
