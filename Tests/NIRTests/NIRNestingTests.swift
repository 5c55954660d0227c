import Foundation
import NIR
import Testing

/// Graphs inside graphs.
@Suite struct NIRNestingTests {
  private static func lif(_ count: Int) -> NIRNode {
    let one = NIRTensor(repeating: 1, shape: [count])
    return .lif(
      NIRLIF(
        tau: one, r: one, vLeak: NIRTensor(repeating: 0, shape: [count]), vThreshold: one,
        vReset: NIRTensor(repeating: 0, shape: [count])))
  }

  private static func weights(_ rows: Int, _ columns: Int) -> NIRNode {
    .linear(NIRLinear(weight: NIRTensor(repeating: 0.5, shape: [rows, columns])))
  }

  private static func recurrent(_ count: Int) throws -> NIRGraph {
    try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [count])), NIRNamedNode("lif", lif(count)),
        NIRNamedNode("w_rec", weights(count, count)),
        NIRNamedNode("output", .output(shape: [count])),
      ],
      edges: [
        NIREdge("input", "lif"), NIREdge("lif", "w_rec"), NIREdge("w_rec", "lif"),
        NIREdge("lif", "output"),
      ])
  }

  private static func network(_ inner: NIRGraph) throws -> NIRGraph {
    try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [2])), NIRNamedNode("fc", weights(3, 2)),
        NIRNamedNode("rlif", .graph(inner)), NIRNamedNode("output", .output(shape: [3])),
      ],
      edges: [NIREdge("input", "fc"), NIREdge("fc", "rlif"), NIREdge("rlif", "output")])
  }

  @Test func innerNodesGetTheirPathAndPortsVanish() throws {
    let flat = try Self.network(Self.recurrent(3)).flattened()
    #expect(flat.nodes.map(\.name) == ["fc", "input", "output", "rlif.lif", "rlif.w_rec"])
    #expect(
      flat.edges == [
        NIREdge("fc", "rlif.lif"), NIREdge("input", "fc"), NIREdge("rlif.lif", "output"),
        NIREdge("rlif.lif", "rlif.w_rec"), NIREdge("rlif.w_rec", "rlif.lif"),
      ])
    #expect(try flat.flattened() == flat)
  }

  @Test func aGraphOfWiresAloneIsBridged() throws {
    let wire = try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [3])), NIRNamedNode("output", .output(shape: [3])),
      ], edges: [NIREdge("input", "output")])
    #expect(
      try Self.network(wire).flattened().edges == [NIREdge("fc", "output"), NIREdge("input", "fc")])
  }

  @Test func innerShapesMustFitOuterOnes() throws {
    let four = try Self.recurrent(4)
    #expect(
      throws: NIRError.edgeShape(NIREdge("fc", "rlif"), sourceShape: [3], targetShape: [4])
    ) { try Self.network(four) }
  }

  @Test func aGraphWithoutOneInputCannotBeReached() throws {
    let portless = try NIRGraph(nodes: [NIRNamedNode("lif", Self.lif(3))], edges: [])
    #expect(throws: NIRError.nestedPorts(node: "rlif", type: "Input", found: 0)) {
      try Self.network(portless)
    }
  }

  @Test func namesThatFallTogetherAreRefused() throws {
    let inner = try Self.recurrent(3)
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("rlif", .graph(inner)), NIRNamedNode("rlif.lif", Self.lif(3)),
      ], edges: [])
    #expect(throws: NIRError.duplicateNode("rlif.lif")) { try graph.flattened() }
  }

  @Test func nirsOwnNestedFileIsReadAndWrittenAgain() throws {
    let graph = try NIRFile(reading: Fixture.path("nested.nir")).graph
    guard case .graph(let inner)? = graph.node(named: "g") else {
      Issue.record("no nested graph")
      return
    }
    let level = NIRTensor(shape: [], values: [1], elementType: .int64)
    #expect(inner.metadata == [NIRMetadataEntry("level", .tensor(level))])
    #expect(
      try graph.flattened().nodes.map(\.name) == ["g.g.lif", "g.g.w_rec", "input", "output"])
    try Fixture.withFolder { folder in
      try NIRFile.write(graph, to: folder + "/again.nir")
      #expect(try NIRFile(reading: folder + "/again.nir").graph == graph)
    }
  }

  /// More groups inside groups than are read.
  @Test func deepGraphsAreRefused() throws {
    var graph = try Self.recurrent(3)
    for _ in 0..<40 {
      graph = try NIRGraph(
        nodes: [
          NIRNamedNode("input", .input(shape: [3])), NIRNamedNode("g", .graph(graph)),
          NIRNamedNode("output", .output(shape: [3])),
        ], edges: [NIREdge("input", "g"), NIREdge("g", "output")])
    }
    try Fixture.withFolder { folder in
      try NIRFile.write(graph, to: folder + "/deep.nir")
      let error = #expect(throws: NIRError.self) { try NIRFile(reading: folder + "/deep.nir") }
      #expect(error?.description.contains("lies deeper than the groups allowed") == true)
    }
  }
}
