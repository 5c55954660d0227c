import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import NIR
import Testing

/// A network that is larger than its chip, run in parts, against the same network on a chip that
/// holds it.
@Suite("Networks in parts") struct PartsTests {
  /// synapus-1 with so many cores, whose hops take no time: then a cut changes no clock cycle.
  private func chip(columns: Int, rows: Int, hop: Int = 0) throws -> ChipSpec {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.name = "\(columns)x\(rows)"
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (columns, rows)
    (spec.events.hopLatencyCycles, spec.network) = (hop, nil)
    return spec
  }

  private func options(_ spec: ChipSpec, _ oversize: CompileOptions.Oversize) -> CompileOptions {
    var options = CompileOptions(spec)
    (options.oversize, options.durationTicks) = (oversize, 60)
    return options
  }

  private func experiment(
    _ spec: ChipSpec, inputs: Int, adc: [String], samples: Int = 6
  ) -> Experiment {
    var random = SequentialRandom(seed: 9, stream: 4)
    var batch = SpikeBatch()
    for _ in 0..<samples {
      let cycles = (0..<inputs * 4).map { _ in
        UInt32.random(in: 0..<UInt32(60 * spec.time.cyclesPerTick), using: &random)
      }
      batch.cycles += cycles.sorted()
      batch.units += cycles.map { _ in UInt32.random(in: 0..<UInt32(inputs), using: &random) }
      batch.offsets.append(batch.cycles.count)
    }
    return Experiment(
      durationTicks: 60, inputs: batch, sampleNumbers: (0..<UInt64(samples)).map { $0 },
      recorded: RecordingRequest(adcPopulations: adc, adcEvery: 7))
  }

  /// Events of one clock cycle wait at a core's port in an order that a cut may change, for input
  /// events come before spikes: 95 % of the spikes lie within a cycle, all within a quarter tick.
  private func expectAlmostEqual(_ a: SpikeBatch, _ b: SpikeBatch) throws {
    var (distances, unequal) = ([Int](), 0)
    for (one, other) in zip(trains(a), trains(b)) {
      if one.count != other.count {
        unequal += 1
      } else {
        distances += zip(one, other).map { abs(Int($0) - Int($1)) }
      }
    }
    distances.sort()
    #expect(unequal * 100 <= trains(a).count { !$0.isEmpty }, "\(unequal) trains differ in number")
    #expect(distances[distances.count * 95 / 100] <= 1)
    #expect(try #require(distances.last) <= 16)
  }

  /// The spikes of each unit in each sample, in order of time.
  private func trains(_ batch: SpikeBatch) -> [[UInt32]] {
    let units = 1_000
    var trains = [[UInt32]](repeating: [], count: units * batch.sampleCount)
    for sample in 0..<batch.sampleCount {
      for spike in batch.range(ofSample: sample) {
        trains[sample * units + Int(batch.units[spike])].append(batch.cycles[spike])
      }
    }
    return trains.map { $0.sorted() }
  }

  /// Spikes of one tick have no order of their own.
  private func sorted(_ batch: SpikeBatch) -> [[UInt64]] {
    (0..<batch.sampleCount).map { sample in
      batch.range(ofSample: sample).map {
        UInt64(batch.cycles[$0]) << 32 | UInt64(batch.units[$0])
      }.sorted()
    }
  }

  @Test(arguments: [1, 2])
  func partsGiveTheSpikesOfOneBigChip(cores: Int) throws {
    let (small, big) = (try chip(columns: cores, rows: 1), try chip(columns: 3, rows: 3))
    let graph = try dense([64, 200, 180, 100, 10], spread: 0.2).nirGraph(dt: 1e-3)
    let whole = try Compiler.compile(graph, name: "net", options(big, .refuse))
    let parts = try Compiler.compile(graph, name: "net", options(small, .parts))
    let sequence = try #require(parts.sequence)
    #expect(whole.sequence == nil)
    #expect(sequence.parts.count > 1)
    #expect(sequence.parts.allSatisfy { $0.image.cores.count <= cores })
    #expect(sequence.io.populations.map(\.name) == whole.image.io.populations.map(\.name))
    #expect(sequence.parts.last?.image.io.population("layer4") != nil)
    #expect(sequence.io.readout == whole.image.io.readout)
    #expect(parts.report.coresUsed <= cores && parts.report.layers.count == 4)
    #expect(
      parts.report.notes.contains { if case .parts = $0 { return true } else { return false } })
    #expect(parts.scales == whole.scales)

    let experiment = experiment(big, inputs: 64, adc: ["layer4", "layer2"])
    let noiseless = EmulationSettings(mismatch: 0, effects: [])
    for (kind, make) in [
      ("ideal", { IdealChip($0) }), ("emulated", { try EmulatedChip($0, noiseless) }),
    ] as [(String, (ChipSpec) throws -> any Chip)] {
      let one = try make(big)
      try one.load(whole.image)
      let several = SequencedChip(try make(small))
      try several.load(sequence)
      let (a, b) = (try one.run(experiment), try several.run(experiment))
      #expect(a.counters.spikes > 500, "\(kind): hardly anything fired")
      if kind == "ideal" {
        #expect(sorted(a.spikes) == sorted(b.spikes))
        #expect(a.adc == b.adc && a.counters.spikes == b.counters.spikes)
      } else {
        try expectAlmostEqual(a.spikes, b.spikes)
      }
      #expect(a.adcColumns == b.adcColumns && a.adcTimes == b.adcTimes)
      #expect(a.counters.ticks == b.counters.ticks)
      #expect(a.counters.inputEvents == b.counters.inputEvents)
      let ratio = b.hardwareSeconds / a.hardwareSeconds
      #expect(ratio >= Double(sequence.parts.count) * 0.5 && ratio <= Double(sequence.parts.count))
    }
  }

  /// With hops that take time the parts answer by as many clock cycles earlier, and no more.
  @Test func hopsAreAllThatTheCutLeavesOut() throws {
    let (small, big) = (
      try chip(columns: 1, rows: 1, hop: 4), try chip(columns: 3, rows: 3, hop: 4)
    )
    let graph = try dense([64, 200, 180], spread: 0.2).nirGraph(dt: 1e-3)
    let whole = try Compiler.compile(graph, name: "net", options(big, .refuse))
    let sequence = try #require(
      try Compiler.compile(graph, name: "net", options(small, .parts)).sequence)
    let experiment = experiment(big, inputs: 64, adc: ["layer2"])
    let (one, several) = (IdealChip(big), SequencedChip(IdealChip(small)))
    try one.load(whole.image)
    try several.load(sequence)
    let (a, b) = (try one.run(experiment), try several.run(experiment))
    // Layer 1 hears inputs only; the readout's codes are late by a part of a tick.
    #expect(sorted(a.spikes) == sorted(b.spikes))
    let furthest = zip(a.adc, b.adc).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(furthest > 0 && furthest < 20, "\(furthest)")
  }

  /// A recurrent population and the delays of senders before it, on a chip with axonal delays.
  @Test func recurrentPopulationsStayWholeAndDelaysCrossTheCut() throws {
    var (small, big) = (try chip(columns: 1, rows: 1), try chip(columns: 3, rows: 3))
    let network = try ChipLibrary.chip("synapus-1").network
    (small.network, big.network) = (network, network)
    var random = SequentialRandom(seed: 3, stream: 8)
    func weights(_ receivers: Int, _ senders: Int, _ spread: Double) -> NIRNode {
      .linear(
        NIRLinear(
          weight: matrix(
            (0..<receivers).map { _ in (0..<senders).map { _ in spread * random.normal() } })))
    }
    func delay(_ count: Int, _ seconds: Double) -> NIRNode {
      .delay(NIRDelay(delay: values((0..<count).map { $0 % 2 == 0 ? 0 : seconds })))
    }
    let nodes: [(String, NIRNode)] = [
      ("in", .input(shape: [30])), ("w1", weights(120, 30, 0.3)), ("first", cubaLIF(120)),
      ("late", delay(120, 0.004)), ("w2", weights(100, 120, 0.15)), ("second", cubaLIF(100)),
      ("loop", weights(100, 100, 0.1)), ("later", delay(30, 0.003)), ("w4", weights(100, 30, 0.2)),
      ("w3", weights(10, 100, 0.2)), ("third", cubaLIF(10)), ("out", .output(shape: [10])),
    ]
    let edges = [
      ("in", "w1"), ("w1", "first"), ("first", "late"), ("late", "w2"), ("w2", "second"),
      ("second", "loop"), ("loop", "second"), ("in", "later"), ("later", "w4"), ("w4", "second"),
      ("second", "w3"), ("w3", "third"), ("third", "out"),
    ]
    let graph = try NIRGraph(
      nodes: nodes.map { NIRNamedNode($0.0, $0.1) }, edges: edges.map { NIREdge($0.0, $0.1) })
    let whole = try Compiler.compile(graph, name: "net", options(big, .refuse))
    let sequence = try #require(
      try Compiler.compile(graph, name: "net", options(small, .parts)).sequence)
    #expect(sequence.parts.count > 1)
    #expect(sequence.parts.contains { !$0.image.delayedInputs.isEmpty })
    let experiment = experiment(big, inputs: 30, adc: [])
    let (one, several) = (IdealChip(big), SequencedChip(IdealChip(small)))
    try one.load(whole.image)
    try several.load(sequence)
    let (a, b) = (try one.run(experiment), try several.run(experiment))
    for population in 0..<3 {
      let units = whole.image.io.unitOffsets[population]
      #expect(a.spikes.units.contains { $0 >= units }, "population \(population) is silent")
    }
    #expect(sorted(a.spikes) == sorted(b.spikes))
  }

  @Test func aNetworkThatFitsStaysWhole() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let graph = try dense([20, 30, 5]).nirGraph(dt: 1e-3)
    let refused = try Compiler.compile(graph, name: "net", options(spec, .refuse))
    let parts = try Compiler.compile(graph, name: "net", options(spec, .parts))
    #expect(parts == refused)
  }

  @Test func filesKeepSequences() throws {
    let spec = try chip(columns: 1, rows: 1)
    let graph = try dense([30, 200, 180, 10]).nirGraph(dt: 1e-3)
    let sequence = try #require(
      try Compiler.compile(graph, name: "net", options(spec, .parts)).sequence)
    let bytes = try sequence.encoded(spec: spec)
    #expect(ImageSequence.isSequence(bytes))
    #expect(try ImageSequence.header(decoding: bytes).chipName == spec.name)
    #expect(try ImageSequence(decoding: bytes, spec: spec) == sequence)
    let text = try ImageSequenceText.write(sequence, spec: spec)
    #expect(try ImageSequenceText.parse(text, spec: spec) == sequence)
    #expect(throws: ImageFormatError.notAnImage) { try ChipImage(decoding: bytes, spec: spec) }
  }

  @Test func whatOnlyOneImageCanIsRefusedByName() throws {
    let spec = try chip(columns: 1, rows: 1)
    let graph = try dense([30, 200, 180]).nirGraph(dt: 1e-3)
    let sequence = try #require(
      try Compiler.compile(graph, name: "net", options(spec, .parts)).sequence)
    let chip = SequencedChip(IdealChip(spec))
    try chip.load(sequence)
    var experiment = experiment(spec, inputs: 30, adc: [])
    #expect(throws: ChipError.notInSequence(what: "overwrite weights")) { try chip.write([]) }
    experiment.recorded.probedCores = [spec.geometry.cores[0]]
    #expect(throws: ChipError.notInSequence(what: "look at queues")) { try chip.run(experiment) }
    experiment.recorded.probedCores = []
    experiment.recorded.adcPopulations = ["nobody"]
    #expect(throws: ChipError.unknownPopulation("nobody", known: ["layer1", "layer2"])) {
      try chip.run(experiment)
    }
    experiment.recorded.adcPopulations = []
    experiment.inputs.units[0] = 30
    #expect(throws: ChipError.spikeUnitOutOfRange(sample: 0, unit: 30, count: 30)) {
      try chip.run(experiment)
    }
  }
}
