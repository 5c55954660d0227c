/// Typed access to the fields of a header; a wrong or missing field is a `bad_header` naming it.
extension JSONObject {
  /// A text of at most so many bytes.
  package func text(
    _ key: String, atMost longest: Int = JSONReader.longestText
  ) throws(WireError) -> String {
    guard case .text(let text)? = self[key] else { throw Self.wrong(key, "a text") }
    guard text.utf8.count <= longest else {
      throw WireError(
        .badHeader, "the field '\(key)' is too long", field: key, limit: longest,
        actual: text.utf8.count)
    }
    return text
  }

  /// A text that may be absent.
  package func optionalText(_ key: String, atMost longest: Int) throws(WireError) -> String? {
    self[key] == nil ? nil : try text(key, atMost: longest)
  }

  /// A whole number in a range.
  package func integer(_ key: String, _ range: ClosedRange<Int>) throws(WireError) -> Int {
    guard case .integer(let integer)? = self[key] else { throw Self.wrong(key, "a whole number") }
    guard range.contains(integer) else {
      throw WireError(
        .badHeader, "the field '\(key)' must lie in \(range.lowerBound)...\(range.upperBound)",
        field: key, limit: integer < range.lowerBound ? range.lowerBound : range.upperBound,
        actual: integer)
    }
    return integer
  }

  /// A whole number in a range, that may be absent.
  package func optionalInteger(
    _ key: String, _ range: ClosedRange<Int>
  ) throws(WireError) -> Int? {
    self[key] == nil ? nil : try integer(key, range)
  }

  /// A flag that may be absent.
  package func optionalFlag(_ key: String) throws(WireError) -> Bool? {
    self[key] == nil ? nil : try flag(key)
  }

  /// A finite number.
  package func number(_ key: String) throws(WireError) -> Double {
    switch self[key] {
    case .number(let number)?: return number
    case .integer(let integer)?: return Double(integer)
    default: throw Self.wrong(key, "a number")
    }
  }

  /// A flag.
  package func flag(_ key: String) throws(WireError) -> Bool {
    guard case .flag(let flag)? = self[key] else { throw Self.wrong(key, "true or false") }
    return flag
  }

  /// A 64-bit number written as decimal text, because many JSON readers round above 2⁵³.
  package func seed(_ key: String) throws(WireError) -> UInt64 {
    guard case .text(let text)? = self[key], let seed = UInt64(text) else {
      throw Self.wrong(key, "a 64-bit number as decimal text")
    }
    return seed
  }

  /// A list of texts.
  package func texts(_ key: String) throws(WireError) -> [String] {
    guard case .list(let values)? = self[key] else { throw Self.wrong(key, "a list of texts") }
    var texts: [String] = []
    for value in values {
      guard case .text(let text) = value else { throw Self.wrong(key, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  /// A mapping.
  package func object(_ key: String) throws(WireError) -> JSONObject {
    guard case .object(let object)? = self[key] else { throw Self.wrong(key, "an object") }
    return object
  }

  private static func wrong(_ key: String, _ kind: String) -> WireError {
    WireError(.badHeader, "the field '\(key)' must be \(kind)", field: key)
  }
}
