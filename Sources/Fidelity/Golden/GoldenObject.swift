import Foundation

/// One object of a recorded case, read strictly: each key that is used is checked.
struct GoldenObject {
  private let members: [String: Any]
  private let path: String

  /// The largest file that is read, in bytes.
  static let largestBytes = 64 << 20

  /// Reads a file.
  init(reading file: String) throws(GoldenError) {
    guard let handle = FileHandle(forReadingAtPath: file),
      let data = try? handle.read(upToCount: Self.largestBytes + 1),
      data.count <= Self.largestBytes
    else { throw .unreadable(largestBytes: Self.largestBytes) }
    try self.init(parsing: data)
  }

  init(parsing data: Data) throws(GoldenError) {
    guard let object = try? JSONSerialization.jsonObject(with: data),
      let members = object as? [String: Any]
    else { throw .notJSON }
    (self.members, path) = (members, "")
  }

  private init(_ members: [String: Any], path: String) {
    (self.members, self.path) = (members, path)
  }

  /// The names of the members.
  var keys: [String] { members.keys.sorted() }

  /// Where a member stands, for people.
  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Whether a member is there and not null.
  func has(_ key: String) -> Bool { members[key].map { !($0 is NSNull) } ?? false }

  private func value(_ key: String) throws(GoldenError) -> Any {
    guard let value = members[key], !(value is NSNull) else { throw .missing(key: name(key)) }
    return value
  }

  func text(_ key: String) throws(GoldenError) -> String {
    guard let text = try value(key) as? String, text.utf8.count <= 100_000 else {
      throw .kind(key: name(key), needed: "a text")
    }
    return text
  }

  func object(_ key: String) throws(GoldenError) -> GoldenObject {
    guard let members = try value(key) as? [String: Any] else {
      throw .kind(key: name(key), needed: "an object")
    }
    return GoldenObject(members, path: name(key))
  }

  func objects(_ key: String) throws(GoldenError) -> [GoldenObject] {
    guard let list = try value(key) as? [Any] else {
      throw .kind(key: name(key), needed: "a list of objects")
    }
    var objects: [GoldenObject] = []
    for (index, entry) in list.enumerated() {
      guard let members = entry as? [String: Any] else {
        throw .kind(key: "\(name(key))[\(index)]", needed: "an object")
      }
      objects.append(GoldenObject(members, path: "\(name(key))[\(index)]"))
    }
    return objects
  }

  /// A number of any kind; `absent` where the member is missing.
  func number(
    _ key: String, _ range: ClosedRange<Double>, absent: Double? = nil
  ) throws(GoldenError) -> Double {
    if !has(key), let absent { return absent }
    let array = try GoldenArray(try value(key), name(key), dimensions: 0)
    return try array.checked(name(key), range)[0]
  }

  /// A whole number; `absent` where the member is missing.
  func integer(
    _ key: String, _ range: ClosedRange<Int>, absent: Int? = nil
  ) throws(GoldenError) -> Int {
    if !has(key), let absent { return absent }
    let array = try GoldenArray(try value(key), name(key), dimensions: 0)
    return try array.integers(name(key), range)[0]
  }

  /// Truth; numbers count as in C.
  func flag(_ key: String, absent: Bool) throws(GoldenError) -> Bool {
    try integer(key, 0...1, absent: absent ? 1 : 0) == 1
  }

  /// Numbers of a shape; nil in the shape is any length.
  func array(_ key: String, _ shape: [Int?]) throws(GoldenError) -> GoldenArray {
    let array = try GoldenArray(try value(key), name(key), dimensions: shape.count)
    guard zip(array.shape, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      let needed = shape.map { $0.map(String.init) ?? "any" }.joined(separator: " x ")
      throw .shape(key: name(key), found: array.shape, needed: needed)
    }
    return array
  }

  /// Whole numbers of a shape.
  func integers(
    _ key: String, _ shape: [Int?], _ range: ClosedRange<Int>
  ) throws(GoldenError) -> [Int] {
    try array(key, shape).integers(name(key), range)
  }

  /// One whole number for all, or one each; `absent` where the member is missing.
  func each(
    _ key: String, _ count: Int, _ range: ClosedRange<Int>, absent: Int? = nil
  ) throws(GoldenError) -> [Int] {
    if !has(key), let absent { return Array(repeating: absent, count: count) }
    if try value(key) is [Any] { return try integers(key, [count], range) }
    return Array(repeating: try integer(key, range), count: count)
  }
}

/// Numbers in rows, of a rectangular shape.
struct GoldenArray: Equatable {
  private(set) var shape: [Int] = []
  private(set) var values: [Double] = []

  init(_ value: Any, _ name: String, dimensions: Int) throws(GoldenError) {
    try append(value, name, depth: 0, dimensions)
    if shape.count < dimensions { shape += Array(repeating: 0, count: dimensions - shape.count) }
  }

  private mutating func append(
    _ value: Any, _ name: String, depth: Int, _ dimensions: Int
  ) throws(GoldenError) {
    guard depth < dimensions else {
      guard let number = (value as? NSNumber)?.doubleValue, number.isFinite else {
        throw .kind(key: name, needed: dimensions == 0 ? "a number" : "\(dimensions)-fold numbers")
      }
      return values.append(number)
    }
    guard let list = value as? [Any] else {
      throw .kind(key: name, needed: "a list, nested \(dimensions) times, of numbers")
    }
    if shape.count == depth { shape.append(list.count) }
    guard shape[depth] == list.count else {
      throw .shape(key: name, found: [list.count], needed: "\(shape[depth]) in each row")
    }
    for entry in list { try append(entry, name, depth: depth + 1, dimensions) }
  }

  /// The values, when all lie in a range.
  func checked(_ name: String, _ range: ClosedRange<Double>) throws(GoldenError) -> [Double] {
    if let bad = values.first(where: { !range.contains($0) }) {
      throw .number(key: name, value: bad, allowed: range)
    }
    return values
  }

  /// The values as whole numbers, when all are and lie in a range.
  func integers(_ name: String, _ range: ClosedRange<Int>) throws(GoldenError) -> [Int] {
    let allowed = Double(range.lowerBound)...Double(range.upperBound)
    var numbers: [Int] = []
    for value in try checked(name, allowed) {
      guard let number = Int(exactly: value) else {
        throw .kind(key: name, needed: "whole numbers")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The rows of an array of two dimensions.
  static func rows(_ values: [Int], columns: Int) -> [[Int]] {
    guard columns > 0 else { return [] }
    return stride(from: 0, to: values.count, by: columns).map {
      Array(values[$0..<$0 + columns])
    }
  }
}
