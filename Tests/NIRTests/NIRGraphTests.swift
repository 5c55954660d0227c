import Testing

import NIR

/// The checks of a graph that is made in memory, and what is written of it.
@Suite struct NIRGraphTests {
  private static func lif(_ count: Int, reset: Double = 0) -> NIRLIF {
    NIRLIF(
      tau: NIRTensor(repeating: 0.02, shape: [count], elementType: .float64),
      r: NIRTensor(repeating: 1, shape: [count]), vLeak: NIRTensor(repeating: 0, shape: [count]),
      vThreshold: NIRTensor(repeating: 1, shape: [count]),
      vReset: NIRTensor(repeating: reset, shape: [count]))
  }

  private static func nodes(_ hidden: NIRNode) -> [NIRNamedNode] {
    [
      NIRNamedNode("output", .output(shape: [2])), NIRNamedNode("hidden", hidden),
      NIRNamedNode("fc", .linear(NIRLinear(weight: NIRTensor(repeating: 0.5, shape: [2, 3])))),
      NIRNamedNode("input", .input(shape: [3])),
    ]
  }

  private static let edges = [
    NIREdge("input", "fc"), NIREdge("fc", "hidden"), NIREdge("hidden", "output"),
  ]

  @Test func nodesAndEdgesAreOrdered() throws {
    let graph = try NIRGraph(nodes: Self.nodes(.lif(Self.lif(2))), edges: Self.edges)
    #expect(graph.nodes.map(\.name) == ["fc", "hidden", "input", "output"])
    #expect(graph.edges.map(\.source) == ["fc", "hidden", "input"])
    #expect(
      try NIRGraph(nodes: Self.nodes(.lif(Self.lif(2))).reversed(), edges: Self.edges.reversed())
        == graph)
  }

  @Test func misfitsNameTheirPlace() {
    #expect(
      throws: NIRError.edgeShape(
        NIREdge("fc", "hidden"), sourceShape: [2], targetShape: [4])
    ) { try NIRGraph(nodes: Self.nodes(.lif(Self.lif(4))), edges: Self.edges) }
    #expect(throws: NIRError.unknownNode(edge: NIREdge("fc", "ghost"), name: "ghost")) {
      try NIRGraph(nodes: Self.nodes(.lif(Self.lif(2))), edges: [NIREdge("fc", "ghost")])
    }
    #expect(throws: NIRError.duplicateEdge(Self.edges[0])) {
      try NIRGraph(
        nodes: Self.nodes(.lif(Self.lif(2))), edges: Self.edges + [Self.edges[0]])
    }
    #expect(throws: NIRError.duplicateNode("input")) {
      try NIRGraph(
        nodes: Self.nodes(.lif(Self.lif(2))) + [NIRNamedNode("input", .input(shape: [3]))],
        edges: [])
    }
    #expect(throws: NIRError.badName("a/b")) {
      try NIRGraph(nodes: [NIRNamedNode("a/b", .input(shape: [3]))], edges: [])
    }
  }

  @Test func parametersAreChecked() {
    var uneven = Self.lif(2)
    uneven.r = NIRTensor([1])
    #expect(
      throws: NIRError.parameterShape(
        node: "hidden", parameter: "r", shape: [1], expected: [2])
    ) { try NIRGraph(nodes: Self.nodes(.lif(uneven)), edges: Self.edges) }
    var still = Self.lif(2)
    still.tau = NIRTensor([0.02, 0])
    #expect(throws: NIRError.notPositive(node: "hidden", parameter: "tau")) {
      try NIRGraph(nodes: Self.nodes(.lif(still)), edges: Self.edges)
    }
    var infinite = Self.lif(2)
    infinite.vLeak = NIRTensor([0, .infinity])
    #expect(throws: NIRError.notFinite(node: "hidden", parameter: "v_leak", index: 1)) {
      try NIRGraph(nodes: Self.nodes(.lif(infinite)), edges: Self.edges)
    }
    let affine = NIRAffine(weight: NIRTensor([1, 2]), bias: NIRTensor([1]))
    #expect(throws: NIRError.notAMatrix(node: "a", parameter: "weight", shape: [2])) {
      try NIRGraph(nodes: [NIRNamedNode("a", .affine(affine))], edges: [])
    }
  }

  /// nir 1.0.4 refuses files with v_reset, so a reset to zero is not written.
  @Test func resetIsWrittenOnlyWhereItIsNotZero() throws {
    for reset in [0.0, -0.5] {
      let graph = try NIRGraph(
        nodes: Self.nodes(.lif(Self.lif(2, reset: reset))), edges: Self.edges)
      try Fixture.withFolder { folder in
        try NIRFile.write(graph, to: folder + "/net.nir")
        let again = try NIRFile(reading: folder + "/net.nir")
        let note = NIRReadNote.defaulted(node: "hidden", parameter: "v_reset", value: 0)
        #expect(again.report.notes == (reset == 0 ? [note] : []))
        #expect(again.graph.node(named: "hidden") == graph.node(named: "hidden"))
      }
    }
  }

  @Test func largeWeightsAndSelfLoopsSurvive() throws {
    let weight = NIRTensor(
      shape: [40, 40], values: (0..<1600).map { Double($0) / 64 - 12 }, elementType: .float64)
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("rlif.w_rec", .linear(NIRLinear(weight: weight))),
        NIRNamedNode("rlif.lif", .lif(Self.lif(40))),
      ],
      edges: [NIREdge("rlif.lif", "rlif.w_rec"), NIREdge("rlif.w_rec", "rlif.lif")])
    try Fixture.withFolder { folder in
      try NIRFile.write(graph, to: folder + "/net.nir")
      #expect(try NIRFile(reading: folder + "/net.nir").graph == graph)
    }
  }

  @Test func everyErrorIsOneSentence() {
    let errors: [NIRError] = [
      .cannotOpen(file: "a.nir", code: 2), .notHDF5(file: "a"), .damaged(file: "a", object: "/n"),
      .refused(object: "/n", reason: "is a link"), .notNIR(file: "a", missing: "/node"),
      .unsupportedNode(node: "n", type: "Conv2d", supported: ["LI"]), .badEdges(shape: [3]),
      .badShape(node: "n", shape: [0], allowed: 3), .duplicateEdge(NIREdge("a", "b")),
      .cannotWrite(file: "a", code: 28),
    ]
    for error in errors {
      #expect(error.description.count > 10 && !error.description.hasSuffix("."))
    }
  }
}
