import ChipInterface
import Compiler
import HardwareSpec
import NIR
import Testing

@Suite("What does not fit is told, all of it")
struct MisfitTests {
  private let spec: ChipSpec
  private let options: CompileOptions

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    options = CompileOptions(spec)
  }

  private func linear(_ rows: [[Double]]) -> NIRNode { .linear(NIRLinear(weight: matrix(rows))) }

  @Test func graphsOfOtherShapesAreRefused() throws {
    let none = try NIRGraph(
      nodes: [NIRNamedNode("w", linear([[1]])), NIRNamedNode("p", cubaLIF(1))],
      edges: [NIREdge("w", "p"), NIREdge("p", "w")])
    #expect(try misfits(none, options) == [.inputs(found: 0)])

    let loose = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("w", linear([[1]])),
        NIRNamedNode("p", cubaLIF(1)), NIRNamedNode("alone", cubaLIF(2)),
        NIRNamedNode("dead", linear([[1]])),
      ], edges: [NIREdge("in", "w"), NIREdge("w", "p"), NIREdge("p", "dead")])
    #expect(
      try misfits(loose, options) == [
        .unconnected(node: "alone", type: "CubaLIF"), .unconnected(node: "dead", type: "Linear"),
      ])

    let reversed = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("w", linear([[1]])),
        NIRNamedNode("p", cubaLIF(1)), NIRNamedNode("out", .output(shape: [1])),
      ], edges: [NIREdge("in", "w"), NIREdge("w", "p"), NIREdge("p", "out"), NIREdge("out", "in")])
    #expect(
      try misfits(reversed, options) == [
        .connection(source: "out", sourceType: "Output", target: "in", targetType: "Input")
      ])
  }

  @Test func unusableParametersAreRefused() throws {
    #expect(
      try misfits(single([[1]], cubaLIF(1, r: -1)), options)
        == [.notPositive(node: "pop", parameter: "r * w_in", value: -20)])
    #expect(
      try misfits(single([[1]], cubaLIF(1, leak: 1, threshold: 1)), options)
        == [
          .notPositive(
            node: "pop", parameter: "v_threshold - v_leak", value: 0)
        ])
  }

  @Test func resourcesThatRunShort() throws {
    var few = options
    few.spec.geometry.meshColumns = 1
    few.spec.geometry.meshRows = 2
    #expect(
      try misfits(dense([3, 600]).nirGraph(dt: 1e-3), few)
        == [.cores(needed: 3, available: 2)])
    #expect(
      try misfits(dense([4_097, 3]).nirGraph(dt: 1e-3), options)
        == [
          .rowPairs(
            layer: "layer1", needed: 4_097, available: 4_096, cores: 16, chip: "synapus-1")
        ])
    var copied = options
    copied.projections = [.init("weights1", copies: 65_536)]
    #expect(
      try misfits(dense([3, 3]).nirGraph(dt: 1e-3), copied)
        == [.mapping(.copies(layer: "layer1", needed: 65_536, available: 256))])
  }

  @Test func timeConstantsOutOfRangeNameTheirRemedy() throws {
    // 60 us / 256 ns = 234.4 ticks; 400 ms are 400 ticks at 1 ms.
    let long = try misfits(
      single([[1]], cubaLIF(1, tauMem: 0.4, tauSyn: 0.04, wIn: 40)), options)
    guard case .timeConstant("pop", "tau_mem", 1, let ticks, let allowed, let remedy) = long[0]
    else {
      Issue.record("\(long)")
      return
    }
    #expect(long.count == 1 && abs(ticks - 400) < 1e-9)
    #expect(abs(allowed.upperBound - 60 / 0.256) < 1e-9)
    guard case .dt(let dt) = remedy else {
      Issue.record("\(remedy)")
      return
    }
    var wider = options
    wider.dt = dt
    #expect(try misfits(single([[1]], cubaLIF(1, tauMem: 0.4, tauSyn: 0.04)), wider).isEmpty)

    let short = try misfits(single([[1]], cubaLIF(1, tauMem: 0.001, tauSyn: 0.01)), options)
    #expect(short.map(\.remedy) == ["--ticks-per-step 2"])
    wider = options
    wider.ticksPerStep = 2
    #expect(try misfits(single([[1]], cubaLIF(1, tauMem: 0.001, tauSyn: 0.01)), wider).isEmpty)

    let both = try misfits(single([[1]], cubaLIF(1, tauMem: 1, tauSyn: 1e-4, wIn: 0.1)), options)
    #expect(both.map(\.resource) == ["tau_mem", "tau_syn"])
    #expect(both.map(\.remedy).allSatisfy { $0.contains("closer together") })
  }

  @Test func potentialsGainsAndScalesOutOfRange() throws {
    // As few codes as a threshold may have bring a reset of -3 in, not one of -30.
    #expect(try misfits(single([[1]], cubaLIF(1, reset: -3)), options).isEmpty)
    let low = try misfits(single([[1]], cubaLIF(1, reset: -30)), options)
    guard case .potential("pop", "v_reset", 1, let volts, let allowed) = low[0] else {
      Issue.record("\(low)")
      return
    }
    #expect(low.count == 1 && volts < -0.3 && allowed == 0...1.2)

    let node = NIRNode.cubaLI(
      NIRCubaLI(
        tauSyn: all(0.02, 2), tauMem: all(0.02, 2), r: values([1, 1000]), vLeak: all(0, 2),
        wIn: all(20, 2)))
    var clipping = options
    clipping.maxClip = 1
    #expect(try misfits(single([[1], [1]], node), clipping).map(\.code) == ["E0315"])

    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])), NIRNamedNode("a", linear([[1]])),
        NIRNamedNode("b", linear([[1]])), NIRNamedNode("p", cubaLIF(1)),
      ],
      edges: [NIREdge("in", "a"), NIREdge("in", "b"), NIREdge("a", "p"), NIREdge("b", "p")])
    var unlike = options
    unlike.projections = [.init("a", weightPerStep: 0.1), .init("b", weightPerStep: 0.2)]
    #expect(try misfits(graph, unlike) == [.unlikeScales(layer: "p", scales: [0.1, 0.2])])
    unlike.projections[1].weightPerStep = 0.1
    #expect(try misfits(graph, unlike).isEmpty)
  }

  @Test func clippingBeyondTheLimitIsRefused() throws {
    var tight = options
    tight.projections = [.init("w", weightPerStep: 0.05)]
    let graph = try single([[1, 0.5, -1, 0.1]], cubaLIF(1))
    #expect(
      try misfits(graph, tight)
        == [.clipped(projection: "w", clipped: 2, of: 4, allowed: 0.01)])
    tight.maxClip = 0.5
    let result = try Compiler.compile(graph, name: "net", tight)
    #expect(result.report.layers[0].clipped == 2)
    // The largest gain is 64 mV a step; 15 steps of it are 3.9 thresholds of 70 codes, or 34 of 8.
    #expect(try misfits(single([[90, 80, -90]], cubaLIF(1)), options).map(\.code) == ["E0317"])
  }

  @Test func tinyWeightsTakeTheLowestGainAndSayso() throws {
    let result = try Compiler.compile(single([[1e-4, -1e-4]], cubaLIF(1)), name: "net", options)
    #expect(result.image.cores[0].circuits[0].excitatoryGain == 0)
    guard case .lowestGain("pop", _)? = result.report.approximations.first else {
      Issue.record("\(result.report.approximations)")
      return
    }
  }

  @Test func strictAllowsNoApproximationAndRefractoryIsBounded() throws {
    var strict = options
    strict.strict = true
    strict.refractoryTicks = 126
    let shortest = spec.neuron.synapticTime.value(code: 1022) / spec.time.tickSeconds
    #expect(
      try misfits(single([[1]], lif(1)), strict)
        == [
          .approximated(.shortestSynapse(layer: "pop", ticks: shortest)),
          .refractory(needed: 126, available: 125),
        ])
  }

  @Test func misfitsOfUnlikeKindsAreListedTogether() throws {
    var few = options
    (few.spec.geometry.meshColumns, few.spec.geometry.meshRows) = (1, 1)
    few.refractoryTicks = 0
    let network = dense([300, 300, 200])
    let found = try misfits(network.nirGraph(dt: 1e-3), few)
    #expect(Set(found.map(\.code)) == ["E0318", "E0312"])
    few.dt = 1e-5
    let all = try misfits(network.nirGraph(dt: 1e-5), few)
    #expect(all.map(\.code) == ["E0313", "E0313", "E0313", "E0313", "E0318", "E0312", "E0312"])
    #expect(all.allSatisfy { $0.description.hasPrefix("error[\($0.code)]: ") })
  }

  @Test func messagesHaveNumbersAndRemedies() {
    let misfit = Misfit.rowPairs(
      layer: "hidden2", needed: 600, available: 256, cores: 1, chip: "plain")
    var report = CompileReport(network: "net", chip: "plain", specHash: "", seed: 0)
    report.file = "net.nir"
    #expect(
      MisfitEntry(misfit, in: report).text == """
        error[E0312]: layer 'hidden2' needs 600 row pairs for the inputs of one neuron; a core of \
        chip 'plain', whose circuits do not join over cores, has 256 (256 used of 256, 344 over)
        where: node 'hidden2' of net.nir, for chip 'plain'
        try: --chip synapus-1, which joins circuits of up to 16 cores, or fewer copies
        see: synapus explain E0312
        """)
  }

  @Test func everyCodeHasAnExplanation() {
    let approximation = Approximation.resetToPotential(layer: "a", error: 0.1)
    let all: [Misfit] = [
      .inputs(found: 0), .unconnected(node: "a", type: "LIF"),
      .connection(source: "a", sourceType: "LIF", target: "b", targetType: "LIF"),
      .lowering(.loopWithoutNeurons(nodes: ["a"])), .size(node: "a", found: 1, expected: 2),
      .notPositive(node: "a", parameter: "r", value: .nan),
      .cores(needed: 2, available: 1),
      .rowPairs(layer: "a", needed: 2, available: 1, cores: 1, chip: "c"),
      .timeConstant(
        layer: "a", parameter: "tau", neurons: 1, ticks: 1, allowed: 2...3, remedy: .none),
      .potential(layer: "a", parameter: "v_leak", neurons: 1, volts: 9, allowed: 0...1),
      .gainRange(layer: "a", ratio: 1000, available: 640), .unlikeScales(layer: "a", scales: []),
      .clipped(projection: "a", clipped: 1, of: 2, allowed: 0),
      .refractory(needed: 0, available: 1),
      .approximated(approximation), .neuronKind(needed: "crossbar", chip: "a"),
      .register(owner: "a", index: 0, register: "threshold", value: 9, allowed: 0...1),
      .fanIn(population: "a", neuron: 0, part: .axons, needed: 2, available: 1),
      .noLearning(projection: "a", chip: "b"),
      .lowering(.graph(.duplicateNode("a"))), .lowering(.noNeurons(nodes: 2)),
      .lowering(.analogSender(node: "a", type: "LI", target: "b", targetType: "LIF")),
      .lowering(.tooManySynapses(node: "a", needed: 2, available: 1)),
      .lowering(.unknownShape(node: "a", type: "Scale")),
      .lowering(
        .delay(projection: "a", layer: "b", needed: 2, available: 1, remedy: .shorten(1))),
      .lowering(.noDelays(projection: "a", layer: "b", needed: 2, chip: "c")),
      .mapping(.joinedGain(layer: "a", circuits: 2, needed: 0.2, available: 0.1)),
      .mapping(.connectedCores(layer: "a", cores: 2, needed: 2, available: 1)),
      .mapping(.brokenCores(needed: 2, available: 1, columns: 3, pairs: 4)),
      .mapping(.pinnedCore(layer: "a", core: 1, fault: .taken)),
      .mapping(.overload(part: .link(from: 0, to: 1), others: 1, needed: 40, available: 32)),
      .mapping(.noChipLinks(chip: "c", needed: 2, available: 1)),
      .mapping(.chips(chip: "c", needed: 2, available: 1)),
      .mapping(.copies(layer: "a", needed: 300, available: 256)),
      .calibrationOfAnotherChip(chip: "a", hash: "1", neededChip: "b", neededHash: "2"),
      .calibration(fault: "a"),
      .decay(layer: "a", neurons: 1, steps: 0.5, remedy: 2), .crossbarNeurons(layer: "a"),
      .crossbarWeights(layer: "a", largest: 255),
      .crossbarTypes(layer: "a", neuron: 0, found: 5, available: 4),
    ]
    // E0370 and above are of conversions, which end before there is a network to fit.
    #expect(all.map(\.code) == ErrorCatalog.codes.filter { $0 < "E0370" })
    for misfit in all {
      #expect(ErrorCatalog.explain(misfit.code) != nil)
      #expect(!misfit.message.isEmpty && !misfit.remedy.isEmpty && !misfit.resource.isEmpty)
    }
    for code in ErrorCatalog.codes {
      let why = ErrorCatalog.causeAndFix(code)
      #expect(why != nil && why?.cause != "" && why?.fix != "", "\(code)")
    }
    #expect(ErrorCatalog.explain("e0312") != nil)
    #expect(ErrorCatalog.explain("E9999") == nil)
  }

  @Test func optionsThatNoCompilationCanUseAreRefused() throws {
    let graph = try single([[1]], cubaLIF(1))
    func error(_ change: (inout CompileOptions) -> Void) -> CompilerError? {
      var bad = options
      change(&bad)
      do {
        _ = try Compiler.compile(graph, name: "net", bad)
        return nil
      } catch { return error }
    }
    #expect(
      error { $0.dt = 0 }
        == .option(name: "dt", value: 0, lowest: 0, highest: .infinity))
    #expect(error { $0.dt = .nan } != nil)
    #expect(error { $0.ticksPerStep = 0 } != nil)
    #expect(error { $0.durationTicks = 0 } != nil)
    #expect(error { $0.maxClip = -1 } != nil)
    #expect(error { $0.projections = [.init("w", copies: 0)] } != nil)
    #expect(error { $0.projections = [.init("w", weightPerStep: -1)] } != nil)
    #expect(
      error { $0.projections = [.init("v")] } == .unknownProjection("v", known: ["w"]))
    #expect(
      error { $0.readout = ReadoutRule(population: "v", measure: .mostSpikes) }
        == .unknownPopulation("v", known: ["pop"]))
  }

  /// Numbers of any size lead to a misfit or an image, never to a trap.
  @Test func extremeNumbersNeverTrap() throws {
    let extremes = [0, -1, 1e-308, 1e-300, 1e-30, 1, 1e30, 1e300, .greatestFiniteMagnitude]
    var random = SequentialRandom(seed: 3, stream: 8)
    func extreme() -> Double { extremes.randomElement(using: &random) ?? 1 }
    for _ in 0..<2000 {
      let population = cubaLIF(
        2, tauMem: max(extreme(), 1e-308), tauSyn: max(extreme(), 1e-308), r: extreme(),
        wIn: extreme(), leak: extreme(), threshold: extreme(), reset: extreme())
      var wild = options
      wild.maxClip = 1
      wild.scale = CompileOptions.WeightScale.allCases.randomElement(using: &random) ?? .layer
      wild.rounding = Bool.random(using: &random) ? .nearest : .leastError
      if Bool.random(using: &random) {
        wild.projections = [.init("w", weightPerStep: max(extreme(), 1e-308))]
      }
      do {
        let graph = try single([[extreme()], [-extreme()]], population)
        let result = try Compiler.compile(graph, name: "net", wild)
        _ = try result.image.encoded(spec: spec)
        _ = result.report.json
      } catch let error as CompilerError {
        #expect(!error.description.isEmpty)
        if case .brokenInvariants = error { Issue.record("\(error)") }
      }
    }
  }
}
