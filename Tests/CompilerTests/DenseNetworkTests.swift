import Compiler
import NIR
import Testing

@Suite("Trained networks are written as NIR graphs")
struct DenseNetworkTests {
  @Test func nodesEdgesAndNumbers() throws {
    let network = DenseNetwork(
      inputCount: 2,
      layers: [
        .init(
          name: "hidden", projection: "w1", weights: [1, 2, 3, 4, 5, 6], count: 3,
          membraneSeconds: 0.02, synapticSeconds: 0.01, threshold: 1),
        .init(
          name: "readout", projection: "w2", weights: [7, 8, 9], count: 1, membraneSeconds: 0.02,
          synapticSeconds: 0.02, threshold: nil),
      ])
    let graph = try network.nirGraph(dt: 1e-3)
    #expect(graph.nodes.map(\.name) == ["hidden", "input", "output", "readout", "w1", "w2"])
    #expect(
      graph.edges == [
        NIREdge("hidden", "w2"), NIREdge("input", "w1"), NIREdge("readout", "output"),
        NIREdge("w1", "hidden"), NIREdge("w2", "readout"),
      ])
    // [sender, receiver] 2 x 3 becomes [receiver, sender] 3 x 2.
    let expected = NIRTensor(shape: [3, 2], values: [1, 4, 2, 5, 3, 6])
    #expect(graph.node(named: "w1") == .linear(NIRLinear(weight: expected)))
    guard case .cubaLIF(let lif)? = graph.node(named: "hidden"),
      case .cubaLI? = graph.node(named: "readout")
    else {
      Issue.record("the populations have other types")
      return
    }
    #expect(lif.tauSyn.values == [0.01, 0.01, 0.01] && lif.wIn.values == [10, 10, 10])
    #expect(lif.r.values == [1, 1, 1] && lif.vThreshold.values == [1, 1, 1])
  }

  @Test func wrongCountsAreRefused() {
    let network = DenseNetwork(
      inputCount: 2,
      layers: [
        .init(
          name: "h", projection: "w", weights: [1], count: 3, membraneSeconds: 1,
          synapticSeconds: 1, threshold: 1)
      ])
    #expect(throws: CompilerError.weightCount(projection: "w", found: 1, expected: 6)) {
      try network.nirGraph(dt: 1e-3)
    }
  }
}
