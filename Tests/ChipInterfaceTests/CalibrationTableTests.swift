import ChipInterface
import HardwareSpec
import Testing

@Suite("Calibration tables are files that say where they are wrong")
struct CalibrationTableTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func table(seed: UInt64 = 1) -> CalibrationTable {
    var random = SequentialRandom(seed: seed, stream: 21)
    let cores = [0, 3, 15].map { index in
      let columns = (0..<256).filter { _ in random.uniform() < 0.2 }
      func codes() -> [UInt16] { columns.map { _ in UInt16(random.uniform() * 1022) } }
      return CalibratedCore(
        index: index, columns: columns, success: columns.map { _ in random.uniform() < 0.9 },
        codes: [.leak: codes(), .membraneTime: codes(), .inhibitoryGain: codes()],
        residuals: [
          .excitatoryGain: columns.map { _ in 0.1 * random.normal() },
          .leak: columns.map { _ in 1e-3 * random.normal() },
        ])
    }
    return CalibrationTable(
      chipName: spec.name, specHash: spec.hash, chipSeed: 0xFFFF_FFFF,
      targets: [.leak: 0.43, .membraneTime: 5.12e-6, .excitatoryGain: 0.016], cores: cores)
  }

  @Test func filesComeBackAndNameTheirContent() throws {
    for seed in 0..<10 as Range<UInt64> {
      let table = table(seed: seed)
      let json = table.json
      #expect(try CalibrationTable(json: json, file: "c.json") == table, "seed \(seed)")
      #expect(json.contains("\"hash\": \"\(table.hash)\""))
      #expect(table.faults(on: spec).isEmpty)
    }
    #expect(table(seed: 1).hash == table(seed: 1).hash)
    #expect(table(seed: 1).hash != table(seed: 2).hash)
    var named = table()
    named.chipName = "a \"chip\"\\\n\u{1}ü"
    #expect(try CalibrationTable(json: named.json, file: "c.json") == named)
  }

  /// Made by hand, with nothing that is not needed.
  @Test func shortFilesDo() throws {
    let json = """
      {"format": "synapus-calibration/1", "chip": "synapus-1", "spec_hash": "ab", "chip_seed": 3,
       "targets": {"excitatory_gain": 0.016},
       "cores": [{"core": 2, "columns": [0, 7], "success": [1, 0],
                  "residuals": {"excitatory_gain": [0.1, -0.2]}}]}
      """
    let table = try CalibrationTable(json: json, file: "c.json")
    #expect(table.chipSeed == 3 && table.targets == [.excitatoryGain: 0.016])
    let core = try #require(table.core(2))
    #expect(table.core(1) == nil && table.core(3) == nil)
    #expect(core.place(ofColumn: 7) == 1 && core.place(ofColumn: 3) == nil)
    #expect(core.residuals[.excitatoryGain] == [0.1, -0.2] && core.codes.isEmpty)
    #expect(
      table.failedCircuits(on: spec.geometry).map { "\($0.core.index).\($0.column)" } == ["2.7"])
  }

  private func faults(_ json: String) -> [String] {
    do {
      _ = try CalibrationTable(json: json, file: "c.json")
      return []
    } catch { return error.description.split(separator: "\n").map(String.init) }
  }

  @Test func faultsNameLineAndKey() {
    let bare = faults("{\"format\": \"other\",\n\"chip\": 3, \"extra\": 1}")
    for expected in [
      "c.json:1: format must be 'synapus-calibration/1'", "c.json:2: chip is missing or no text",
      "c.json:1: spec_hash is missing or no text", "c.json:1: targets is missing",
      "c.json:1: chip_seed is missing or no number",
      "c.json:1: cores is missing or no list of objects",
    ] { #expect(bare.contains(expected), "\(expected) in \(bare)") }
    #expect(bare.contains { $0.hasPrefix("c.json:2: the file has an unknown key 'extra'") })
    let good = table().json
    let cases = [
      ("\"chip_seed\": 4294967295", "\"chip_seed\": -1", "chip_seed must be a whole number"),
      ("\"core\": 3", "\"core\": 0.5", "core must be a whole number"),
      ("\"membrane_time\": [", "\"membrane_time\": [1, ", "membrane_time in codes of core 0"),
      ("\"leak\": [", "\"leak\": [99999, ", "99999"),
      ("\"leak\": 0.43", "\"leek\": 0.43", "'leek'"),
      ("\"chip\": \"synapus-1\"", "\"chip\": \"other\"", "hash is not that of the content"),
      ("\"cores\": [", "\"cores\": [7, ", "a core is a number; an object is needed"),
      ("\"chip\":", "\"chip\"", "':' must stand behind key 'chip'"),
      ("\"spec_hash\"", "\"chip\": \"b\", \"spec_hash\"", "the key 'chip' twice"),
    ]
    for (from, to, expected) in cases {
      guard let range = good.firstRange(of: from) else {
        Issue.record("no \(from)")
        continue
      }
      let found = faults(good.replacingCharacters(in: range, with: to))
      #expect(found.contains { $0.contains(expected) }, "\(to): \(found.prefix(3))")
      #expect(found.allSatisfy { $0.hasPrefix("c.json:") })
    }
  }

  @Test func tablesAreHeldAgainstTheChip() {
    func fault(_ change: (inout CalibrationTable) -> Void) -> String {
      var table = table()
      change(&table)
      return table.faults(on: spec).first ?? ""
    }
    let cases = [
      (fault { $0.cores[2].index = 16 }, "core 16 is not on the chip"),
      (fault { $0.cores[1].index = 0 }, "out of order"),
      (fault { $0.cores[0].columns[0] = 300 }, "columns of core 0"),
      (fault { $0.cores[0].success.removeLast() }, "one entry for each"),
      (fault { $0.cores[0].codes[.leak]?[0] = 1023 }, "codes of leak above 1022"),
      (fault { $0.targets[.excitatoryGain] = 7 }, "target of excitatory_gain"),
    ]
    for (found, expected) in cases { #expect(found.contains(expected)) }
  }

  /// Bytes changed at random, texts cut short, deep nesting: an error or a table, never a trap.
  @Test func hostileTextsAreRefused() {
    let good = Array(table().json.utf8)
    var random = SequentialRandom(seed: 9, stream: 22)
    for _ in 0..<400 {
      var bytes = good
      for _ in 0..<Int(random.uniform() * 4) + 1 {
        let place = Int(random.uniform() * Double(bytes.count))
        let characters = Array("{}[]\",:0e-.\\ut".utf8)
        bytes[place] = characters[Int(random.uniform() * Double(characters.count))]
      }
      if random.uniform() < 0.3 { bytes.removeLast(Int(random.uniform() * Double(bytes.count))) }
      _ = faults(String(decoding: bytes, as: UTF8.self))
    }
    for text in [
      "", "{", "[", "\"", String(repeating: "[", count: 100_000), "{\"a\":" + "1e999}", "-", "01",
      "{\"a\": \"\\u12", "{\"a\": \"\\ud800\"}", "[1, {}, 2]", "nul", "1 2", "1.", "1e", "+1",
    ] { #expect(!faults(text).isEmpty, "\(text.prefix(20))") }
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
