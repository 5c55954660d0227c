import NIR
import Testing

/// Writing and reading gives the same graph, for graphs of all node types.
@Suite struct RoundTripTests {
  @Test func randomGraphsSurvive() throws {
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    print("round trip of random graphs: seed \(seed)")
    try Fixture.withFolder { folder in
      for number in 0..<40 {
        var random = RandomGraphs(seed: seed &+ UInt64(number))
        let graph = try random.graph()
        try NIRFile.write(graph, to: folder + "/net.nir")
        let again = try NIRFile(reading: folder + "/net.nir").graph
        #expect(again == graph, "seed \(seed), graph \(number)")
        #expect(try again.flattened().inferredShapes() == graph.flattened().inferredShapes())
      }
    }
  }

  /// The generator makes every type, or the test above would not test it.
  @Test func allTypesOccur() throws {
    var types: Set<String> = []
    for seed in 0..<60 {
      var random = RandomGraphs(seed: UInt64(seed))
      let graph = try random.graph()
      for node in try graph.nodes + graph.flattened().nodes { types.insert(node.node.typeName) }
    }
    #expect(types.sorted() == NIRNode.supportedTypes)
  }
}

/// Makes random networks that are sound.
struct RandomGraphs {
  private var state: UInt64
  private var nodes: [NIRNamedNode] = []
  private var edges: [NIREdge] = []

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func next(_ range: ClosedRange<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int(state >> 33) % range.count
  }

  /// Values that single precision holds, so that every element type keeps them.
  private mutating func tensor(_ shape: [Int], from lowest: Int = -64) -> NIRTensor {
    let types: [NIRTensor.ElementType] = [.float32, .float64, .float32, .int64]
    let type = types[next(0...3)]
    let divisor = type == .int64 ? 1.0 : 16.0
    let values = (0..<shape.reduce(1, *)).map { _ in Double(next(lowest...64)) / divisor }
    return NIRTensor(shape: shape, values: values, elementType: type)
  }

  mutating func graph(depth: Int = 0) throws -> NIRGraph {
    (nodes, edges) = ([], [])
    var shape = [[3], [2, 7], [2, 6, 5]][next(0...2)]
    nodes.append(NIRNamedNode("input", .input(shape: shape), metadata: metadata()))
    for index in 0..<next(1...7) {
      let node: NIRNode
      (node, shape) = try layer(shape, depth)
      let name = "n\(index).\(next(0...9))"
      edges.append(NIREdge(nodes[nodes.count - 1].name, name))
      if shape == node.inputShape, next(0...3) == 0 { edges.append(NIREdge(name, name)) }
      // A nested graph's own metadata stand where those of its node would.
      let isNested = if case .graph = node { true } else { false }
      nodes.append(NIRNamedNode(name, node, metadata: isNested ? [] : metadata()))
    }
    edges.append(NIREdge(nodes[nodes.count - 1].name, "output"))
    nodes.append(NIRNamedNode("output", .output(shape: shape)))
    return try NIRGraph(nodes: nodes, edges: edges, metadata: metadata())
  }

  private mutating func metadata() -> [NIRMetadataEntry] {
    guard next(0...3) == 0 else { return [] }
    return [
      NIRMetadataEntry("a", .text("Ω\(next(0...99))")),
      NIRMetadataEntry("b", .group([NIRMetadataEntry("c", .tensor(tensor([next(1...3)])))])),
    ]
  }

  private mutating func layer(_ shape: [Int], _ depth: Int) throws -> (NIRNode, [Int]) {
    if depth < 2, next(0...7) == 0 { return try nested(shape, depth) }
    switch shape.count {
    case 1 where next(0...2) == 0:
      let rows = next(1...40)
      let weight = tensor([rows, shape[0]])
      return next(0...1) == 0
        ? (.linear(NIRLinear(weight: weight)), [rows])
        : (.affine(NIRAffine(weight: weight, bias: tensor([rows]))), [rows])
    case 2 where next(0...2) == 0: return line(shape)
    case 3 where next(0...1) == 0: return plane(shape)
    case 2... where next(0...3) == 0:
      let flatten = NIRFlatten(startDim: 0, endDim: -1, inputShape: shape)
      return (.flatten(flatten), [shape.reduce(1, *)])
    default: return (elementwise(shape), shape)
    }
  }

  private mutating func nested(_ shape: [Int], _ depth: Int) throws -> (NIRNode, [Int]) {
    let inner = try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: shape)), NIRNamedNode("x", elementwise(shape)),
        NIRNamedNode("output", .output(shape: shape)),
      ], edges: [NIREdge("input", "x"), NIREdge("x", "output")], metadata: metadata())
    return (.graph(inner), shape)
  }

  private mutating func line(_ shape: [Int]) -> (NIRNode, [Int]) {
    let padding = [NIRPadding.same, .valid, .explicit([next(0...2)])][next(0...2)]
    let kernel = next(1...min(3, shape[1]))
    let convolution = NIRConv1d(
      weight: tensor([4, shape[0], kernel]), bias: tensor([4]),
      stride: padding == .same ? 1 : next(1...2), padding: padding, inputShape: [shape[1]])
    let node = NIRNode.conv1d(convolution)
    return (node, node.outputShape)
  }

  private mutating func plane(_ shape: [Int]) -> (NIRNode, [Int]) {
    let kernel = [next(1...min(3, shape[1])), next(1...min(3, shape[2]))]
    if next(0...2) == 0 {
      let pool = NIRPool2d(kernelSize: kernel, stride: [next(1...2), next(1...2)])
      let places = (0..<2).map { (shape[$0 + 1] - kernel[$0]) / pool.stride[$0] + 1 }
      return (next(0...1) == 0 ? .sumPool2d(pool) : .avgPool2d(pool), [shape[0]] + places)
    }
    let groups = shape[0] % 2 == 0 ? next(1...2) : 1
    let padding = [NIRPadding.same, .valid, .explicit([next(0...2), 1])][next(0...2)]
    let node = NIRNode.conv2d(
      NIRConv2d(
        weight: tensor([4, shape[0] / groups] + kernel), bias: tensor([4]),
        stride: padding == .same ? [1, 1] : [next(1...2), 1], padding: padding, groups: groups,
        inputShape: [shape[1], shape[2]]))
    return (node, node.outputShape)
  }

  private mutating func elementwise(_ shape: [Int]) -> NIRNode {
    let any = { (random: inout RandomGraphs) in random.tensor(shape) }
    let time = { (random: inout RandomGraphs) in random.tensor(shape, from: 1) }
    switch next(0...8) {
    case 0: return .scale(NIRScale(scale: any(&self)))
    case 1: return .delay(NIRDelay(delay: tensor(shape, from: 0)))
    case 2: return .threshold(NIRThreshold(threshold: any(&self)))
    case 3: return .i(NIRI(r: any(&self)))
    case 4: return .if(NIRIF(r: any(&self), vThreshold: any(&self), vReset: time(&self)))
    case 5: return .li(NIRLI(tau: time(&self), r: any(&self), vLeak: any(&self)))
    case 6:
      return .lif(
        NIRLIF(
          tau: time(&self), r: any(&self), vLeak: any(&self), vThreshold: any(&self),
          vReset: time(&self)))
    case 7:
      return .cubaLI(
        NIRCubaLI(
          tauSyn: time(&self), tauMem: time(&self), r: any(&self), vLeak: any(&self),
          wIn: any(&self)))
    default:
      return .cubaLIF(
        NIRCubaLIF(
          tauSyn: time(&self), tauMem: time(&self), r: any(&self), vLeak: any(&self),
          vThreshold: any(&self), vReset: time(&self), wIn: any(&self)))
    }
  }
}
