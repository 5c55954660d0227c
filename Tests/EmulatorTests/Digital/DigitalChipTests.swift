import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// What digital chips do as chips: samples, teachers, writing, refusals, cancelling.
@Suite struct DigitalChipTests {
  private let fixture: DigitalFixture

  init() throws { fixture = try DigitalFixture("loihi") }

  /// Two neurons that add up what comes: axon 0 reaches both, axon 1 the first.
  private var image: ChipImage {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 10)
    let core = CurrentBasedCore(
      neurons: [neuron, neuron],
      projections: [
        DigitalProjection(
          firstAxon: 0, starts: [0, 2, 3], targets: [0, 1, 0], weights: [4, 2, 6])
      ])
    return fixture.image(.currentBased(core), inputs: 3, routes: [(0, 1, 0)])
  }

  private func loaded(_ settings: EmulationSettings = .init()) throws -> EmulatedChip {
    let chip = try EmulatedChip(fixture.spec, settings)
    try chip.load(image)
    return chip
  }

  /// Events are counted where they arrive.
  ///
  /// By hand: input 0 at steps 0, 1, 2 gives v = 256, 512, then 768 > 640: a spike, which reaches
  /// axon 1. Input 2 leads to an axon without synapses.
  @Test func counters() throws {
    let found = try fixture.run(
      image, fixture.experiment(steps: 6, [(0, 0), (1, 0), (2, 0), (3, 2)]))
    #expect(found.spikes.cycles == [3] && found.spikes.units == [0])
    #expect((0..<6).map { found.v[2 * $0] } == [0, 256, 512, 0, 384, 384])
    #expect(found.counters.ticks == 6 && found.counters.inputEvents == 4)
    #expect(found.counters.rowEvents == 5 && found.counters.synapticEvents == 7)
    #expect(found.counters.spikes == 1)
    #expect(abs(found.hardwareSeconds - 6 * fixture.spec.time.tickSeconds) < 1e-15)
  }

  @Test func batchEqualsItsSamples() throws {
    var generator = try #require(RandomDigitalImage(fixture.spec, seed: 7))
    let image = generator.image(ticks: 50)
    var batch = generator.experiment(image, ticks: 50)
    batch.graded = GradedEvents()
    for threads in [1, 3] {
      let chip = try EmulatedChip(fixture.spec, EmulationSettings(threads: threads))
      try chip.load(image)
      let together = try chip.run(batch)
      for sample in 0..<batch.inputs.sampleCount {
        let alone = try chip.run(
          Experiment(
            durationTicks: 50, inputs: batch.inputs.selecting([sample]),
            sampleNumbers: [batch.sampleNumbers[sample]], recorded: batch.recorded))
        #expect(alone.spikes == together.spikes.selecting([sample]))
      }
    }
  }

  /// A taught neuron fires with its membrane at 0 and sends its spike on.
  @Test func teacher() throws {
    var experiment = fixture.experiment(steps: 5, [(0, 0)])
    experiment.graded = GradedEvents([
      [
        .init(tick: 1, channel: .teacher, unit: 0), .init(tick: 3, channel: .teacher, unit: 1),
      ]
    ])
    let found = try fixture.run(image, experiment)
    #expect(found.spikes.cycles == [1, 3] && found.spikes.units == [0, 1])
    #expect((0..<5).map { found.v[2 * $0] } == [0, 0, 384, 384, 384])
    #expect((0..<5).map { found.v[2 * $0 + 1] } == [0, 128, 128, 0, 0])
    #expect(found.counters.gradedEvents == 2)
  }

  @Test func writtenWeightsCount() throws {
    let chip = try loaded()
    let experiment = fixture.experiment(steps: 3, [(0, 0)])
    let before = try chip.run(experiment)
    func block(_ weights: [Int8]) -> WeightBlock {
      WeightBlock(
        core: fixture.core, firstPair: 0, pairCount: 2, firstColumn: 0, columnCount: 2,
        values: .steps(weights))
    }
    #expect(throws: ChipError.noSynapse(core: 0, pair: 1, column: 1)) {
      try chip.write([block([1, 1, 1, 1])])
    }
    #expect(try chip.run(experiment) == before, "a refused block changed the chip")
    try chip.write([block([-3, 5, 7, 0])])
    let after = try chip.run(experiment)
    #expect(after.v == [0, 0, -192, 320, -192, 320])
    try chip.load(image)
    #expect(try chip.run(experiment) == before)
  }

  @Test func analogReadoutIsRefused() throws {
    let chip = try loaded()
    var experiment = fixture.experiment(steps: 3, [])
    experiment.recorded.adcPopulations = ["all"]
    #expect(throws: ChipError.notOnDigitalChip(part: "column ADC", chip: "loihi")) {
      try chip.run(experiment)
    }
  }

  @Test func cancelling() throws {
    let chip = try loaded()
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(throws: ChipError.cancelled) {
      try chip.run(
        fixture.experiment(steps: 1_000_000, []).withoutRegisters, cancellation: cancellation)
    }
    #expect(try chip.run(fixture.experiment(steps: 3, [(0, 0)])).counters.ticks == 3)
  }

  /// More events at once than sums of 8 and 16 bits hold, and more than the lists' first room.
  @Test func manyEventsAtOnce() throws {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let rows = 40
    for weight in [Int16(-128), 127, 255, -256, 2, 254] {
      let core = CurrentBasedCore(
        neurons: Array(repeating: neuron, count: 70),
        projections: [
          DigitalProjection(
            firstAxon: 0, starts: (0...rows).map { UInt32(70 * $0) },
            targets: (0..<rows).flatMap { _ in (0..<70).map { UInt16($0) } },
            weights: Array(repeating: weight, count: 70 * rows))
        ])
      let events = (0..<1000).map { (step: 0, input: $0 % rows) }
      let found = try fixture.run(
        fixture.image(.currentBased(core), inputs: rows), fixture.experiment(steps: 2, events))
      let expected = CurrentBasedTests.wrapped(64_000 * Int(weight))
      #expect(found.u.suffix(70).allSatisfy { $0 == Double(expected) }, "weight \(weight)")
      #expect(found.counters.synapticEvents == 70_000)
    }
  }
}

extension Experiment {
  /// The same without recorded registers.
  fileprivate var withoutRegisters: Experiment {
    var copy = self
    copy.recorded.registers = []
    return copy
  }
}

extension CurrentBasedTests {
  /// A current as the register holds it: one that is too large comes back once.
  static func wrapped(_ u: Int) -> Int {
    u > 1 << 23 ? u - 1 << 24 : u <= -(1 << 23) ? u + 1 << 24 : u
  }
}
