import HardwareSpec
import Testing

/// The section `network` of chip files, beyond what every section is tested for.
@Suite struct NetworkSectionTests {
  private static func text(_ chip: String = "synapus-1") throws -> String {
    try ChipLibrary.chip(chip).canonicalYAML
  }

  @Test func aChipFileMayLeaveTheNetworkOut() throws {
    let text = try Self.text()
    let start = try #require(text.range(of: "network:"))
    let spec = try ChipSpec(yaml: String(text[..<start.lowerBound]), file: "test.yaml")
    #expect(spec.network == nil)
    #expect(!spec.canonicalYAML.contains("network"))
    let cores = spec.geometry.cores
    #expect(spec.routeLatencyCycles(from: cores[0], to: cores[15]) == 24)
  }

  @Test func allPartsSurviveTheCanonicalForm() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.network?.chips = ChipTileSpec(
      columns: 2, rows: 4, link: ServerSpec(cyclesPerEvent: 12, waitingEvents: 33),
      linkLatencyCycles: 77)
    #expect(try ChipSpec(yaml: spec.canonicalYAML, file: "test.yaml") == spec)
    let crossbar = try ChipLibrary.chip("bss2-like")
    #expect(crossbar.network?.crossbar == CrossbarSpec(inputs: 20, outputs: 12))
    #expect(try ChipSpec(yaml: crossbar.canonicalYAML, file: "test.yaml") == crossbar)
  }

  @Test(arguments: [
    ("router: mesh", "router: torus", "one of mesh, crossbar"),
    ("when_full: back-pressure", "when_full: wait", "one of loss, back-pressure"),
    ("output_waiting_events: 16", "output_waiting_events: 0", "from 1 to 4096"),
    ("link_cycles_per_event: 2", "link_cycles_per_event: 0", "from 1 to 64"),
    ("arbiters_per_core: 1", "arbiters_per_core: 3", "must divide the 256 circuits"),
    ("router: mesh", "router: crossbar", "network.chip_links is given for a crossbar"),
    ("router: mesh", "crossbar: { inputs: 9, outputs: 9 }\n  router: mesh", "given for a mesh"),
    ("hop_latency_cycles: 4", "hop_latency_cycles: 0", "takes at least 1 cycle"),
    (
      "longest_delay_ticks: 63",
      "longest_delay_ticks: 63\n  chips: { columns: 3, rows: 4, link_cycles_per_event: 2,"
        + " link_waiting_events: 2, link_latency_cycles: 9 }", "must tile the mesh of 4 x 4"
    ),
    (
      "longest_delay_ticks: 63",
      "longest_delay_ticks: 63\n  chips: { columns: 2, rows: 4, link_cycles_per_event: 2,"
        + " link_waiting_events: 0, link_latency_cycles: 9 }", "'network.chips.link_waiting_events'"
    ),
  ])
  func impossibleNetworksAreRefused(old: String, new: String, words: String) throws {
    let text = try Self.text()
    #expect(text.contains(old))
    let found = faults(of: text.replacing(old, with: new))
    #expect(found.count == 1 && found.first?.message.contains(words) == true, "\(found)")
  }

  @Test func aCrossbarNeedsALineForEveryArbiterAndBus() throws {
    let text = try Self.text("bss2-like")
    let found = faults(of: text.replacing("inputs: 20", with: "inputs: 7"))
    #expect(found.map(\.message).joined().contains("need at least 8 and 8"), "\(found)")
    let without = text.replacing(/\n  crossbar: [^\n]*/, with: "")
    #expect(faults(of: without).map(\.message).joined().contains("'network.crossbar' is missing"))
    let tiles = "{ columns: 1, rows: 1, link_cycles_per_event: 2, link_waiting_events: 2,"
    let both = text.replacing(
      "  crossbar: ", with: "  chips: \(tiles) link_latency_cycles: 9 }\n  crossbar: ")
    #expect(faults(of: both).map(\.message).joined().contains("chips are tiles of a mesh"))
  }

  @Test func chipBordersCostTheirOwnLatency() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.events.localLatencyCycles = 5
    spec.network?.chips = ChipTileSpec(
      columns: 2, rows: 1, link: ServerSpec(cyclesPerEvent: 2, waitingEvents: 2),
      linkLatencyCycles: 100)
    let cores = spec.geometry.cores
    #expect(spec.routeLatencyCycles(from: cores[0], to: cores[1]) == 5 + 4)
    #expect(spec.routeLatencyCycles(from: cores[1], to: cores[2]) == 5 + 100)
    #expect(spec.routeLatencyCycles(from: cores[12], to: cores[3]) == 5 + 4 * 100 + 2 * 4)
    let crossbar = try ChipLibrary.chip("bss2-like")
    let halves = crossbar.geometry.cores
    #expect(crossbar.routeLatencyCycles(from: halves[0], to: halves[0]) == 10)
    #expect(crossbar.routeLatencyCycles(from: halves[1], to: halves[0]) == 22)
  }
}
