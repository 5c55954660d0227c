import Compiler
import HardwareSpec
import NIR
import Testing

/// A population of current-based neurons over any shape; weight 1 is a jump of R·I by 1.
func population(_ shape: [Int], tauMem: Double = 0.02) -> NIRNode {
  func all(_ value: Double) -> NIRTensor {
    NIRTensor(repeating: value, shape: shape, elementType: .float64)
  }
  return .cubaLIF(
    NIRCubaLIF(
      tauSyn: all(0.01), tauMem: all(tauMem), r: all(1), vLeak: all(0), vThreshold: all(1),
      vReset: all(0), wIn: all(10)))
}

/// The synapses of projections onto a population as a full matrix [sender][receiver].
func matrix(_ projections: [SpikingProjection]) -> [[Double]] {
  guard let first = projections.first else { return [] }
  var rows = [[Double]](
    repeating: Array(repeating: 0, count: first.synapses.receiverCount),
    count: first.synapses.senderCount)
  for projection in projections {
    for sender in rows.indices {
      for synapse in projection.synapses.synapses(of: sender) {
        rows[sender][Int(projection.synapses.receivers[synapse])] +=
          projection.synapses.weights[synapse]
      }
    }
  }
  return rows
}

@Suite("Linear nodes are multiplied out to what they do one by one")
struct CompositionTests {
  private let options: CompileOptions

  init() throws { options = CompileOptions(try ChipLibrary.chip("synapus-1")) }

  private func lowered(_ graph: NIRGraph) throws -> SpikingNetwork {
    try Compiler.legalised(graph, name: "net", options).lowered
  }

  /// Holds a network against the answers to every unit vector and to silence.
  private func check(
    _ network: SpikingNetwork, _ inputs: Int, seed: UInt64, _ answer: ([Double]) -> [Double]
  ) {
    let silent = answer([Double](repeating: 0, count: inputs))
    let found = matrix(network.projections)
    for sender in 0..<inputs {
      var unit = [Double](repeating: 0, count: inputs)
      unit[sender] = 1
      let worst =
        zip(answer(unit), silent).map { $0 - $1 }.enumerated().map {
          abs($1 - found[sender][$0])
        }.max() ?? 0
      #expect(worst < 1e-9, "seed \(seed) sender \(sender)")
    }
    for (neuron, constant) in zip(network.populations[0].neurons, silent) {
      #expect(abs(neuron.biasShift - 10 * constant) < 1e-9, "seed \(seed)")
    }
  }

  @Test func randomChains() throws {
    for seed in 0..<150 as Range<UInt64> {
      var draw = RandomLinearNode(seed: seed)
      let axes = Int.random(in: 1...3, using: &draw.random)
      let shape = (0..<axes).map { Int.random(in: $0 == 0 ? 1...3 : 3...7, using: &draw.random) }
      var nodes: [(String, NIRNode)] = [("in", .input(shape: shape))]
      var value = DenseValue(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
      for index in 0..<Int.random(in: 1...5, using: &draw.random) {
        let node = draw.node(taking: value.shape)
        nodes.append(("n\(index)", node))
        value = DenseEvaluation.output(of: node, taking: value)
      }
      nodes.append(("pop", population(value.shape)))
      let network = try lowered(chain(nodes))
      #expect(network.populations[0].shape == value.shape)
      check(network, shape.reduce(1, *), seed: seed) { input in
        nodes.dropFirst().dropLast().reduce(DenseValue(shape: shape, values: input)) {
          DenseEvaluation.output(of: $1.1, taking: $0)
        }.values
      }
    }
  }

  /// Two chains that part and meet again, and a third way round.
  @Test func parallelWaysAddUp() throws {
    for seed in 0..<30 as Range<UInt64> {
      var draw = RandomLinearNode(seed: seed)
      let nodes = [(6, 4), (6, 4), (4, 5), (6, 5)].map { taken, given in
        NIRNode.affine(
          NIRAffine(weight: draw.tensor([given, taken]), bias: draw.tensor([given])))
      }
      let (a, b, c, d) = (nodes[0], nodes[1], nodes[2], nodes[3])
      let graph = try NIRGraph(
        nodes: [
          NIRNamedNode("in", .input(shape: [6])), NIRNamedNode("a", a), NIRNamedNode("b", b),
          NIRNamedNode("c", c), NIRNamedNode("d", d), NIRNamedNode("pop", population([5])),
        ],
        edges: [
          NIREdge("in", "a"), NIREdge("in", "b"), NIREdge("a", "c"), NIREdge("b", "c"),
          NIREdge("in", "d"), NIREdge("c", "pop"), NIREdge("d", "pop"),
        ])
      let network = try lowered(graph)
      #expect(network.projections.map(\.name) == ["a+b+c", "d"])
      #expect(network.projections[0].nodes == ["a", "b", "c"])
      #expect(network.projections[0].sharedWeights == 24 + 24 + 20)
      #expect(network.projections[1].sharedWeights == nil)
      check(network, 6, seed: seed) { input in
        let value = DenseValue(shape: [6], values: input)
        func after(_ node: NIRNode, _ value: DenseValue) -> DenseValue {
          DenseEvaluation.output(of: node, taking: value)
        }
        let sum = zip(after(a, value).values, after(b, value).values).map { $0 + $1 }
        return zip(after(c, DenseValue(shape: [4], values: sum)).values, after(d, value).values)
          .map { $0 + $1 }
      }
    }
  }

  @Test func aConvolutionSharesItsWeightsAndABatchNormFoldsInto() throws {
    var draw = RandomLinearNode(seed: 5)
    let scale = draw.tensor([3, 6, 6])
    let graph = try chain([
      ("in", .input(shape: [2, 8, 8])),
      (
        "conv",
        .conv2d(
          NIRConv2d(
            weight: draw.tensor([3, 2, 3, 3]), bias: draw.tensor([3]), inputShape: [8, 8]))
      ), ("norm", .scale(NIRScale(scale: scale))), ("pop", population([3, 6, 6])),
    ])
    let projection = try lowered(graph).projections[0]
    #expect(projection.name == "conv")
    #expect(projection.nodes == ["conv", "norm"])
    #expect(projection.synapses.count == 3 * 2 * 9 * 36)
    #expect(projection.sharedWeights == 3 * 2 * 9 + 108)
  }

  @Test func directEdgesAreIdentitiesAndZerosAreLeftOut() throws {
    let weights = NIRNode.linear(NIRLinear(weight: matrix([[1, 0], [0, 0]])))
    let graph = try chain([
      ("in", .input(shape: [2])), ("w", weights), ("p", cubaLIF(2)), ("q", cubaLIF(2)),
      ("out", .output(shape: [2])),
    ])
    let network = try lowered(graph)
    #expect(network.projections.map(\.name) == ["w", "p>q"])
    #expect(network.projections[1].source == "p")
    #expect(matrix([network.projections[1]]) == [[1, 0], [0, 1]])
    #expect(network.projections[0].synapses.count == 1)
    var keeping = options
    keeping.keepsZeroWeights = true
    let kept = try Compiler.legalised(graph, name: "net", keeping).lowered
    #expect(kept.projections[0].synapses.count == 4)
  }

  @Test func largeLayersAreComposedSparsely() throws {
    var draw = RandomLinearNode(seed: 8)
    let graph = try chain([
      ("in", .input(shape: [1, 128, 128])),
      (
        "conv",
        .conv2d(
          NIRConv2d(
            weight: draw.tensor([4, 1, 3, 3]), bias: draw.tensor([4]), padding: .same,
            inputShape: [128, 128]))
      ),
      ("pool", .avgPool2d(NIRPool2d(kernelSize: [2, 2], stride: [2, 2]))),
      ("pop", population([4, 64, 64])),
    ])
    let projection = try lowered(graph).projections[0]
    // A pooled 3 x 3 kernel is one of 4 x 4; its matrix would have 268 million values.
    #expect(projection.synapses.count < 4 * 64 * 64 * 16)
    #expect(projection.synapses.count > 4 * 64 * 64 * 15)
    #expect(projection.name == "conv")
  }
}
