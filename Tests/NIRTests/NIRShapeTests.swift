import NIR
import Testing

/// Shapes through a graph: torch's arithmetic, what neighbours say, and contradictions.
@Suite struct NIRShapeTests {
  private static func chain(_ nodes: [(String, NIRNode)], input: [Int]) throws -> NIRGraph {
    let named =
      [NIRNamedNode("input", .input(shape: input))]
      + nodes.map { NIRNamedNode($0.0, $0.1) }
    return try NIRGraph(
      nodes: named, edges: zip(named, named.dropFirst()).map { NIREdge($0.name, $1.name) })
  }

  private static func shape(of node: NIRNode, taking input: [Int]) throws -> [Int] {
    try #require(try chain([("n", node)], input: input).inferredShapes()["n"]).output
  }

  private static func conv2d(
    _ kernel: [Int], stride: [Int] = [1, 1], padding: NIRPadding = .valid,
    dilation: [Int] = [1, 1], groups: Int = 1
  ) -> NIRNode {
    .conv2d(
      NIRConv2d(
        weight: NIRTensor(repeating: 1, shape: kernel),
        bias: NIRTensor(repeating: 0, shape: [kernel[0]]), stride: stride, padding: padding,
        dilation: dilation, groups: groups))
  }

  /// Shapes that torch 2.13 gives for the same layers.
  @Test func convolutionsHaveTheShapesOfTorch() throws {
    let cases: [(NIRNode, [Int], [Int])] = [
      (Self.conv2d([4, 2, 3, 3]), [2, 8, 8], [4, 6, 6]),
      (Self.conv2d([4, 2, 3, 3], padding: .same), [2, 8, 9], [4, 8, 9]),
      (Self.conv2d([4, 2, 4, 2], padding: .same, dilation: [1, 3]), [2, 8, 9], [4, 8, 9]),
      (
        Self.conv2d([8, 2, 3, 3], stride: [2, 2], padding: .explicit([2, 1]), groups: 2),
        [4, 7, 9], [8, 5, 5]
      ),
      (
        Self.conv2d([5, 6, 3, 5], stride: [3, 2], padding: .explicit([0, 2]), dilation: [2, 1]),
        [6, 17, 12], [5, 5, 6]
      ),
    ]
    for (node, input, output) in cases {
      #expect(try Self.shape(of: node, taking: input) == output)
    }
    let line = NIRConv1d(
      weight: NIRTensor(repeating: 1, shape: [6, 1, 5]),
      bias: NIRTensor(repeating: 0, shape: [6]), stride: 2, padding: .explicit([2]), groups: 3)
    #expect(try Self.shape(of: .conv1d(line), taking: [3, 16]) == [6, 8])
    let pool = NIRPool2d(kernelSize: [3, 2], stride: [2, 2], padding: [1, 0])
    #expect(try Self.shape(of: .sumPool2d(pool), taking: [4, 7, 9]) == [4, 4, 4])
    #expect(try Self.shape(of: .avgPool2d(pool), taking: [1, 8, 8]) == [1, 4, 4])
  }

  @Test func flattenCountsAxesFromBothEnds() throws {
    for (first, last, output) in [
      (0, -1, [120]), (1, -1, [2, 60]), (-2, -1, [2, 3, 20]), (0, 1, [6, 4, 5]),
      (2, 2, [2, 3, 4, 5]),
    ] {
      let node = NIRNode.flatten(NIRFlatten(startDim: first, endDim: last))
      #expect(try Self.shape(of: node, taking: [2, 3, 4, 5]) == output)
    }
    #expect(throws: NIRError.self) {
      try Self.shape(of: .flatten(NIRFlatten(startDim: 2, endDim: 1)), taking: [2, 3, 4])
    }
  }

  @Test func whatCannotBeTakenNamesTheNode() {
    let cases: [(NIRNode, [Int])] = [
      (Self.conv2d([4, 3, 3, 3]), [2, 8, 8]), (Self.conv2d([4, 2, 9, 3]), [2, 8, 8]),
      (.avgPool2d(NIRPool2d(kernelSize: [3, 3], stride: [1, 1])), [2, 2, 8]),
      (.avgPool2d(NIRPool2d(kernelSize: [3, 3], stride: [1, 1])), [2, 2, 8, 8]),
    ]
    for (node, input) in cases {
      let error = #expect(throws: NIRError.self) { try Self.shape(of: node, taking: input) }
      guard case .inputShape("n", node.typeName, input, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  /// Numbers that no kernel, stride or padding may have.
  @Test func filterParametersAreChecked() {
    let nodes: [(NIRNode, String)] = [
      (Self.conv2d([4, 2, 3, 3], stride: [0, 1]), "stride"),
      (Self.conv2d([4, 2, 3, 3], stride: [1]), "stride"),
      (Self.conv2d([4, 2, 3, 3], stride: [2, 2], padding: .same), "stride"),
      (Self.conv2d([4, 2, 3, 3], padding: .explicit([-1, 0])), "padding"),
      (Self.conv2d([4, 2, 3, 3], dilation: [1, 1 << 40]), "dilation"),
      (Self.conv2d([4, 2, 3, 3], groups: 3), "groups"), (Self.conv2d([4, 2, 3]), "weight"),
      (.sumPool2d(NIRPool2d(kernelSize: [0, 2], stride: [1, 1])), "kernel_size"),
      (.delay(NIRDelay(delay: NIRTensor([1, -1]))), "delay"),
    ]
    for (node, parameter) in nodes {
      let error = #expect(throws: NIRError.self) {
        try NIRGraph(nodes: [NIRNamedNode("n", node)], edges: [])
      }
      guard case .wrongType("n", parameter, _, _)? = error else {
        Issue.record("\(parameter): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func populationsFollowWhatLiesBetweenThem() throws {
    let one = NIRTensor(repeating: 1, shape: [])
    let pool = NIRNode.sumPool2d(NIRPool2d(kernelSize: [2, 2], stride: [2, 2]))
    let linear = NIRNode.linear(NIRLinear(weight: NIRTensor(repeating: 1, shape: [3, 32])))
    let graph = try Self.chain(
      [
        ("conv", Self.conv2d([2, 1, 3, 3], padding: .same)),
        ("spike", .if(NIRIF(r: one, vThreshold: one, vReset: one))), ("pool", pool),
        ("flat", .flatten(NIRFlatten())), ("fc", linear), ("i", .i(NIRI(r: one))),
        ("output", .output(shape: [])),
      ], input: [1, 8, 8])
    let shapes = try graph.inferredShapes()
    #expect(shapes["spike"]?.output == [2, 8, 8])
    #expect(shapes["pool"]?.output == [2, 4, 4])
    #expect(shapes["flat"]?.output == [32])
    #expect(shapes["i"]?.output == [3] && shapes["output"]?.input == [3])
  }

  @Test func contradictionsBehindPoolsNameBothNodes() {
    let pool = NIRNode.sumPool2d(NIRPool2d(kernelSize: [2, 2], stride: [2, 2]))
    let five = NIRTensor(repeating: 1, shape: [2, 5, 5])
    #expect(
      throws: NIRError.edgeShape(
        NIREdge("pool", "n"), sourceShape: [2, 4, 4], targetShape: [2, 5, 5])
    ) {
      try Self.chain([("pool", pool), ("n", .i(NIRI(r: five)))], input: [2, 8, 8])
    }
  }
}
