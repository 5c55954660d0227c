/// A value that a test needs and did not get.
public struct MissingValue: Error, CustomStringConvertible {
  /// What was needed.
  public let description: String

  /// Says what was needed.
  public init(description: String) { self.description = description }
}

/// The value, or an error that says what is missing.
public func required<Value>(_ value: Value?, _ what: String) throws -> Value {
  guard let value else { throw MissingValue(description: "there is no \(what)") }
  return value
}
