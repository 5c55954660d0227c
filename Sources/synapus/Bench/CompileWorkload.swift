import Compiler
import HardwareSpec
import NIR

/// The networks of `synapus bench compile`, made in code.
struct CompileWorkload {
  /// Which network.
  enum Size: String, CaseIterable {
    /// 256-246-10, for 16 x 16 images.
    case mlp
    /// 16 populations of 256, each hearing 256: every synapse of a chip of 16 cores.
    case full
    /// 1,000 populations of 256, each hearing 128 neurons of one other.
    case mesh
    /// 4,096 neurons, every ordered pair connected with p = 0.1.
    case w2g
  }

  let size: Size
  private let seed: UInt64 = 1

  /// The chip that the network is made for.
  var chip: String {
    switch size {
    case .mlp, .full: return "synapus-1"
    case .mesh: return "synapus-1-mesh-40x25"
    case .w2g: return "synapus-1-mesh-16x16"
    }
  }

  /// The network.
  func graph() throws -> NIRGraph {
    switch size {
    case .mlp: return try chain([256, 246, 10])
    case .full: return try chain([Int](repeating: 256, count: 17))
    case .mesh: return try mesh(populations: 1_000, neurons: 256, heard: 128)
    case .w2g: return try recurrent(neurons: 4_096, probability: 0.1)
    }
  }

  /// Fully connected layers.
  private func chain(_ sizes: [Int]) throws -> NIRGraph {
    var random = SequentialRandom(seed: seed, stream: 1)
    var (nodes, edges) = ([NIRNamedNode("input", .input(shape: [sizes[0]]))], [NIREdge]())
    var last = "input"
    for layer in 1..<sizes.count {
      let (weights, name) = ("weights\(layer)", "layer\(layer)")
      let values = (0..<sizes[layer] * sizes[layer - 1]).map { _ in random.normal() * 0.1 }
      nodes.append(Self.linear(weights, [sizes[layer], sizes[layer - 1]], values))
      nodes.append(NIRNamedNode(name, Self.neurons(sizes[layer])))
      edges += [NIREdge(last, weights), NIREdge(weights, name)]
      last = name
    }
    nodes.append(NIRNamedNode("output", .output(shape: [sizes[sizes.count - 1]])))
    edges.append(NIREdge(last, "output"))
    return try NIRGraph(nodes: nodes, edges: edges)
  }

  /// Populations that each hear some neurons of another one, all of whose weights to them are not
  /// zero; the input drives the first.
  private func mesh(populations: Int, neurons: Int, heard: Int) throws -> NIRGraph {
    var random = SequentialRandom(seed: seed, stream: 2)
    var nodes = [NIRNamedNode("input", .input(shape: [heard]))]
    var edges: [NIREdge] = []
    for number in 0..<populations {
      var other = Int(random.next() % UInt64(populations - 1))
      if other >= number { other += 1 }
      var values = [Double](repeating: 0, count: neurons * neurons)
      for column in random.permutation(neurons).prefix(heard) {
        for row in 0..<neurons { values[row * neurons + column] = Self.weight(random.next()) }
      }
      nodes.append(Self.linear("w\(number)", [neurons, neurons], values))
      nodes.append(NIRNamedNode("p\(number)", Self.neurons(neurons)))
      edges += [NIREdge("p\(other)", "w\(number)"), NIREdge("w\(number)", "p\(number)")]
    }
    let values = (0..<neurons * heard).map { _ in Self.weight(random.next()) }
    nodes.append(Self.linear("wi", [neurons, heard], values))
    nodes.append(NIRNamedNode("output", .output(shape: [neurons])))
    edges += [NIREdge("input", "wi"), NIREdge("wi", "p0"), NIREdge("p0", "output")]
    return try NIRGraph(nodes: nodes, edges: edges)
  }

  /// One population that hears itself; a bias on the input's weights keeps it alive.
  private func recurrent(neurons: Int, probability: Double) throws -> NIRGraph {
    var random = SequentialRandom(seed: seed, stream: 3)
    let values = (0..<neurons * neurons).map { _ in
      random.uniform() < probability ? Self.weight(random.next()) : 0
    }
    let bias = (0..<neurons).map { _ in 0.9 + 0.4 * random.uniform() }
    let drive = NIRAffine(
      weight: NIRTensor(repeating: 0, shape: [neurons, 1], elementType: .float64),
      bias: NIRTensor(shape: [neurons], values: bias, elementType: .float64))
    return try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [1])), NIRNamedNode("drive", .affine(drive)),
        Self.linear("recurrent", [neurons, neurons], values),
        NIRNamedNode("neurons", Self.neurons(neurons)),
        NIRNamedNode("output", .output(shape: [neurons])),
      ],
      edges: [
        NIREdge("input", "drive"), NIREdge("drive", "neurons"), NIREdge("neurons", "recurrent"),
        NIREdge("recurrent", "neurons"), NIREdge("neurons", "output"),
      ])
  }

  /// ±{1, 2, 3, 4} hundredths.
  private static func weight(_ bits: UInt64) -> Double {
    Double(1 + bits >> 1 & 3) * (bits & 1 == 0 ? 0.01 : -0.01)
  }

  private static func linear(_ name: String, _ shape: [Int], _ values: [Double]) -> NIRNamedNode {
    NIRNamedNode(
      name, .linear(NIRLinear(weight: NIRTensor(shape: shape, values: values))))
  }

  private static func neurons(_ count: Int) -> NIRNode {
    func all(_ value: Double) -> NIRTensor {
      NIRTensor(repeating: value, shape: [count], elementType: .float64)
    }
    return .cubaLIF(
      NIRCubaLIF(
        tauSyn: all(0.005), tauMem: all(0.02), r: all(1), vLeak: all(0), vThreshold: all(1),
        vReset: all(0), wIn: all(5)))
  }
}
