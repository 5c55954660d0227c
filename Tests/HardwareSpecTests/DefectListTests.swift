import Foundation
import HardwareSpec
import Testing

@Suite struct DefectListTests {
  let geometry: ChipGeometry

  init() throws { geometry = try ChipLibrary.chip("synapus-1").geometry }

  private func core(_ index: Int) throws -> CoreOnChip {
    try #require(CoreOnChip(index, on: geometry))
  }

  private func read(_ text: String) throws -> DefectList {
    try DefectList(yaml: text, file: "d.yaml", on: geometry)
  }

  private func message(_ text: String) -> String {
    do {
      _ = try DefectList(yaml: text, file: "d.yaml", on: geometry)
      return "accepted"
    } catch { return error.description }
  }

  @Test func yamlAndJSONSayTheSame() throws {
    let yaml = """
      format: synapus-defects/1
      cores: [3]
      dead_neurons:
        - [0, 17]
        - [2, 255]   # twice is once
        - [0, 17]
      stuck_neurons: [[0, 4], [0, 17]]
      rows: [[1, 511]]
      synapses: [[1, 5, 6]]
      links: [[0, 1], [4, 0]]
      """
    let json = """
      {"format": "synapus-defects/1", "cores": [3], "dead_neurons": [[2, 255], [0, 17]],
       "stuck_neurons": [[0, 4]], "rows": [[1, 511]], "synapses": [[1, 5, 6]],
       "links": [[4, 0], [0, 1]]}
      """
    let list = try read(yaml)
    #expect(try read(json) == list)
    #expect(list.count == 8)
    #expect(list.part(of: try core(0)).deadColumns == [17])
    // A circuit that is dead and stuck is dead.
    #expect(list.part(of: try core(0)).stuckColumns == [4])
    #expect(list.part(of: try core(1)).deadRows == [511])
    #expect(list.part(of: try core(1)).deadSynapses.map(\.column) == [6])
    #expect(list.part(of: try core(3)).isDead)
    #expect(list.hasDeadLink(from: try core(0), to: try core(1)))
    #expect(!list.hasDeadLink(from: try core(1), to: try core(0)))
    // A dead core takes its links along.
    #expect(list.hasDeadLink(from: try core(2), to: try core(3)))
  }

  @Test func anEmptyListAndAMissingFile() throws {
    #expect(try read("format: synapus-defects/1").isEmpty)
    #expect(throws: SpecError.unreadable(path: "/nowhere/d.yaml")) {
      try DefectList(reading: "/nowhere/d.yaml", on: geometry)
    }
    let path = FileManager.default.temporaryDirectory.appending(
      path: "synapus-\(UUID().uuidString).yaml"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "format: synapus-defects/1\ncores: [15]".write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(try DefectList(reading: path, on: geometry).cores == [core(15)])
  }

  @Test(arguments: [
    ("cores: [16]", "d.yaml:2: core 16 in 'cores' does not exist; the chip has cores 0 to 15"),
    ("cores: 3", "d.yaml:2: 'cores' must be a list of core"),
    ("rows: [[1]]", "d.yaml:2: an entry of 'rows' must be [core, row], whole numbers"),
    ("rows:\n  - [1, 2]\n  - [1, 512]", "d.yaml:4: row 512 in 'rows' does not exist"),
    ("synapses: [[0, 0, 256]]", "d.yaml:2: column 256"),
    ("synapses: [[0, 0, -1]]", "d.yaml:2: column -1"),
    ("links: [[0, 5]]", "d.yaml:2: 'links': cores 0 and 5 are no neighbours"),
    ("links: [[3, 4]]", "no neighbours"),
    ("neurons: []", "d.yaml:2: unknown key 'neurons'"),
    ("cores: [.nan]", "whole numbers"),
    ("cores: [99999999999999999999]", "whole numbers"),
    ("a: &x [1]\nb: *x", "no '&'"),
    ("cores: " + String(repeating: "[", count: 5000), "nested"),
  ])
  func badListsAreRefusedByLine(text: String, expected: String) {
    let found = message("format: synapus-defects/1\n" + text)
    #expect(found.contains(expected), "\(found)")
  }

  @Test func theFormatMustBeKnown() {
    #expect(message("cores: [1]").contains("d.yaml:1: 'format' is missing"))
    #expect(message("format: synapus-defects/2").contains("d.yaml:1: 'format' must be"))
    #expect(message("").contains("empty"))
  }

  @Test func ratesGiveThatManyAndAlwaysTheSame() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.imperfections.defectRates = DefectRates(
      deadNeurons: 0.02, stuckNeurons: 0.01, deadRows: 0.05, deadSynapses: 0.001, deadCores: 0.2,
      deadLinks: 0.1)
    let list = DefectList(drawnFor: spec, seed: 7)
    #expect(list == DefectList(drawnFor: spec, seed: 7))
    #expect(list != DefectList(drawnFor: spec, seed: 8))
    // Binomial counts within five standard deviations of their mean.
    func near(_ count: Int, _ parts: Int, _ rate: Double) -> Bool {
      let mean = Double(parts) * rate
      return abs(Double(count) - mean) < 5 * (mean * (1 - rate)).squareRoot() + 1
    }
    #expect(near(list.deadNeurons.count, 4096, 0.02))
    #expect(near(list.stuckNeurons.count, 4096, 0.01))
    #expect(near(list.rows.count, 16 * 512, 0.05))
    #expect(near(list.synapses.count, 16 * 512 * 256, 0.001))
    #expect(near(list.cores.count, 16, 0.2))
    // A higher rate breaks what was broken and more.
    var worse = spec
    worse.imperfections.defectRates.deadNeurons = 0.04
    let more = DefectList(drawnFor: worse, seed: 7)
    #expect(Set(more.deadNeurons).isSuperset(of: list.deadNeurons))
  }

  @Test func neighboursAreThoseOfTheMesh() throws {
    #expect(geometry.neighbours(of: try core(0)).map(\.index) == [1, 4])
    #expect(geometry.neighbours(of: try core(5)).map(\.index) == [1, 4, 6, 9])
    #expect(geometry.neighbours(of: try core(15)).map(\.index) == [11, 14])
  }
}
