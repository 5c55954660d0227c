import ChipInterface
import Compiler
import HardwareSpec
import NIR
import Testing

/// A random feed-forward network of sparse projections, whose weights are whole steps.
private struct SparseNetwork {
  var sizes: [Int]
  /// Weights [receiver][sender] of each projection, and its ends; -1 is the input.
  var projections: [(from: Int, to: Int, weights: [[Double]])] = []

  /// Weights are -7...7 fifteenths, with one of a whole 1 for each population, so that a step of
  /// stored weight is a fifteenth.
  init(seed: UInt64, density: Double, largest: Int) {
    var random = SequentialRandom(seed: seed, stream: 21)
    let count = 2 + Int(random.next() % 4)
    sizes = (0..<count).map { _ in 5 + Int(random.next() % UInt64(largest)) }
    for to in 1..<count {
      for from in 0..<to where from == to - 1 || random.uniform() < 0.3 {
        var weights = (0..<sizes[to]).map { _ in
          (0..<sizes[from]).map { _ in
            random.uniform() < density ? Double(Int(random.next() % 15) - 7) / 15 : 0
          }
        }
        weights[0][0] = 1
        projections.append((from - 1, to - 1, weights))
      }
    }
  }

  func graph() throws -> NIRGraph {
    var nodes = [NIRNamedNode("in", .input(shape: [sizes[0]]))]
    var edges: [NIREdge] = []
    for population in 1..<sizes.count {
      nodes.append(NIRNamedNode("p\(population - 1)", cubaLIF(sizes[population])))
    }
    for (index, projection) in projections.enumerated() {
      nodes.append(
        NIRNamedNode("w\(index)", .linear(NIRLinear(weight: matrix(projection.weights)))))
      edges.append(NIREdge(projection.from < 0 ? "in" : "p\(projection.from)", "w\(index)"))
      edges.append(NIREdge("w\(index)", "p\(projection.to)"))
    }
    nodes.append(NIRNamedNode("out", .output(shape: [sizes[sizes.count - 1]])))
    edges.append(NIREdge("p\(sizes.count - 2)", "out"))
    return try NIRGraph(nodes: nodes, edges: edges)
  }

  /// The steps that an image must hold, all senders numbered as in recordings.
  func expected(_ image: ChipImage) -> [MappedWeights.Key: Int] {
    var steps: [MappedWeights.Key: Int] = [:]
    let offsets = Dictionary(
      uniqueKeysWithValues: zip(image.io.populations.map(\.name), image.io.unitOffsets))
    for projection in projections {
      let to = offsets["p\(projection.to)"] ?? 0
      let from = offsets["p\(projection.from)"] ?? 0
      for (receiver, row) in projection.weights.enumerated() {
        for (sender, weight) in row.enumerated() where weight != 0 {
          let key = MappedWeights.Key(
            isInput: projection.from < 0, sender: from + sender, receiver: to + receiver, delay: 0)
          steps[key, default: 0] += Int((weight * 15).rounded())
        }
      }
    }
    return steps.filter { $0.value != 0 }
  }
}

@Suite("Every synapse of a network is in the image, where its sender's events go")
struct SparseMappingTests {
  @Test(arguments: 0..<8 as Range<UInt64>) func sparseNetworks(seed: UInt64) throws {
    let spec = try ChipLibrary.chip("synapus-1-mesh-8x8")
    let network = SparseNetwork(
      seed: seed, density: seed % 2 == 0 ? 0.05 : 0.3, largest: seed % 3 == 0 ? 600 : 200)
    var options = CompileOptions(spec)
    options.seed = seed
    let result = try Compiler.compile(network.graph(), name: "net", options)
    let found = MappedWeights(result.image, on: spec).steps
    #expect(found == network.expected(result.image), "seed \(seed), sizes \(network.sizes)")
  }

  /// Defects are avoided: the weights that work are all weights, but for those counted as lost.
  @Test(arguments: 0..<6 as Range<UInt64>) func sparseNetworksOnBrokenDevices(
    seed: UInt64
  ) throws {
    var spec = try ChipLibrary.chip("synapus-1-mesh-6x6")
    spec.imperfections.defectRates = DefectRates(
      deadNeurons: 0.01, stuckNeurons: 0.005, deadRows: 0.01, deadSynapses: 2e-4, deadCores: 0.05)
    let network = SparseNetwork(seed: seed, density: 0.2, largest: 250)
    var options = CompileOptions(spec)
    options.defects = DefectList(drawnFor: spec, seed: seed)
    let result = try Compiler.compile(network.graph(), name: "net", options)
    let image = result.image
    let bad = Set((options.defects.deadNeurons + options.defects.stuckNeurons))
    #expect(!image.cores.contains { options.defects.cores.contains($0.core) })
    for range in image.io.populations.flatMap(\.ranges) {
      for column in range.firstColumn..<range.firstColumn + range.count {
        #expect(
          !bad.contains { $0.core == range.core && $0.column == column }, "seed \(seed)")
      }
    }
    let expected = network.expected(image)
    let found = MappedWeights(image, on: spec, defects: options.defects).steps
    var lost = 0
    for case .deadSynapses(_, let count) in result.report.approximations { lost += count }
    let missing = expected.filter { found[$0.key] != $0.value }.count
    #expect(missing <= lost && (lost == 0) == (missing == 0), "seed \(seed): \(missing), \(lost)")
    #expect(lost < expected.count / 1000 + 1, "seed \(seed)")
  }
}
