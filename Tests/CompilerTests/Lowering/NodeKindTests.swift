import Compiler
import Foundation
import HardwareSpec
import NIR
import Testing

@Suite("Every neuron node becomes circuits, and what differs is told")
struct NodeKindTests {
  private let options: CompileOptions
  private let spec: ChipSpec

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    options = CompileOptions(spec)
  }

  private func linear(_ rows: [[Double]]) -> NIRNode { .linear(NIRLinear(weight: matrix(rows))) }
  private func integrator(_ count: Int, r: Double = 1) -> NIRNode { .i(NIRI(r: all(r, count))) }
  private func li(_ count: Int, tau: Double = 0.02, r: Double = 1) -> NIRNode {
    .li(NIRLI(tau: all(tau, count), r: all(r, count), vLeak: all(0, count)))
  }
  private func threshold(_ list: [Double]) -> NIRNode {
    .threshold(NIRThreshold(threshold: values(list)))
  }
  private func integrateAndFire(_ count: Int, r: Double = 1000) -> NIRNode {
    .if(NIRIF(r: all(r, count), vThreshold: all(1, count), vReset: all(0, count)))
  }

  private func compile(
    _ graph: NIRGraph, _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> (lowered: SpikingNetwork, legal: LegalNetwork, report: CompileReport) {
    var changed = options
    change(&changed)
    return try Compiler.legalised(graph, name: "net", changed)
  }

  private func refusal(_ graph: NIRGraph) throws -> [String] {
    try misfits(graph, options).map(\.description)
  }

  // r = 1000 and dt = 1 ms: a weight of 0.3 is a jump of 0.3. 60 us are 234.375 ticks.
  @Test func neuronsWithoutLeakGetTheLongestMembrane() throws {
    let graph = try single([[0.3]], integrateAndFire(1))
    let result = try compile(graph)
    #expect(result.lowered.populations[0].neurons[0].membraneTicks == .infinity)
    #expect(abs(result.lowered.populations[0].neurons[0].chargePerWeight - 1) < 1e-12)
    let neuron = result.legal.populations[0].neurons[0]
    #expect(abs(neuron.membraneTicks - 234.375) < 1e-9)
    #expect(abs(neuron.chargePerWeight / neuron.membraneTicks - 1) < 1e-12)
    let lost = 1 - exp(-100 / 234.375)
    guard case .longestMembrane("pop", let ticks, let part, 100) = result.report.approximations[0]
    else {
      Issue.record("\(result.report.approximations)")
      return
    }
    #expect(abs(ticks - 234.375) < 1e-9 && abs(part - lost) < 1e-12)
    #expect(
      result.report.approximations[0].message
        == "layer 'pop' has no leak; it gets the chip's longest membrane time constant, 234.4"
        + " ticks: a potential at threshold loses 34.73 % in a run of 100 ticks")
  }

  @Test func aBiasOfAnIntegratorIsADriftThatBecomesALeak() throws {
    let graph = try chain([
      ("in", .input(shape: [1])),
      ("w", .affine(NIRAffine(weight: matrix([[0.3]]), bias: values([0.002])))),
      ("pop", integrateAndFire(1)),
    ])
    let result = try compile(graph) { $0.ticksPerStep = 2 }
    // 0.002 a step is 0.001 a tick; at rest the leak of 234 ticks balances it at 0.234.
    #expect(abs(result.lowered.populations[0].neurons[0].biasShift - 0.001) < 1e-15)
    #expect(abs(result.legal.populations[0].neurons[0].biasShift - 0.234375) < 1e-9)
  }

  @Test func thresholdNodesRememberAsLittleAsTheChipCan() throws {
    let graph = try single([[1, -1], [0.5, 0.5]], threshold([0.7, 0.9]))
    let result = try compile(graph) { $0.ticksPerStep = 8 }
    let population = result.legal.populations[0]
    #expect(population.fires && population.refractoryTicks == 6)
    let neuron = population.neurons[1]
    #expect(neuron.threshold == 0.9 && neuron.reset == 0)
    let (m, s) = (neuron.membraneTicks, neuron.synapticTicks ?? 0)
    #expect(abs(m * spec.time.tickSeconds - 0.5e-6) < 1e-12)
    #expect(abs(s * spec.time.tickSeconds - 0.3e-6) < 1e-12)
    // The potential after an event of weight 1 peaks at 1, by search.
    let potential = { (t: Double) in
      neuron.chargePerWeight / (m - s) * (exp(-t / m) - exp(-t / s))
    }
    let peak = stride(from: 0, to: 20, by: 1e-4).max { potential($0) < potential($1) } ?? 0
    #expect(abs(potential(peak) - 1) < 1e-6)
    guard case .briefMemory("pop", let kept)? = result.report.approximations.first else {
      Issue.record("\(result.report.approximations)")
      return
    }
    #expect(abs(kept - potential(peak + 8)) < 1e-6)
    #expect(result.report.approximations[0].message.contains("still hold 3.997 % of an input"))
  }

  @Test func aThresholdBehindAnIntegratorMakesOnePopulation() throws {
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("w", linear([[1], [1]])),
        NIRNamedNode("li", li(2)), NIRNamedNode("s", .scale(NIRScale(scale: values([2, 4])))),
        NIRNamedNode("thr", threshold([1, 2])), NIRNamedNode("v", linear([[1, 1]])),
        NIRNamedNode("next", cubaLIF(1)), NIRNamedNode("potential", .output(shape: [2])),
      ],
      edges: [
        NIREdge("in", "w"), NIREdge("w", "li"), NIREdge("li", "s"), NIREdge("s", "thr"),
        NIREdge("thr", "v"), NIREdge("v", "next"), NIREdge("li", "potential"),
      ])
    let result = try compile(graph)
    // The integrator itself is recorded, so it is there twice: once fires, once does not.
    #expect(result.lowered.populations.map(\.name) == ["li", "thr", "next"])
    #expect(result.lowered.populations.map(\.fires) == [false, true, true])
    #expect(result.lowered.projections.map(\.name) == ["w:in>li", "w:in>thr", "v"])
    let cut = result.lowered.populations[1]
    #expect(cut.neurons.map(\.threshold) == [0.5, 0.5])
    #expect(cut.neurons.allSatisfy { abs($0.reset - 0.5 * 31 / 32) < 1e-12 })
    #expect(result.lowered.readout == "li")
    #expect(
      result.report.approximations.contains(
        .cutPotential(layer: "thr", integrator: "li", type: "LI")))
    #expect(
      result.report.approximations.map(\.message).contains(
        "layer 'thr' fires where the potential of LI node 'li' lies above its threshold; NIR goes"
          + " on without a reset, a circuit resets to just below the threshold"))
  }

  @Test func potentialsCannotDrivePopulations() throws {
    let onward = try chain([
      ("in", .input(shape: [1])), ("w", linear([[1]])), ("li", li(1)), ("v", linear([[2]])),
      ("next", cubaLIF(1)),
    ])
    #expect(
      try refusal(onward) == [
        "error[E0327]: the potential of LI node 'li' leads over weights to CubaLIF node 'next';"
          + " spikes cannot carry it\n"
          + "try: put a Threshold node behind 'li', or make it a LIF, CubaLIF or IF node\n"
          + "see: synapus explain E0327"
      ])
    let weighted = try chain([
      ("in", .input(shape: [1])), ("w", linear([[1]])), ("li", li(1)), ("v", linear([[2]])),
      ("out", .output(shape: [1])),
    ])
    #expect(
      try refusal(weighted) == [
        "error[E0327]: the potential of LI node 'li' leads over weights to Output node 'out';"
          + " spikes cannot carry it\n"
          + "try: lead 'li' straight to the Output and apply the weights to its recording, or"
          + " put a Threshold node behind it\n"
          + "see: synapus explain E0327"
      ])
    // The remedies work.
    let repaired = try chain([
      ("in", .input(shape: [1])), ("w", linear([[0.05]])), ("li", li(1)), ("t", threshold([1])),
      ("v", linear([[0.2]])), ("next", cubaLIF(1)),
    ])
    #expect(try refusal(repaired) == [])
  }

  @Test func weightsBeforeAnOutputGetIntegrators() throws {
    let graph = try chain([
      ("in", .input(shape: [2])), ("w", linear([[1, 1], [1, -1]])), ("p", cubaLIF(2)),
      ("v", .affine(NIRAffine(weight: matrix([[0.1, 0.2]]), bias: values([0.001])))),
      ("out", .output(shape: [1])),
    ])
    let result = try compile(graph)
    #expect(result.lowered.populations.map(\.name) == ["p", "out"])
    #expect(!result.lowered.populations[1].fires && result.lowered.readout == "out")
    #expect(result.lowered.populations[1].neurons[0].chargePerWeight == 1)
    #expect(result.lowered.projections[1].name == "v")
    #expect(
      result.report.approximations.map(\.message).contains(
        "weights 'v' lead to Output 'out' without neurons; integrators sum up what they give"))
    // 15 steps of 64 mV over 234 ticks of membrane and 1.17 of synapse stand for 0.2.
    let compiled = try Compiler.compile(graph, name: "net", options)
    let scale = try #require(compiled.scale(of: "out"))
    #expect(abs(scale.voltsPerUnit * 0.2 - 15 * 0.064 * 0.3 / 60) < 1e-6)
    let codes = scale.voltsPerUnit / spec.readout.lsbVolts
    guard case .coarseReadout("out", let told)? = compiled.report.approximations.last else {
      Issue.record("\(compiled.report.approximations)")
      return
    }
    #expect(abs(told - codes) < 1e-9)
  }

  @Test func aGraphWithoutNeuronsIsRefused() throws {
    let graph = try chain([
      ("in", .input(shape: [1])), ("w", linear([[1]])), ("out", .output(shape: [1])),
    ])
    #expect(
      try refusal(graph) == [
        "error[E0326]: none of the graph's 3 nodes is a population\n"
          + "try: put neuron nodes behind the weights, or convert the network from an ANN\n"
          + "see: synapus explain E0326"
      ])
  }

  @Test func severalInputsShareOneNumberingAndTheLastOutputIsRead() throws {
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("b", .input(shape: [2])), NIRNamedNode("a", .input(shape: [3])),
        NIRNamedNode("v", linear([[1, 2]])), NIRNamedNode("w", linear([[3, 1, 2]])),
        NIRNamedNode("p", cubaLIF(1)), NIRNamedNode("q", cubaLIF(1)),
        NIRNamedNode("one", .output(shape: [1])), NIRNamedNode("two", .output(shape: [1])),
      ],
      edges: [
        NIREdge("b", "v"), NIREdge("a", "w"), NIREdge("v", "p"), NIREdge("w", "p"),
        NIREdge("p", "q"), NIREdge("p", "one"), NIREdge("q", "two"),
      ])
    let result = try compile(graph)
    #expect(result.lowered.inputCount == 5)
    #expect(
      matrix(result.lowered.projections.filter { $0.target == "p" })
        == [[3], [1], [2], [1], [2]])
    #expect(result.lowered.readout == "q")
    #expect(
      result.report.notes.map(\.message).contains(
        "the Input nodes share one numbering of channels: 'a' has 0 to 2, 'b' has 3 to 4"))
    let image = try Compiler.compile(graph, name: "net", options).image
    #expect(image.io.populations.map(\.name) == ["p", "q"])
  }

  @Test func shapesOfAnyNumberOfAxesAndValuesForAll() throws {
    let one = NIRTensor(shape: [], values: [1], elementType: .float64)
    let graph = try chain([
      ("in", .input(shape: [2, 2, 2])),
      ("p", population([2, 2, 2])), ("flat", .flatten(NIRFlatten())),
      ("scale", .scale(NIRScale(scale: one))),
      ("q", population([8])),
    ])
    let network = try compile(graph).lowered
    #expect(network.populations.map(\.shape) == [[2, 2, 2], [8]])
    #expect(network.projections.map(\.name) == ["in>p", "flat+scale"])
    #expect(matrix([network.projections[1]])[5][5] == 1)
  }

  @Test func subtractionBecomesTheMeanOvershoot() throws {
    // Jumps of 0.2 and 0.6 at equal rates: mean overshoot 0.25, mean square 0.224 / 2.4.
    let graph = try single([[0.2, 0.6]], lif(1, tau: 0.02, r: 20))
    let result = try compile(graph) { $0.reset = .subtract }
    let neuron = result.legal.populations[0].neurons[0]
    let lost = 1 - exp(-1 / (neuron.synapticTicks ?? 1))
    #expect(abs(neuron.reset - 0.25 * lost) < 1e-12)
    let spread = (0.224 / 2.4 - 0.0625).squareRoot() * lost
    guard case .resetToPotential("pop", let error)? = result.report.approximations.last else {
      Issue.record("\(result.report.approximations)")
      return
    }
    #expect(abs(error - spread) < 1e-9)
    var strict = options
    (strict.strict, strict.reset) = (true, .subtract)
    let refused = try misfits(single([[0.2]], cubaLIF(1)), strict)
    #expect(refused.map(\.code) == ["E0320"])
    #expect(refused[0].message.contains("instead of subtracting its threshold; that is off by"))
  }

  @Test func synapsesAreSlowedWhereWeightsExceedTheGain() throws {
    // 8 ticks a step: a charge of 20 · 8 through 1.17 ticks needs 8 x the gain of one step's.
    let graph = try single([[0.5, 0.1]], lif(1, tau: 0.02, r: 20))
    let result = try compile(graph) { $0.ticksPerStep = 8 }
    let ticks = try #require(result.legal.populations[0].neurons[0].synapticTicks)
    #expect(ticks > 1.2 && ticks <= 8)
    guard case .slowedSynapse("pop", ticks, let peak)? = result.report.approximations.first else {
      Issue.record("\(result.report.approximations)")
      return
    }
    let (m, s) = (160.0, ticks)
    #expect(abs(peak - pow(m / s, -s / (m - s))) < 1e-9)
    let small = try compile(single([[0.01]], lif(1, tau: 0.02, r: 20))) { $0.ticksPerStep = 8 }
    #expect(
      small.report.approximations.map(\.message) == [
        "layer 'pop' has no synaptic time constant; it gets the chip's shortest, 1.172 ticks, at"
          + " equal charge"
      ])
  }
}
