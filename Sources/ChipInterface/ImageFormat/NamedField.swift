import HardwareSpec

/// One number of a part with its name: binary form, text form and comparison go through the same
/// list of them.
struct NamedField<Part> {
  let name: String
  /// The number; nil where the part leaves it out.
  let read: (Part) -> Double?
  /// Stores a number, nil for none; false where the part cannot hold it.
  let store: (inout Part, Double?) -> Bool

  /// A whole number that a register of some width holds.
  static func integer<T: FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<Part, T>
  ) -> NamedField {
    NamedField(
      name: name, read: { Double($0[keyPath: path]) },
      store: { part, value in
        guard let value, let exact = T(exactly: value) else { return false }
        part[keyPath: path] = exact
        return true
      })
  }

  /// A whole number that may be missing.
  static func optional<T: FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<Part, T?>
  ) -> NamedField {
    NamedField(
      name: name, read: { $0[keyPath: path].map { Double($0) } },
      store: { part, value in
        let exact = value.flatMap { T(exactly: $0) }
        part[keyPath: path] = exact
        return (exact == nil) == (value == nil)
      })
  }

  static func real(_ name: String, _ path: WritableKeyPath<Part, Double>) -> NamedField {
    NamedField(
      name: name, read: { $0[keyPath: path] },
      store: { part, value in
        guard let value else { return false }
        part[keyPath: path] = value
        return true
      })
  }

  static func flag(_ name: String, _ path: WritableKeyPath<Part, Bool>) -> NamedField {
    NamedField(
      name: name, read: { $0[keyPath: path] ? 1 : 0 },
      store: { part, value in
        guard value == 0 || value == 1 else { return false }
        part[keyPath: path] = value == 1
        return true
      })
  }

  /// One of a few named choices, by their numbers.
  static func choice<T: RawRepresentable<UInt8>>(
    _ name: String, _ path: WritableKeyPath<Part, T>
  ) -> NamedField {
    NamedField(
      name: name, read: { Double($0[keyPath: path].rawValue) },
      store: { part, value in
        guard let value, let raw = UInt8(exactly: value), let choice = T(rawValue: raw) else {
          return false
        }
        part[keyPath: path] = choice
        return true
      })
  }
}

extension ImageSectionWriter {
  /// The numbers of a part; one that is left out is written as a byte 0, others as 1 and a real.
  mutating func fields<Part>(
    _ part: Part, _ fields: [NamedField<Part>]
  ) throws(ImageFormatError) {
    for field in fields {
      let value = field.read(part)
      integer(UInt8(value == nil ? 0 : 1))
      if let value { try real(value, field.name) }
    }
  }
}

extension ImageSectionReader {
  mutating func fields<Part>(
    _ part: inout Part, _ fields: [NamedField<Part>]
  ) throws(ImageFormatError) {
    for field in fields {
      let place = place
      let isThere = try integer(UInt8.self, "mark of \(field.name)", in: 0...1) == 1
      let value = isThere ? try real(field.name) : nil
      guard field.store(&part, value), field.read(part)?.bitPattern == value?.bitPattern else {
        throw .notCanonical(place, what: "a number for '\(field.name)' that it cannot hold")
      }
    }
  }

  /// Whole numbers of 16 bits with sign, a list.
  mutating func signedWords(_ what: String) throws(ImageFormatError) -> [Int16] {
    var values: [Int16] = []
    for _ in 0..<(try count(what, of: 2)) {
      values.append(Int16(bitPattern: try integer(UInt16.self)))
    }
    return values
  }
}

extension ImageSectionWriter {
  mutating func signedWords(_ values: [Int16], _ what: String) throws(ImageFormatError) {
    try count(values.count, what)
    for value in values { integer(UInt16(bitPattern: value)) }
  }
}

extension ChipImageText {
  /// ` name value` for each number that differs from those of `plain`.
  static func text<Part>(
    _ part: Part, _ fields: [NamedField<Part>], besides plain: Part
  ) -> String {
    fields.compactMap { field in
      guard let value = field.read(part), value != field.read(plain) else { return nil }
      return " \(field.name) \(short(value))"
    }.joined()
  }

  private static func short(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}

extension ImageTextLine {
  /// Reads ` name value` for any of the fields, in their order; the others stay as they are.
  mutating func fields<Part>(
    _ part: inout Part, _ fields: [NamedField<Part>]
  ) throws(ImageFormatError) {
    for field in fields where isNext(field.name) {
      try word(field.name)
      let place = self
      let value = try real("a number")
      guard field.store(&part, value) else { throw place.fault("a number that it can hold") }
    }
  }
}
