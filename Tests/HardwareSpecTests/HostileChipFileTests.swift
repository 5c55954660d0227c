import Foundation
import HardwareSpec
import Testing

/// Garbage is refused with a sentence: it never traps, hangs or eats memory.
@Suite struct HostileChipFileTests {
  static let text = ChipLibrary.text(of: "synapus-1") ?? ""

  @Test(arguments: [
    "", " ", "\n\n", "# only a comment", "---", "...", "null", "~", "[]", "{}", "synapus", "- 1",
    "\t", "a: b: c", "{", "[", "\"", "'", "|", ">", "?", "? [a]\n: b", "%YAML 9.9\n---\na: 1",
    "a: 1\n---\nb: 2", "\u{0}", "a: \u{7}", "!!binary x", "!<tag:x> {a: 1}", "format: [1, 2]",
    "format: {a: 1}", "geometry: 3", "geometry: []", "time: {clock_hertz: [1]}", "\u{FEFF}",
  ])
  func notAChipFile(text: String) { #expect(!faults(of: text).isEmpty) }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: [", "!x [", "a: [", "[? "])
  func deepNesting(opening: String) {
    for depth in [10, 150, 300, 5_000, 100_000] {
      #expect(!faults(of: String(repeating: opening, count: depth)).isEmpty)
      let lines = String(repeating: opening + "\n", count: depth)
      #expect(!faults(of: lines).isEmpty)
    }
  }

  @Test func deepIndentation() {
    let text = (0..<1_000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
    #expect(faults(of: text).first?.message.contains("indented too deeply") == true)
  }

  /// The "billion laughs": ten lines that stand for 10¹⁰ nodes.
  private static func bomb(asKey: Bool) -> String {
    var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1..<10 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(aliases)]")
    }
    return (lines + [asKey ? "? *a9\n: 1" : "z: *a9"]).joined(separator: "\n")
  }

  @Test(arguments: [false, true])
  func aliasBomb(asKey: Bool) {
    let found = faults(of: Self.bomb(asKey: asKey))
    #expect(found.count == 1)
    #expect(found.first?.message.contains("anchors and aliases") == true)
  }

  @Test(arguments: [
    "name: \"a # \" , &b c", "x: \"open\n # \", *b\"", "x: 'it\n # ', *b", "x: \"a\\\" # \\\", *b",
    "{a: it's, b: 'foo\n # ', c: *b}", "x: # y\u{2028}z: *b", "- &b c", "[*b]", "{a: *b}", "? *b",
    "\"a\":*b", "x: # y\u{85}z: *b", "x: |\n  # text\nz: *b",
  ])
  func aliasesDoNotHideInQuotesOrComments(text: String) {
    #expect(faults(of: text).first?.message.contains("anchors and aliases") == true)
  }

  @Test func commentsMayHoldWhatTheyLike() throws {
    let text = Self.text + "# R&D: see *here*, &there, it's \"quoted\" [[[[{{{{\n"
    #expect(try ChipSpec(yaml: text, file: "x.yaml") == ChipLibrary.chip("synapus-1"))
  }

  @Test func tooLarge() {
    let large = Self.text + String(repeating: "# filler line\n", count: 80_000)
    #expect(faults(of: large).first?.message.contains("up to 1048576 are allowed") == true)
    let wide = Self.text + "#" + String(repeating: "x", count: 500)
    #expect(faults(of: wide).first?.message.contains("up to 400 are allowed") == true)
  }

  @Test func manyFaultsAreCutOff() {
    let keys = (0..<50_000).map { "key_\($0): 1" }.joined(separator: "\n")
    #expect((1...100).contains(faults(of: keys).count))
  }

  @Test func notUTF8() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "synapus-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try (Data(Self.text.utf8) + Data([0xFF, 0xC3, 0x28])).write(to: URL(filePath: path))
    #expect(
      throws: SpecError.faults(
        file: path, [.init(line: 1, message: "the file is not UTF-8 text")])
    ) { try ChipLibrary.chip(path) }
  }

  @Test(arguments: 0..<8)
  func randomDamageIsRefusedOrHarmless(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 77)
    let original = Array(Self.text.utf8)
    for round in 0..<250 {
      var bytes = original
      for _ in 0...Int(random.next() % 6) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] ^= 1 << (random.next() % 8)
        case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(place + 200, bytes.count))
        }
      }
      do {
        let text = String(decoding: bytes, as: UTF8.self)
        let spec = try ChipSpec(yaml: text, file: "damaged.yaml")
        let again = try ChipSpec(yaml: spec.canonicalYAML, file: "canonical.yaml")
        #expect(again == spec, "seed \(seed) round \(round)")
      } catch {
        guard case SpecError.faults(_, let list) = error else {
          Issue.record("seed \(seed) round \(round): \(error)")
          continue
        }
        #expect(!list.isEmpty && list.allSatisfy { $0.line >= 1 }, "seed \(seed) round \(round)")
        #expect(!error.description(of: list).contains("\n\n"))
      }
    }
  }
}

extension Error {
  fileprivate func description(of list: [SpecError.Fault]) -> String {
    list.map { "\($0.line): \($0.message)" }.joined(separator: "\n")
  }
}
