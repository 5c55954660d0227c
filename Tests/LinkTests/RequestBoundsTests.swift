import Link
import Testing

/// Every field of a request at its bounds: the last value that is good, and the first beyond.
@Suite struct RequestBoundsTests {
  /// A field of a golden request: values that are taken, and values that are refused.
  struct Field: CustomTestStringConvertible, Sendable {
    let request, key: String
    let good, bad: [JSONValue]
    /// Whether the request is refused without it.
    var isRequired = false
    var testDescription: String { "\(request): \(key)" }
  }

  private static func text(_ count: Int) -> JSONValue {
    .text(String(repeating: "x", count: count))
  }

  private static func texts(_ count: Int) -> JSONValue {
    .list(Array(repeating: .text("x"), count: count))
  }

  private static func integers(_ range: ClosedRange<Int>) -> (good: [JSONValue], bad: [JSONValue]) {
    var bad: [JSONValue] = [.text("1"), .number(1.5), .null, .flag(true), .list([])]
    if range.lowerBound > Int.min { bad.append(.integer(range.lowerBound - 1)) }
    if range.upperBound < Int.max { bad.append(.integer(range.upperBound + 1)) }
    return ([.integer(range.lowerBound), .integer(range.upperBound)], bad + [.integer(.min)])
  }

  private static func field(
    _ request: String, _ key: String, _ range: ClosedRange<Int>, isRequired: Bool = false
  ) -> Field {
    let values = integers(range)
    return Field(
      request: request, key: key, good: values.good, bad: values.bad, isRequired: isRequired)
  }

  private static func name(
    _ request: String, _ key: String, atMost longest: Int, isRequired: Bool = false
  ) -> Field {
    Field(
      request: request, key: key, good: [text(0), text(longest)],
      bad: [text(longest + 1), .integer(1), .null, .list([]), .object([:])],
      isRequired: isRequired)
  }

  private static func flag(_ request: String, _ key: String) -> Field {
    Field(
      request: request, key: key, good: [.flag(true), .flag(false)],
      bad: [.integer(1), .text("true"), .null])
  }

  static let fields: [Field] = [
    name("ping", "type", atMost: 0, isRequired: true),
    name("ping", "id", atMost: 64, isRequired: true),
    name("ping", "session", atMost: 64), name("chip.info", "chip", atMost: 64),
    field("run", "epoch", 1...Int.max), field("run", "deadline_ms", 1...3_600_000),
    Field(
      request: "run", key: "acks", good: [.list([]), texts(256)],
      bad: [texts(257), .text("x"), .list([.integer(1)]), .null]),
    Field(
      request: "hello", key: "versions",
      good: [.list([.integer(2), .integer(2)]), .list([.integer(.min), .integer(.max)])],
      bad: [
        .list([]), .list([.integer(2)]), .list([.integer(3), .integer(2)]), .integer(2),
        .list([.integer(1), .integer(2), .integer(3)]), .list([.text("2"), .text("2")]),
      ], isRequired: true),
    name("session.open", "client", atMost: 256, isRequired: true),
    Field(
      request: "lease.acquire", key: "mode", good: [.text("shared"), .text("exclusive")],
      bad: [.text(""), .text("Shared"), .text("exclusive "), .integer(0), text(17)]),
    field("lease.acquire", "ttl_ms", 500...30_000), field("lease.acquire", "wait_ms", 0...30_000),
    name("lease.acquire", "note", atMost: 256), name("cancel", "target", atMost: 64),
    name("request.state", "target", atMost: 64, isRequired: true),
    name("put", "upload", atMost: 64, isRequired: true),
    field("put", "offset", 0...40, isRequired: true),
    field("put", "total", 1...1 << 40, isRequired: true),
    name("run.credit", "target", atMost: 64, isRequired: true),
    field("run.credit", "received", 0...Int.max), field("run.credit", "credit", 0...64),
    name("request.attach", "target", atMost: 64, isRequired: true),
    field("request.attach", "received", 0...Int.max), field("request.attach", "credit", 0...64),
    field("image.load", "checkpoint_every", 0...1_000_000),
    field("run", "duration_ticks", 1...1 << 24, isRequired: true), field("run", "credit", 1...64),
    flag("run", "accepted"), flag("run", "progress"),
    Field(
      request: "compile", key: "options",
      good: [
        .object([:]), .object(["seed": text(4096), "b": .text("")]),
        .object(["copies": .list([.text("fc1=5"), .text("fc2=3")]), "none": .list([])]),
      ],
      bad: [
        .list([]), .text(""), .object(["seed": .integer(1)]), .object(["seed": .null]),
        .object(["copies": .list([.text("fc1=5"), .integer(3)])]),
        .object(["copies": .list([.list([.text("fc1=5")])])]),
      ]),
  ]

  @Test(arguments: fields) func boundsAreKept(field: Field) throws {
    for value in field.good where field.key != "type" {
      #expect(try refusal(field, value) == nil, "\(value)")
    }
    for value in field.bad {
      let error = try #require(try refusal(field, value), "\(value) was taken")
      #expect(error.code == .badHeader || field.key == "type", "\(value): \(error)")
    }
    #expect(try (refusal(field, nil) != nil) == field.isRequired, "without it")
  }

  /// Why the golden request is refused with this value of the field.
  private func refusal(_ field: Field, _ value: JSONValue?) throws -> WireError? {
    let golden = try GoldenTests.golden(field.request)
    guard case .object(var header) = try JSONValue(parsing: golden.frames[1].bytes) else {
      throw WireError(.badHeader, "no object")
    }
    header[field.key] = value
    var frames = golden.frames
    frames[1] = Frame(JSONValue.object(header).json)
    do {
      let message = try Message(frames: frames, excess: 0, payloadLimit: 1 << 20)
      let request = try Request(message, on: golden.kind == .run ? .run : .control)
      if case .put(let piece) = request.command { #expect(piece.offset <= piece.total) }
      return nil
    } catch let error as MalformedMessage { return error.error } catch let error as WireError {
      return error
    }
  }
}
