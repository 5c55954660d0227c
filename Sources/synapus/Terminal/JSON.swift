/// A JSON value that is built rather than declared, for answers whose keys are data.
struct JSON: Encodable, Sendable {
  private indirect enum Content: Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([Member])
  }

  private struct Member: Sendable {
    var key: String
    var value: JSON
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let content: Content

  static let null = JSON(content: .null)
  static func flag(_ value: Bool) -> JSON { JSON(content: .flag(value)) }
  static func integer(_ value: Int) -> JSON { JSON(content: .integer(value)) }
  static func number(_ value: Double) -> JSON { JSON(content: .number(value)) }
  static func text(_ value: String) -> JSON { JSON(content: .text(value)) }
  static func list(_ values: [JSON]) -> JSON { JSON(content: .list(values)) }
  static func object(_ members: KeyValuePairs<String, JSON>) -> JSON {
    object(Array(members.map { ($0.key, $0.value) }))
  }
  static func object(_ members: [(String, JSON)]) -> JSON {
    JSON(content: .object(members.map { Member(key: $0.0, value: $0.1) }))
  }

  func encode(to encoder: any Encoder) throws {
    if case .object(let members) = content {
      var container = encoder.container(keyedBy: Key.self)
      for member in members { try container.encode(member.value, forKey: Key(member.key)) }
      return
    }
    var container = encoder.singleValueContainer()
    switch content {
    case .null, .object: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    // JSON has no word for infinity or "no number".
    case .number(let value): try value.isFinite ? container.encode(value) : container.encodeNil()
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }

  /// The value on one line, for people.
  var brief: String {
    switch content {
    case .null: return "-"
    case .flag(let value): return value ? "yes" : "no"
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .text(let value): return value
    case .list(let values): return values.map(\.brief).joined(separator: " ")
    case .object(let members):
      return members.map { "\($0.key) \($0.value.brief)" }.joined(separator: ", ")
    }
  }
}
