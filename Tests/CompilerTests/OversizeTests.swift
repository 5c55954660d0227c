import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import NIR
import Testing

@Suite("Networks larger than the chip go onto several")
struct OversizeTests {
  private func options(_ chip: String) throws -> CompileOptions {
    var options = CompileOptions(try ChipLibrary.chip(chip))
    options.oversize = .chips
    return options
  }

  @Test func twoChipsHoldWhatOneDoesNot() throws {
    let network = dense([250] + [Int](repeating: 250, count: 20), spread: 0.1)
    var refusing = try options("synapus-1")
    refusing.oversize = .refuse
    #expect(
      try misfits(network.nirGraph(dt: 1e-3), refusing) == [.cores(needed: 20, available: 16)])
    let result = try Compiler.compile(
      network.nirGraph(dt: 1e-3), name: "net", options("synapus-1"))
    #expect(result.spec.name == "synapus-1-chips-2x1")
    #expect(result.image.chipName == "synapus-1-chips-2x1")
    #expect(result.spec.geometry.coreCount == 32)
    let spec = try ChipLibrary.chip("synapus-1-chips-2x1")
    #expect(spec == result.spec)
    try result.image.validate(against: spec)
    #expect(
      result.report.approximations.contains(
        .joinedChips(count: 2, chip: "synapus-1", joined: "synapus-1-chips-2x1")))
    #expect(spec.network?.chips?.linkLatencyCycles == 60)
    #expect(
      spec.routeLatencyCycles(from: spec.geometry.cores[3], to: spec.geometry.cores[4])
        == spec.events.localLatencyCycles + 60)
  }

  @Test func chipsWithoutLinksAreNamed() throws {
    let sizes = [100] + [Int](repeating: 100, count: 40)
    var options = try options("bss2-like")
    options.spec.network?.chipLinks = nil
    let found = try misfits(dense(sizes).nirGraph(dt: 1e-3), options)
    #expect(found.map(\.code) == ["E0340"])
    #expect(
      found[0].message.contains("its file gives no links to other chips (network.chip_links)"))
    #expect(throws: SpecError.self) { try ChipLibrary.chip("bss2-like-chips-2x1") }
  }

  @Test func partsFollowTheNetworkAndKeepCyclesWhole() throws {
    // in -> a -> b -> c -> d, and d feeds back to c.
    let weights = matrix([[Double]](repeating: [Double](repeating: 0.01, count: 200), count: 200))
    func linear(_ name: String) -> NIRNamedNode {
      NIRNamedNode(name, .linear(NIRLinear(weight: weights)))
    }
    let graph = try NIRGraph(
      nodes: [NIRNamedNode("in", .input(shape: [200]))]
        + ["a", "b", "c", "d"].map { NIRNamedNode($0, cubaLIF(200)) }
        + ["wa", "wb", "wc", "wd", "back"].map(linear)
        + [NIRNamedNode("out", .output(shape: [200]))],
      edges: [
        NIREdge("in", "wa"), NIREdge("wa", "a"), NIREdge("a", "wb"), NIREdge("wb", "b"),
        NIREdge("b", "wc"), NIREdge("wc", "c"), NIREdge("c", "wd"), NIREdge("wd", "d"),
        NIREdge("d", "back"), NIREdge("back", "c"), NIREdge("d", "out"),
      ])
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    // c hears 400 neurons and takes two joined cores; a, b and d take one each.
    (options.spec.geometry.meshColumns, options.spec.geometry.meshRows) = (3, 1)
    #expect(try PartsCut(options).cut(graph) == [["a", "b"], ["c", "d"]])
    (options.spec.geometry.meshColumns, options.spec.geometry.meshRows) = (5, 1)
    #expect(try PartsCut(options).cut(graph) == [["a", "b", "c", "d"]])
    #expect(
      try PartsCut(options).cut(graph) { $0.count <= 3 } == [["a", "b"], ["c", "d"]])
    #expect(try PartsCut(options).cut(graph) { _ in false } == [["a"], ["b"], ["c", "d"]])
  }
}
