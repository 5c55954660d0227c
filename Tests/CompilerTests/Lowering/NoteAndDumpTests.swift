import Compiler
import HardwareSpec
import NIR
import Testing

@Suite("Notes, limits and dumps")
struct NoteAndDumpTests {
  private let options: CompileOptions

  init() throws { options = CompileOptions(try ChipLibrary.chip("synapus-1")) }

  private func notes(
    _ graph: NIRGraph, _ change: (inout CompileOptions) -> Void = { _ in }
  ) throws -> [CompileNote] {
    var changed = options
    change(&changed)
    return try Compiler.legalised(graph, name: "net", changed).report.notes
  }

  @Test func theShortestTimeConstantIsTold() throws {
    let told = try notes(single([[2]], cubaLIF(1, tauMem: 0.02, tauSyn: 0.005, wIn: 5)))
    #expect(
      told == [
        .timeResolution(layer: "pop", parameter: "tau_syn", steps: 5),
        .refractory(ticks: 1, ticksPerStep: 1),
      ])
    #expect(
      told.map(\.message) == [
        "the shortest tau_syn of layer 'pop' is 5.0 steps",
        "neurons rest for 1 ticks after a spike, and a step is 1; NIR's neurons do not rest",
      ])
    let fine = try notes(single([[2]], lif(1, tau: 0.02, r: 1))) { $0.ticksPerStep = 4 }
    #expect(fine == [.timeResolution(layer: "pop", parameter: "tau", steps: 20)])
  }

  @Test func neuronsThatCouldFireTwiceInAStepAreCounted() throws {
    // A weight is a jump of the potential; the threshold is 1.
    let graph = try single([[1.5, 1, -4], [1, 0.9, 2]], lif(2, tau: 0.02, r: 20))
    let told = try notes(graph)
    #expect(told.contains(.severalSpikes(layer: "pop", neurons: 2, thresholds: 3.9)))
    #expect(
      told.map(\.message).contains(
        "inputs of one step can lift 2 neurons of layer 'pop' over up to 3.9 thresholds;"
          + " frameworks that count spikes give several there, a circuit gives one in its"
          + " refractory time"))
    let few = try notes(single([[1, 0.9]], lif(1, tau: 0.02, r: 20)))
    #expect(!few.contains { if case .severalSpikes = $0 { true } else { false } })
  }

  // MARK: The step

  private func guessed(_ population: NIRNode, else dt: Double = 1e-3) throws -> Double? {
    let told = try notes(single([[0.1], [0.1]], population)) {
      ($0.dt, $0.dtIsGiven) = (dt, false)
    }
    for case .guessedStep(let dt) in told { return dt }
    return nil
  }

  private func neurons(_ times: [Double], _ r: (Double) -> Double) -> NIRNode {
    .lif(
      NIRLIF(
        tau: values(times), r: values(times.map(r)), vLeak: all(0, 2), vThreshold: all(1, 2),
        vReset: all(0, 2)))
  }

  @Test func theStepIsWhatTheTimeConstantsWereDividedBy() throws {
    #expect(try guessed(neurons([0.01, 0.023]) { $0 / 5e-4 }) == 5e-4)
    #expect(try guessed(neurons([0.01, 0.01]) { $0 / 1e-3 }) == 1e-3)
    // Single precision.
    #expect(try guessed(neurons([0.01, 0.023]) { Double(Float($0) / Float(1e-3)) }) == 1e-3)
    // As rockpool writes it.
    #expect(try guessed(neurons([0.02, 0.02]) { 0.950_641 * $0 / 1e-3 }) == nil)
    #expect(try guessed(neurons([0.02, 0.02]) { _ in 0.951_229_424_5 * 20 }) == 1e-3)
    // r = 1 says nothing, unlike ratios neither, nor a "step" above the time constants.
    #expect(try guessed(neurons([0.01, 0.02]) { _ in 1 }) == nil)
    #expect(try guessed(neurons([0.01, 0.02]) { _ in 5 }) == nil)
    #expect(try guessed(neurons([10, 10]) { _ in 0.9 }, else: 1) == nil)
    // w_in = tau_syn / dt alone.
    #expect(try guessed(cubaLIF(2, tauMem: 0.02, tauSyn: 0.01, wIn: 20)) == 5e-4)
    let given = try notes(single([[0.1], [0.1]], neurons([0.01, 0.023]) { $0 / 5e-4 }))
    #expect(!given.contains { if case .guessedStep = $0 { true } else { false } })
  }

  @Test func timesThatCountStepsAreKnownBySize() throws {
    let counting = try notes(single([[0.1]], lif(1, tau: 10, r: 1))) { $0.dtIsGiven = false }
    #expect(counting.first == .countedSteps)
    #expect(counting.contains(.timeResolution(layer: "pop", parameter: "tau", steps: 10)))
    let timeless = try single(
      [[0.1]], .if(NIRIF(r: all(1, 1), vThreshold: all(1, 1), vReset: all(0, 1))))
    #expect(try notes(timeless) { $0.dtIsGiven = false }.first == .countedSteps)
    #expect(
      CompileNote.countedSteps.message
        == "no --dt was given; no time of the file is below 1, as in files that count steps, so a"
        + " step of 1 was taken")
    let seconds = try notes(single([[0.1]], lif(1, tau: 0.01, r: 1))) { $0.dtIsGiven = false }
    #expect(!seconds.contains(.countedSteps))
  }

  @Test func neuronsThatCannotFireAreCounted() throws {
    // R·I of 20 ms over 20 ms stands at the sum of the weights.
    let leaky = try notes(single([[0.6, 0.3, -1], [0.6, 0.5, 0]], lif(2, tau: 0.02, r: 1)))
    #expect(leaky.contains(.neverFires(layer: "pop", neurons: 1, of: 2)))
    #expect(
      leaky.map(\.message).contains(
        "1 of 2 neurons of layer 'pop' cannot reach their threshold, even if all that send to them"
          + " fire in every step; is --dt right?"))
    // r = 1 and 1 ms: 100 steps bring 0.1 times the sum of the weights.
    let counting = NIRNode.if(NIRIF(r: all(1, 1), vThreshold: all(1, 1), vReset: all(0, 1)))
    #expect(
      try notes(single([[9, -3]], counting)).contains(
        .neverFires(layer: "pop", neurons: 1, of: 1)))
    #expect(
      try !notes(single([[11, -3]], counting)).contains(
        .neverFires(layer: "pop", neurons: 1, of: 1)))
  }

  @Test func aGuessedStepReachesTheImage() throws {
    var open = options
    open.dtIsGiven = false
    let graph = try single([[0.1], [0.1]], neurons([0.01, 0.02]) { $0 / 5e-4 })
    let result = try Compiler.compile(graph, name: "net", open)
    #expect(result.image.io.dt == 5e-4)
    #expect(
      result.report.notes.first?.message
        == "no --dt was given; the file's r or w_in are time constants over a step of 0.0005 s,"
        + " which was taken")
    #expect(result.report.json.contains("time constants over a step"))
  }

  // MARK: Limits

  @Test func whatWouldNotFitInMemoryNamesTheNode() throws {
    var draw = RandomLinearNode(seed: 1)
    let graph = try chain([
      ("in", .input(shape: [1, 600, 600])),
      (
        "wide",
        .conv2d(
          NIRConv2d(
            weight: draw.tensor([16, 1, 5, 5]), bias: draw.tensor([16]), padding: .same,
            inputShape: [600, 600]))
      ),
      ("pool", .avgPool2d(NIRPool2d(kernelSize: [600, 600], stride: [1, 1]))),
      ("pop", population([16, 1, 1])),
    ])
    let found = try misfits(graph, options)
    #expect(found.map(\.code) == ["E0328"])
    #expect(
      found[0].message.hasPrefix("multiplied out, node 'wide' brings the network to 14"))
    #expect(found[0].message.hasSuffix(" synapses; 134217728 are allowed"))
  }

  // MARK: Dumps

  @Test func everyStageHasAText() throws {
    var keeping = options
    keeping.keepsDumps = true
    let graph = try chain([
      ("in", .input(shape: [2])), ("w", .linear(NIRLinear(weight: matrix([[1, 0.5], [-1, 0]])))),
      ("pop", cubaLIF(2)), ("out", .output(shape: [2])),
    ])
    let dumps = try Compiler.compile(graph, name: "net", keeping).report.dumps
    #expect(
      dumps.map(\.fileName) == [
        "1-lower.txt", "2-legalise.txt", "3-quantise.txt", "4-split.txt", "5-partition.txt",
        "6-place.txt", "7-route.txt", "8-emit.txt",
      ])
    #expect(
      dumps[0].text == """
        network 'net'  inputs 2  readout 'pop'
        population 'pop'  neurons 2  fires
          membrane 20.0 ticks  synapse 20.0 ticks  charge 20.0
          leak 0.0  bias 0.0  threshold 1.0  reset 0.0
        projection 'w'  input > 'pop'  senders 2  receivers 2  synapses 3  weights -1.0...1.0  from w
          0  0:1.0 1:-1.0
          1  0:0.5

        """)
    #expect(dumps.allSatisfy { !$0.text.isEmpty })
    #expect(try Compiler.compile(graph, name: "net", options).report.dumps.isEmpty)
    let again = try Compiler.compile(graph, name: "net", keeping).report.dumps
    #expect(again == dumps)
    // A network that does not fit keeps the stages until then.
    keeping.maxClip = 0
    keeping.projections = [.init("w", weightPerStep: 0.01)]
    let error = #expect(throws: CompilerError.self) {
      try Compiler.compile(graph, name: "net", keeping)
    }
    guard case .doesNotFit(let report)? = error else { return }
    #expect(report.dumps.count == 5)
  }
}
