/// A value of a message header.
package enum JSONValue: Equatable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case flag(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case integer(Int)
  /// Any other number; finite.
  case number(Double)
  /// A text.
  case text(String)
  /// A list.
  case list([JSONValue])
  /// A mapping; keys are unique and keep their order.
  case object(JSONObject)
}

/// A mapping of a message header, in the order in which it was written.
package struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// A key and its value.
  package struct Member: Equatable, Sendable {
    package let key: String
    package var value: JSONValue
  }

  /// The keys and values in order.
  package private(set) var members: [Member] = []

  /// Makes an empty mapping.
  package init() {}

  /// Makes a mapping; a key that comes again replaces the value before.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }

  /// The value of a key; nil when it is not there.
  package subscript(key: String) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let place = members.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Adds the members of another mapping.
  package mutating func merge(_ other: JSONObject) {
    for member in other.members { self[member.key] = member.value }
  }
}
