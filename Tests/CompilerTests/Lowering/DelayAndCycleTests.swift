import Compiler
import HardwareSpec
import NIR
import Testing

@Suite("Delays and cycles reach the projections")
struct DelayAndCycleTests {
  private let options: CompileOptions

  init() throws { options = CompileOptions(try ChipLibrary.chip("synapus-1")) }

  private func delay(_ seconds: [Double]) -> NIRNode { .delay(NIRDelay(delay: values(seconds))) }
  private func linear(_ rows: [[Double]]) -> NIRNode { .linear(NIRLinear(weight: matrix(rows))) }

  private func lowered(
    _ graph: NIRGraph, _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> SpikingNetwork {
    var changed = options
    change(&changed)
    return try Compiler.legalised(graph, name: "net", changed).lowered
  }

  @Test func aDelayBeforeTheWeightsBelongsToSenders() throws {
    let graph = try chain([
      ("in", .input(shape: [3])), ("d", delay([0.002, 0, 0.005])),
      ("w", linear([[1, 2, 3], [4, 5, 6]])), ("p", cubaLIF(2)),
    ])
    let network = try lowered(graph)
    #expect(network.projections.map(\.name) == ["w"])
    #expect(network.projections[0].delays == [2, 0, 5])
    #expect(network.projections[0].nodes == ["d", "w"])
    #expect(matrix(network.projections) == [[1, 4], [2, 5], [3, 6]])
    let slow = try lowered(graph) { $0.ticksPerStep = 4 }
    #expect(slow.projections[0].delays == [8, 0, 20])
  }

  @Test func aDelayBehindTheWeightsSplitsTheProjection() throws {
    let graph = try chain([
      ("in", .input(shape: [2])), ("w", linear([[1, 2], [3, 4], [5, 6]])),
      ("d", delay([0.002, 0, 0.002])), ("p", cubaLIF(3)),
    ])
    let network = try lowered(graph)
    #expect(network.projections.map(\.name) == ["w@0", "w@2"])
    #expect(network.projections.map(\.delays) == [[0, 0], [2, 2]])
    #expect(matrix([network.projections[0]]) == [[0, 3, 0], [0, 4, 0]])
    #expect(matrix([network.projections[1]]) == [[1, 0, 5], [2, 0, 6]])
  }

  /// Every way from a sender to a receiver, with its delay and weight, taken one by one.
  @Test func delaysOnBothSidesAndInParallel() throws {
    for seed in 0..<40 as Range<UInt64> {
      var random = SequentialRandom(seed: seed, stream: 5)
      func draw(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double(Int.random(in: 0...3, using: &random)) * 1e-3 }
      }
      func weights(_ rows: Int, _ columns: Int) -> [[Double]] {
        (0..<rows).map { _ in (0..<columns).map { _ in random.normal() } }
      }
      let (before, after, beside) = (draw(4), draw(3), draw(3))
      let (w, v) = (weights(3, 4), weights(3, 4))
      let graph = try NIRGraph(
        nodes: [
          NIRNamedNode("in", .input(shape: [4])), NIRNamedNode("d1", delay(before)),
          NIRNamedNode("w", linear(w)), NIRNamedNode("d2", delay(after)),
          NIRNamedNode("v", linear(v)), NIRNamedNode("d3", delay(beside)),
          NIRNamedNode("sum", .scale(NIRScale(scale: values([1, 2, 3])))),
          NIRNamedNode("p", cubaLIF(3)),
        ],
        edges: [
          NIREdge("in", "d1"), NIREdge("d1", "w"), NIREdge("w", "d2"), NIREdge("d2", "sum"),
          NIREdge("in", "v"), NIREdge("v", "d3"), NIREdge("d3", "sum"), NIREdge("sum", "p"),
        ])
      var expected: [[Int]: Double] = [:]
      for sender in 0..<4 {
        for receiver in 0..<3 {
          let factor = Double(receiver + 1)
          let long = Int(((before[sender] + after[receiver]) * 1e3).rounded())
          let short = Int((beside[receiver] * 1e3).rounded())
          expected[[sender, receiver, long], default: 0] += w[receiver][sender] * factor
          expected[[sender, receiver, short], default: 0] += v[receiver][sender] * factor
        }
      }
      let network = try lowered(graph)
      #expect(Set(network.projections.map(\.name)).count == network.projections.count)
      for projection in network.projections {
        for sender in 0..<4 {
          for synapse in projection.synapses.synapses(of: sender) {
            let key = [
              sender, Int(projection.synapses.receivers[synapse]), projection.delays[sender],
            ]
            expected[key, default: 0] -= projection.synapses.weights[synapse]
          }
        }
      }
      #expect(expected.values.allSatisfy { abs($0) < 1e-12 }, "seed \(seed)")
    }
  }

  @Test func delaysThatAreNoWholeStepsAreRoundedAndTold() throws {
    let graph = try chain([
      ("in", .input(shape: [3])), ("d", delay([0.0024, 0.001, 0.0049])),
      ("w", linear([[1, 2, 3]])), ("p", cubaLIF(1)),
    ])
    let result = try Compiler.legalised(graph, name: "net", options)
    #expect(result.lowered.projections[0].delays == [2, 1, 5])
    let told = result.report.approximations
    #expect(told.map(\.layer) == ["d"])
    #expect(
      told.map(\.message) == [
        "2 delays of node 'd' are no whole number of steps, such as 2.4, and were rounded"
      ])
  }

  private func delayed(_ seconds: Double) throws -> NIRGraph {
    try chain([
      ("in", .input(shape: [1])), ("w", linear([[1]])), ("p", cubaLIF(1)), ("d", delay([seconds])),
      ("v", linear([[1]])), ("q", cubaLIF(1)),
    ])
  }

  @Test func delaysBeyondTheLongestNameARemedyThatWorks() throws {
    let found = try misfits(delayed(0.1), options)
    #expect(
      found.map(\.message) == [
        "projection 'v' onto layer 'q' needs a delay of 100 ticks; the longest is 63"
      ])
    // 100 ms at 63 steps; time constants of 20 ms allow it.
    #expect(found.map(\.remedy) == ["--dt 0.0017"])
    var longer = options
    longer.dt = 0.0017
    #expect(try misfits(delayed(0.1), longer).isEmpty)

    var slow = options
    slow.ticksPerStep = 4
    let fewer = try misfits(delayed(0.02), slow)
    #expect(fewer.map(\.remedy) == ["--ticks-per-step 3"])
    slow.ticksPerStep = 3
    #expect(try misfits(delayed(0.02), slow).isEmpty)

    let hopeless = try misfits(delayed(10), options)
    #expect(hopeless.map(\.remedy) == ["delays of up to 0.063 in the file's unit of time"])
    #expect(hopeless.map(\.code) == ["E0330"])
    #expect(try misfits(delayed(0.063), options).isEmpty)
  }

  @Test func chipsWithoutDelaysRefuseByName() throws {
    var plain = try CompileOptions(ChipLibrary.chip("bss2-like"))
    plain.maxClip = 1
    let found = try misfits(delayed(0.005), plain).filter { $0.code == "E0331" }
    #expect(
      found.map(\.message) == [
        "projection 'v' onto layer 'q' needs a delay of 5 ticks; chip 'bss2-like' has no axonal"
          + " delays"
      ])
    // The host sends input events later: no chip is asked.
    let atInput = try chain([
      ("in", .input(shape: [1])), ("d", delay([0.2])), ("w", linear([[1]])), ("p", cubaLIF(1)),
    ])
    #expect(try misfits(atInput, plain).filter { $0.resource == "delay" }.isEmpty)
    #expect(
      try Compiler.legalised(atInput, name: "net", options).lowered.projections[0].delays
        == [200])
  }

  @Test func aBiasThroughADelayIsToldToBeEarly() throws {
    let graph = try chain([
      ("in", .input(shape: [1])),
      ("w", .affine(NIRAffine(weight: matrix([[1]]), bias: values([0.01])))),
      ("d", delay([0.003])), ("p", cubaLIF(1)),
    ])
    let told = try Compiler.legalised(graph, name: "net", options).report.approximations
    #expect(told == [.earlyBias(layer: "p", ticks: 3), .biasAsLeak(layer: "p", neurons: 1)])
    #expect(
      told[0].message
        == "a bias reaches layer 'p' through a Delay, but acts from the start, up to 3 ticks early")
  }

  // MARK: Cycles

  @Test func cyclesFlatAndNestedAreTheSame() throws {
    let flat = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("w", linear([[1], [2]])),
        NIRNamedNode("r.p", cubaLIF(2)), NIRNamedNode("r.v", linear([[0, 1], [-1, 0.5]])),
        NIRNamedNode("out", .output(shape: [2])),
      ],
      edges: [
        NIREdge("in", "w"), NIREdge("w", "r.p"), NIREdge("r.p", "r.v"), NIREdge("r.v", "r.p"),
        NIREdge("r.p", "out"),
      ])
    let inner = try NIRGraph(
      nodes: [
        NIRNamedNode("input", .input(shape: [2])), NIRNamedNode("p", cubaLIF(2)),
        NIRNamedNode("v", linear([[0, 1], [-1, 0.5]])), NIRNamedNode("output", .output(shape: [2])),
      ],
      edges: [
        NIREdge("input", "p"), NIREdge("p", "v"), NIREdge("v", "p"), NIREdge("p", "output"),
      ])
    let nested = try chain([
      ("in", .input(shape: [1])), ("w", linear([[1], [2]])), ("r", .graph(inner)),
      ("out", .output(shape: [2])),
    ])
    let network = try lowered(flat)
    #expect(try lowered(nested) == network)
    #expect(network.projections.map(\.name) == ["r.v", "w"])
    #expect(network.projections[0].source == "r.p" && network.projections[0].target == "r.p")
    #expect(matrix([network.projections[0]]) == [[0, -1], [1, 0.5]])
    #expect(network.readout == "r.p")
    #expect(try misfits(flat, options).isEmpty)
  }

  @Test func populationsStandAfterTheirSendersAndCyclesTogether() throws {
    let identity = linear([[1]])
    let names = ["z", "m", "a", "k"]
    // in -> z -> (m <-> a) -> k, where the names speak against the order.
    let edges = [("z", "m"), ("m", "a"), ("a", "m"), ("a", "k")]
    let graph = try NIRGraph(
      nodes: [NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("w", identity)]
        + names.map { NIRNamedNode($0, cubaLIF(1)) },
      edges: [NIREdge("in", "w"), NIREdge("w", "z")] + edges.map { NIREdge($0.0, $0.1) })
    let network = try lowered(graph)
    #expect(network.populations.map(\.name) == ["z", "a", "m", "k"])
    #expect(network.projections.map(\.name) == ["w", "m>a", "a>m", "z>m", "a>k"])
    #expect(try misfits(graph, options).isEmpty)
  }

  @Test func aLoopWithoutNeuronsNamesItsNodes() throws {
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("a", linear([[0.5]])),
        NIRNamedNode("b", linear([[0.5]])), NIRNamedNode("behind", linear([[1]])),
        NIRNamedNode("p", cubaLIF(1)),
      ],
      edges: [
        NIREdge("in", "a"), NIREdge("a", "b"), NIREdge("b", "a"), NIREdge("b", "behind"),
        NIREdge("behind", "p"),
      ])
    let found = try misfits(graph, options)
    #expect(found == [.lowering(.loopWithoutNeurons(nodes: ["a", "b"]))])
    #expect(
      found.map(\.description) == [
        "error[E0304]: nodes 'a', 'b' feed back onto themselves without a population in between\n"
          + "try: put a population into the loop\n"
          + "see: synapus explain E0304"
      ])
  }
}
