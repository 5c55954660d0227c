import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import NIR
import Testing

/// Forward Euler of NIR's equations in double precision, layer after layer: the current first, a
/// spike at the threshold, the potential then put to zero; spikes act one step later on the next
/// layer, as on the chip.
private struct EulerLayer {
  var weights: [[Double]]
  var membraneSteps: Double?
  var synapticSteps: Double?
  var threshold: Double
  private var current: [Double] = []
  private var potential: [Double] = []

  init(
    _ weights: [[Double]], membraneSteps: Double?, synapticSteps: Double?, threshold: Double
  ) {
    (self.weights, self.membraneSteps) = (weights, membraneSteps)
    (self.synapticSteps, self.threshold) = (synapticSteps, threshold)
    current = weights.map { _ in 0 }
    potential = current
  }

  /// One step; a weight is the charge of an event in steps of the membrane's drive.
  mutating func step(_ active: [Bool]) -> [Bool] {
    weights.indices.map { i in
      let input = zip(weights[i], active).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
      current[i] =
        synapticSteps.map { current[i] * (1 - 1 / $0) + input / $0 } ?? input
      let leak = membraneSteps.map { 1 - 1 / $0 } ?? 1
      potential[i] = potential[i] * leak + current[i] / (membraneSteps ?? 1)
      guard potential[i] >= threshold else { return false }
      potential[i] = 0
      return true
    }
  }
}

@Suite("NIR networks run on digital chips")
struct DigitalNetworkTests {
  private func random(
    _ rows: Int, _ columns: Int, _ seed: UInt64, _ number: (inout SequentialRandom) -> Double
  ) -> [[Double]] {
    var random = SequentialRandom(seed: seed, stream: 41)
    return (0..<rows).map { _ in (0..<columns).map { _ in number(&random) } }
  }

  private func inputs(_ channels: Int, _ steps: Int, rate: Double, _ seed: UInt64) -> [[Bool]] {
    var random = SequentialRandom(seed: seed, stream: 42)
    return (0..<steps).map { _ in (0..<channels).map { _ in random.uniform() < rate } }
  }

  /// Spikes of each population, [step][neuron].
  private func run(
    _ image: ChipImage, _ spec: ChipSpec, _ inputs: [[Bool]]
  ) throws -> [[[Bool]]] {
    let chip = try EmulatedChip(spec)
    try chip.load(image)
    var batch = SpikeBatch()
    for (step, active) in inputs.enumerated() {
      for (channel, isActive) in active.enumerated() where isActive {
        batch.cycles.append(UInt32(step))
        batch.units.append(UInt32(channel))
      }
    }
    batch.offsets.append(batch.cycles.count)
    let recording = try chip.run(
      Experiment(
        durationTicks: inputs.count, inputs: batch, sampleNumbers: [0],
        recorded: RecordingRequest()))
    var spikes = image.io.populations.map { population in
      inputs.map { _ in [Bool](repeating: false, count: population.count) }
    }
    let offsets = image.io.unitOffsets
    for (cycle, unit) in zip(recording.spikes.cycles, recording.spikes.units) {
      let population = offsets.lastIndex { $0 <= Int(unit) } ?? 0
      spikes[population][Int(cycle)][Int(unit) - offsets[population]] = true
    }
    return spikes
  }

  /// The layers' spikes; what reaches a layer in step t left the one before in step t − 1.
  private func euler(_ layers: [EulerLayer], _ inputs: [[Bool]]) -> [[[Bool]]] {
    var result: [[[Bool]]] = []
    var events = inputs
    for var layer in layers {
      var before = [Bool](repeating: false, count: events[0].count)
      let spikes = events.map { active -> [Bool] in
        defer { before = active }
        return layer.step(before)
      }
      result.append(spikes)
      events = spikes
    }
    return result
  }

  private func count(_ spikes: [[Bool]]) -> Int {
    spikes.reduce(0) { $0 + $1.count { $0 } }
  }

  private func cuba(_ count: Int, tauMem: Double, tauSyn: Double) -> NIRNode {
    cubaLIF(count, tauMem: tauMem, tauSyn: tauSyn, r: 1, wIn: 1)
  }

  private func network(
    _ first: [[Double]], _ second: [[Double]], tauMem: Double, tauSyn: Double
  ) throws -> NIRGraph {
    try chain([
      ("in", .input(shape: [first[0].count])),
      ("a", .linear(NIRLinear(weight: matrix(first)))),
      ("hidden", cuba(first.count, tauMem: tauMem, tauSyn: tauSyn)),
      ("b", .linear(NIRLinear(weight: matrix(second)))),
      ("out", cuba(second.count, tauMem: tauMem, tauSyn: tauSyn)),
      ("output", .output(shape: [second.count])),
    ])
  }

  @Test func loihiFollowsForwardEuler() throws {
    let spec = try ChipLibrary.chip("loihi")
    for seed in 0..<4 as Range<UInt64> {
      let first = random(30, 20, seed) { 20 * $0.normal() + 8 }
      let second = random(5, 30, seed + 10) { 20 * $0.normal() + 6 }
      let graph = try network(first, second, tauMem: 0.02, tauSyn: 0.007)
      let result = try Compiler.compile(graph, name: "net", CompileOptions(spec))
      #expect(result.image.io.populations.map(\.name) == ["hidden", "out"])
      let inputs = inputs(20, 400, rate: 0.08, seed)
      let found = try run(result.image, spec, inputs)
      let layers = [first, second].map {
        EulerLayer($0, membraneSteps: 20, synapticSteps: 7, threshold: 1)
      }
      let wanted = euler(layers, inputs)
      for (layer, (a, b)) in zip(found, wanted).enumerated() {
        let (chip, reference) = (Double(count(a)), Double(count(b)))
        #expect(reference > 50, "seed \(seed) layer \(layer)")
        #expect(
          abs(chip / reference - 1) < 0.03, "seed \(seed) layer \(layer): \(chip) \(reference)")
      }
      let ratio = try #require(result.report.layers[0].quantisationSNRdB)
      #expect(ratio > 35, "seven bits and a sign")
    }
  }

  /// 4096/τ is whole and weights are multiples of one number: what is left is truncation.
  @Test func representableNetworksSpikeAlike() throws {
    let spec = try ChipLibrary.chip("loihi")
    var (equal, all) = (0, 0)
    for seed in 0..<6 as Range<UInt64> {
      let first = random(12, 10, seed) { 2 * ($0.normal() * 4).rounded() }
      let second = random(4, 12, seed + 10) { 2 * ($0.normal() * 4 + 1).rounded() }
      let graph = try network(first, second, tauMem: 0.016, tauSyn: 0.004)
      let result = try Compiler.compile(graph, name: "net", CompileOptions(spec))
      #expect(result.report.layers.allSatisfy { $0.quantisationSNRdB == nil }, "seed \(seed)")
      let inputs = inputs(10, 300, rate: 0.15, seed)
      let layers = [first, second].map {
        EulerLayer($0, membraneSteps: 16, synapticSteps: 4, threshold: 1)
      }
      for (a, b) in zip(try run(result.image, spec, inputs), euler(layers, inputs)) {
        for (x, y) in zip(a.joined(), b.joined()) where x || y {
          (equal, all) = (equal + (x == y ? 1 : 0), all + 1)
        }
      }
    }
    #expect(all > 500 && Double(equal) > 0.99 * Double(all), "\(equal) of \(all)")
  }

  @Test func readoutsOnlyIntegrateAndLIFHasNoSynapse() throws {
    let spec = try ChipLibrary.chip("loihi")
    let graph = try chain([
      ("in", .input(shape: [1])), ("w", .linear(NIRLinear(weight: matrix([[0.5], [-0.25]])))),
      ("hidden", lif(2, tau: 0.01)), ("v", .linear(NIRLinear(weight: matrix([[1, 2]])))),
      ("read", .li(NIRLI(tau: all(0.02, 1), r: all(1, 1), vLeak: all(0, 1)))),
    ])
    let result = try Compiler.compile(graph, name: "net", CompileOptions(spec))
    guard case .currentBased(let core)? = result.image.cores[0].digital else {
      Issue.record("no digital core")
      return
    }
    #expect(core.neurons[0].currentDecay == 4095, "4095 and the chip's own 1")
    #expect(core.neurons[0].voltageDecay == 410)
    #expect(core.neurons[2].threshold == (1 << 17) - 1)
    #expect(result.image.io.readout.measure == .highestPotential)
    let rounded = result.report.approximations.contains {
      if case .roundedDecays("hidden", let relative) = $0 { return relative < 0.002 }
      return false
    }
    #expect(rounded)
  }

  @Test func whatLoihiCannotIsNamed() throws {
    let options = CompileOptions(try ChipLibrary.chip("loihi"))
    let short = try misfits(single([[1]], cubaLIF(1, tauMem: 0.0004)), options)
    #expect(short.map(\.code) == ["E0360"])
    #expect(short.map(\.remedy) == ["--ticks-per-step 3"])
    var finer = options
    finer.ticksPerStep = 3
    #expect(try misfits(single([[1]], cubaLIF(1, tauMem: 0.0004)), finer).isEmpty)
    #expect(
      try misfits(single([[1]], cubaLIF(1, threshold: 0)), options).map(\.code) == ["E0306"])
    var strict = options
    strict.strict = true
    strict.reset = .subtract
    #expect(try misfits(single([[1]], cubaLIF(1)), strict).allSatisfy { $0.code == "E0320" })
  }

  // MARK: Crossbars

  private func integrators(_ count: Int, threshold: Double = 1, reset: Double = 0) -> NIRNode {
    .if(
      NIRIF(r: all(1000, count), vThreshold: all(threshold, count), vReset: all(reset, count)))
  }

  private func integrating(_ first: [[Double]], _ second: [[Double]]) throws -> NIRGraph {
    try chain([
      ("in", .input(shape: [first[0].count])),
      ("a", .linear(NIRLinear(weight: matrix(first)))), ("hidden", integrators(first.count)),
      ("b", .linear(NIRLinear(weight: matrix(second)))), ("out", integrators(second.count)),
      ("output", .output(shape: [second.count])),
    ])
  }

  /// Four weights a neuron, of which other neurons have others; more neurons than a core has axons
  /// for.
  @Test func truenorthSpikesAsTheNetworkDoes() throws {
    let spec = try ChipLibrary.chip("truenorth")
    for seed in 0..<4 as Range<UInt64> {
      var choice = SequentialRandom(seed: seed, stream: 43)
      func levels(_ rows: Int, _ columns: Int) -> [[Double]] {
        (0..<rows).map { _ in
          let own = (0..<4).map { _ in ((choice.normal() * 3 + 1).rounded()) * 0.125 }
          return (0..<columns).map { _ in
            choice.uniform() < 0.3 ? 0 : own[Int(choice.uniform() * 4)]
          }
        }
      }
      let (first, second) = (levels(70, 90), levels(9, 70))
      let result = try Compiler.compile(
        integrating(first, second), name: "net", CompileOptions(spec))
      #expect(result.image.cores.count > 1)
      #expect(result.image.io.populations.map(\.count) == [70, 9])
      let inputs = inputs(90, 200, rate: 0.05, seed)
      let layers = [first, second].map {
        EulerLayer($0, membraneSteps: nil, synapticSteps: nil, threshold: 1)
      }
      let wanted = euler(layers, inputs)
      #expect(try run(result.image, spec, inputs) == wanted, "seed \(seed)")
      #expect(count(wanted[1]) > 20, "seed \(seed)")
    }
  }

  @Test func truenorthSubtractsThresholdsExactly() throws {
    let spec = try ChipLibrary.chip("truenorth")
    var options = CompileOptions(spec)
    options.reset = .subtract
    let result = try Compiler.compile(
      integrating([[0.75, 0.5], [0.25, -0.25]], [[1, 1]]), name: "net", options)
    #expect(result.report.approximations.isEmpty)
    let every = Array(repeating: [true, true], count: 41)
    let spikes = try run(result.image, spec, every)
    // 1.25 a step from step 1 on against a threshold of 1: a spike in each of the 40.
    #expect(spikes[0].map { $0[0] }.filter { $0 }.count == 40)
    // What is beyond the threshold is kept: after 40 steps 40 of 50 thresholds were used up.
    guard case .crossbar(let core)? = result.image.cores[0].digital else {
      Issue.record("no crossbar")
      return
    }
    #expect(core.neurons[0].reset == .linear && core.neurons[0].threshold == 4)
  }

  @Test func whatTruenorthCannotIsNamed() throws {
    let options = CompileOptions(try ChipLibrary.chip("truenorth"))
    #expect(
      try misfits(single([[1]], cubaLIF(1)), options) == [.crossbarNeurons(layer: "pop")])
    #expect(
      try misfits(single([[1, 2.0.squareRoot()]], integrators(1)), options)
        == [.crossbarWeights(layer: "pop", largest: 255)])
    #expect(
      try misfits(single([[1, 2, 3, 4, 5], [1, 0, 0, 0, 0]], integrators(2)), options)
        == [.crossbarTypes(layer: "pop", neuron: 0, found: 5, available: 4)])
    let wide = [(0..<300).map { _ in 1.0 }]
    #expect(
      try misfits(single(wide, integrators(1)), options)
        == [.fanIn(population: "pop", neuron: 0, part: .axons, needed: 300, available: 256)])
    for misfit in try misfits(single([[1]], cubaLIF(1)), options) {
      #expect(misfit.description.contains("use IF or I nodes, or --chip loihi"))
    }
  }

  /// Integers all through: a sum without leak is exact on the other digital chip too.
  @Test func loihiIntegratesExactly() throws {
    let spec = try ChipLibrary.chip("loihi")
    for seed in 0..<4 as Range<UInt64> {
      let first = random(20, 15, seed) { ($0.normal() * 3 + 1).rounded() * 0.1 }
      let second = random(5, 20, seed + 10) { ($0.normal() * 3 + 1).rounded() * 0.2 }
      let result = try Compiler.compile(
        integrating(first, second), name: "net", CompileOptions(spec))
      let inputs = inputs(15, 200, rate: 0.1, seed)
      let layers = [first, second].map { rows in
        EulerLayer(
          rows.map { $0.map { ($0 * 10).rounded() } }, membraneSteps: nil, synapticSteps: nil,
          threshold: 10)
      }
      #expect(try run(result.image, spec, inputs) == euler(layers, inputs), "seed \(seed)")
    }
  }
}
