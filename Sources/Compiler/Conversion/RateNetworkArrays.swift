import Recordings

/// The arrays of an npz file, each fetched once and held to its shape.
struct RateNetworkArrays {
  let file: String
  private let archive: NPZFile
  private var asked: Set<String> = []

  init(_ archive: NPZFile, file: String) { (self.archive, self.file) = (archive, file) }

  /// Arrays that nobody asked for, in the order of the file.
  var unasked: [String] { archive.entries.map(\.name).filter { !asked.contains($0) } }

  func wrong(_ name: String, _ expected: String) -> ConversionFault {
    let found = archive[name].map { "\($0.values.kind) of shape \($0.shape)" } ?? "missing"
    return .array(file: file, name: name, found: found, expected: expected)
  }

  /// Arrays that the file may have and that say nothing.
  mutating func skip(_ name: String) { asked.insert(name) }

  mutating func texts(_ name: String, expected: String) throws(ConversionFault) -> [String] {
    asked.insert(name)
    guard let array = archive[name], array.shape.count <= 1, case .text(let texts) = array.values
    else { throw wrong(name, expected) }
    return texts
  }

  /// A text of one line; nil where the array is missing or holds numbers.
  mutating func text(_ name: String) -> String? {
    guard let array = archive[name], case .text(let texts) = array.values, texts.count == 1
    else { return nil }
    asked.insert(name)
    return texts[0]
  }

  /// Finite numbers with so many axes; nil where the array is missing.
  mutating func numbers(
    _ name: String, axes: Int
  ) throws(ConversionFault) -> (shape: [Int], values: [Double])? {
    asked.insert(name)
    guard let array = archive[name] else { return nil }
    guard let values = array.values.numbers, array.shape.count == axes,
      values.count <= largestRateLayer, values.allSatisfy(\.isFinite)
    else {
      throw wrong(name, "finite numbers of \(axes) axes, at most \(largestRateLayer)")
    }
    return (array.shape, values)
  }

  /// A vector of finite numbers, of a length that is given.
  mutating func vector(_ name: String, count: Int) throws(ConversionFault) -> [Double]? {
    guard let (_, values) = try numbers(name, axes: 1) else { return nil }
    guard values.count == count else { throw wrong(name, "\(count) finite numbers") }
    return values
  }

  /// A number; the default where the array is missing.
  mutating func number(_ name: String, default usual: Double) throws(ConversionFault) -> Double {
    asked.insert(name)
    guard let array = archive[name] else { return usual }
    guard let values = array.values.numbers, values.count == 1, values[0].isFinite else {
      throw wrong(name, "one finite number")
    }
    return values[0]
  }

  /// Two whole numbers, [vertical, horizontal], of which one may stand for both.
  mutating func pair(
    _ name: String, in allowed: ClosedRange<Int>, default usual: [Int]?
  ) throws(ConversionFault) -> [Int] {
    asked.insert(name)
    let expected = "one or two whole numbers from \(allowed.lowerBound) to \(allowed.upperBound)"
    guard let array = archive[name] else {
      guard let usual else { throw wrong(name, expected) }
      return usual
    }
    guard let found = array.values.integers, (1...2).contains(found.count), array.shape.count <= 1,
      found.allSatisfy(allowed.contains)
    else { throw wrong(name, expected) }
    return [found[0], found[found.count - 1]]
  }

  /// Axes from 1 of a sample; nil where the array is missing.
  mutating func shape(_ name: String) throws(ConversionFault) -> [Int]? {
    asked.insert(name)
    guard let array = archive[name] else { return nil }
    guard let found = array.values.integers, array.shape.count <= 1, !found.isEmpty,
      found.count <= 4, found.valuesWithinLimit != nil
    else { throw wrong(name, "one to four whole numbers from 1") }
    return found
  }
}

extension NPYArray.Values {
  /// The values as doubles; nil for text, and for integers beyond ±2⁵³.
  var numbers: [Double]? {
    switch self {
    case .float32(let values): return values.map { Double($0) }
    case .float64(let values): return values
    default: return integers?.map { Double($0) }
    }
  }

  /// The values as integers within ±2⁵³; nil for text and for floats that are none.
  var integers: [Int]? {
    let wide: [Int?]
    switch self {
    case .uint8(let values): return values.map { Int($0) }
    case .int32(let values): return values.map { Int($0) }
    case .uint32(let values): return values.map { Int($0) }
    case .int64(let values): wide = values.map { Int(exactly: $0) }
    case .uint64(let values): wide = values.map { Int(exactly: $0) }
    case .float32(let values): wide = values.map { Int(exactly: $0) }
    case .float64(let values): wide = values.map { Int(exactly: $0) }
    case .text: return nil
    }
    let found = wide.compactMap { $0 }.filter { $0.magnitude <= 1 << 53 }
    return found.count == wide.count ? found : nil
  }

  fileprivate var kind: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .uint8: "uint8"
    case .int32: "int32"
    case .int64: "int64"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .text: "text"
    }
  }
}
