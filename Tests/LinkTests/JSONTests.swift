import HardwareSpec
import Link
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  @Test func readsEveryKindOfValue() throws {
    let text = #" {"a":[1,-2,0.5,1e3,-0],"b":"\u00e9\n\ud83d\ude00\"","c":{"d":null},"e":true} "#
    #expect(
      try parse(text)
        == .object([
          "a": .list([.integer(1), .integer(-2), .number(0.5), .number(1000), .integer(0)]),
          "b": .text("é\n😀\""), "c": .object(["d": .null]), "e": .flag(true),
        ]))
  }

  @Test(arguments: [
    "", " ", "{", "}", "{]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01",
    "1.", ".5", "1e", "+1", "-", "--1", "1e999", "-1e999", "NaN", "Infinity", "nul", "truee",
    "99999999999999999999", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
    "\"\u{1}\"", "{\"a\":1,\"a\":2}", "[1] 2", "1 1",
  ])
  func refuses(text: String) {
    #expect(throws: WireError.self) { try parse(text) }
  }

  @Test func refusesBytesThatAreNotUTF8() {
    #expect(throws: WireError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
  }

  @Test func boundsDepthAndTexts() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(16))
    #expect(throws: WireError.self) { try parse(nested(17)) }
    #expect(throws: WireError.self) { try parse(String(repeating: "[", count: 60_000)) }
    _ = try parse("\"" + String(repeating: "x", count: 4096) + "\"")
    #expect(throws: WireError.self) { try parse("\"" + String(repeating: "x", count: 4097) + "\"") }
  }

  @Test func numbersComeBackExactly() throws {
    var random = SequentialRandom(seed: 3, stream: 1)
    for _ in 0..<2000 {
      let number = Double(bitPattern: random.next())
      guard number.isFinite else { continue }
      #expect(try JSONValue(parsing: JSONValue.number(number).json) == .number(number))
    }
    for integer in [Int.min, Int.max, 0, -1] {
      #expect(try JSONValue(parsing: JSONValue.integer(integer).json) == .integer(integer))
    }
    #expect(JSONValue.number(.nan).json == Array("null".utf8))
  }

  @Test func textsComeBackExactly() throws {
    let text = "a\"b\\c/\u{1}\u{1F}\n\té😀\u{2028}"
    #expect(try JSONValue(parsing: JSONValue.text(text).json) == .text(text))
  }

  /// Cuts and mutations of a valid header: a value or an error, never a trap.
  @Test func survivesMutations() {
    let header = Array(#"{"type":"run","n":[1,2.5e-3,{"x":"\u00e9"}],"y":null}"#.utf8)
    var random = SequentialRandom(seed: 4, stream: 1)
    for length in header.indices { _ = try? JSONValue(parsing: Array(header[..<length])) }
    for _ in 0..<20_000 {
      var bytes = header
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if let value = try? JSONValue(parsing: bytes) {
        #expect((try? JSONValue(parsing: value.json)) == value)
      }
    }
  }
}
