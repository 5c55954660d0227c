import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Rules on analog cores, from spikes to effective weights.
@Suite struct AnalogLearningTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Pre at tick 5, post at tick 7.
  ///
  /// x1 is 16, 14.48, 13.10 without rounding; the rule adds 2^-2 · x1. Times counted by hand, random
  /// rounding within one step.
  @Test func pairOfSpikesPotentiates() throws {
    let program = try LearningFixture.program(dw: "2^-2*x1*y0 - 2^-2*y1*x0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 2, columns: 2)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(
      spec, ticks: 12, arriving: [(5, 0)], firing: [(7, 1)],
      registers: [.weight, .x1, .y1])
    let recording = try chip.run(experiment, cancellation: nil)
    let weights = recording.registers[0]
    #expect(weights[6 * 4 + 1] == 0)
    #expect([3, 4].contains(weights[7 * 4 + 1]))
    #expect([weights[11 * 4], weights[11 * 4 + 2], weights[11 * 4 + 3]] == [0, 0, 0])
    #expect(recording.registers[1][5 * 2] == 16)
    #expect([13, 14].contains(recording.registers[1][7 * 2]))
    #expect(recording.registers[2][7 * 2 + 1] == 16)
    #expect(recording.spikes.units == [1])
    #expect(recording.counters.weightUpdates == 1)
    #expect(recording.counters.learningEpochs == 12)
    #expect(recording.counters.gradedEvents == 1)
    let step = spec.synapse.effectiveStepsPerWeight
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    #expect(
      chip.effectiveWeight(core: core, row: 0, column: 1)
        == UInt8(Int(weights[11 * 4 + 1]) * step))
  }

  /// Post before pre weakens: the weight goes to the inhibitory row, or stops at 0.
  @Test(arguments: [true, false]) func depressionCrossesZeroOnlyWhereSigned(signed: Bool) throws {
    let program = try LearningFixture.program(dw: "-2^-1*y1*x0", on: spec)
    let image = try LearningFixture.image(
      spec, program, inputs: 1, columns: 1, weight: 2, isSigned: signed)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(
      spec, ticks: 4, arriving: [(2, 0)], firing: [(2, 0)], registers: [.weight])
    let recording = try chip.run(experiment, cancellation: nil)
    #expect(recording.registers[0].last == (signed ? -6 : 0))
    #expect(recording.counters.weightsSaturated == (signed ? 0 : 1))
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    let rows = (0..<2).map { chip.effectiveWeight(core: core, row: $0, column: 0) }
    #expect(rows == [0, signed ? 72 : 0])
  }

  /// Samples and runs go on from what was learned; writing and loading set weights anew.
  @Test func weightsPersistUntilLoaded() throws {
    let program = try LearningFixture.program(dw: "2^-4*x1*y0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(
      spec, ticks: 4, samples: 3, arriving: [(2, 0)], firing: [(2, 0)], registers: [.weight])
    func weights() throws -> [Double] {
      try chip.run(experiment, cancellation: nil).registers[0]
    }
    // x1 is 16 in the tick of its spike: each sample adds one.
    #expect(try weights() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3])
    #expect(try weights().last == 6)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    try chip.write([
      WeightBlock(
        core: core, firstPair: 0, pairCount: 1, firstColumn: 0, columnCount: 1,
        values: .steps([-4]))
    ])
    #expect(try weights().last == -1)
    try chip.load(image)
    #expect(try weights().last == 3)
  }

  /// e sums events and own spikes and fades; r is one number; both are factors.
  @Test func thirdFactors() throws {
    var program = try LearningFixture.program(
      dw: "2^-4*e*u0", dt: "2^-3*x0*r", on: spec, impulse: 0)
    program.error = GradedSettings(timeConstant: 1 / 0.6931471805599453, ownSpike: 16)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 2)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let events = [
      GradedEvents.Event(tick: 1, channel: .error, unit: 0, value: 64),
      GradedEvents.Event(tick: 2, channel: .reward, value: 40),
    ]
    let experiment = LearningFixture.experiment(
      spec, ticks: 4, arriving: [(2, 0)], firing: [(3, 1)], graded: events,
      registers: [.error, .weight, .tag, .reward])
    let recording = try chip.run(experiment, cancellation: nil)
    // e is read before it fades, registers show what is left.
    #expect(recording.registers[0] == [0, 0, 32, 0, 16, 0, 8, 8])
    #expect(recording.registers[1] == [0, 0, 4, 0, 6, 0, 7, 1])
    #expect(recording.registers[2] == [0, 0, 0, 0, 5, 5, 5, 5])
    #expect(recording.registers[3] == [0, 0, 0, 0])
    #expect(recording.counters.gradedEvents == 3)
  }

  /// p is the table at the code that the ADC converts, every so many ticks.
  @Test func membraneFactorFollowsTheADC() throws {
    var program = try LearningFixture.program(dw: "2^-7*p*u0", on: spec)
    program.membraneTable = (0..<256).map { Int8(truncatingIfNeeded: $0 - 128) }
    var image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    image.cores[0].plasticBlocks[0].membraneCentres = [90]
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    var experiment = LearningFixture.experiment(spec, ticks: 16, registers: [.membrane])
    experiment.recorded.adcPopulations = ["neurons"]
    let recording = try chip.run(experiment, cancellation: nil)
    let every = try required(spec.learning, "engine").membraneEveryTicks
    let p = recording.registers[0]
    #expect(p[..<(every - 1)].allSatisfy { $0 == 0 })
    #expect(p[every - 1] == Double(recording.adc[0]) - 90)
    #expect(p[15] == Double(recording.adc[1]) - 90)
  }

  /// More graded events in one tick than the chip takes are lost, and counted.
  @Test func bandwidthOfGradedEvents() throws {
    let program = try LearningFixture.program(dw: "2^-4*e*u0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let events = (0..<40).map { _ in
      GradedEvents.Event(tick: 1, channel: .error, unit: 0, value: 1)
    }
    let recording = try chip.run(
      LearningFixture.experiment(spec, ticks: 2, graded: events, registers: [.weight]),
      cancellation: nil)
    #expect(recording.counters.gradedEvents == 32)
    #expect(recording.counters.gradedLost == 8)
    #expect(recording.registers[0] == [0, 2])
  }

  /// The error of one neuron goes to others, weighted, before their rules read it.
  @Test func feedbackCarriesErrors() throws {
    let program = try LearningFixture.program(dw: "2^-3*e*u0", on: spec)
    var image = try LearningFixture.image(spec, program, inputs: 1, columns: 3)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    let circuits = try (0..<3).map {
      try required(CircuitOnChip(core, column: $0, on: spec.geometry), "circuit")
    }
    image.feedback = [
      FeedbackProjection(
        sources: [circuits[0]], targets: [circuits[1], circuits[2]], weights: [4, -2], shift: 1)
    ]
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let events = [GradedEvents.Event(tick: 1, channel: .error, unit: 0, value: 8)]
    let recording = try chip.run(
      LearningFixture.experiment(spec, ticks: 2, graded: events, registers: [.weight]),
      cancellation: nil)
    #expect(recording.registers[0] == [0, 0, 0, 1, 2, -1])
  }

  /// The engine's cycles are charged to the chip's time and its operations to the energy.
  @Test func costIsCharged() throws {
    let program = try LearningFixture.program(dw: "2^-2*x1*y0", on: spec, epoch: 4)
    let image = try LearningFixture.image(spec, program, inputs: 3, columns: 2)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(spec, ticks: 10, registers: [])
    let learnt = try chip.run(experiment, cancellation: nil)
    var plain = image
    plain.cores[0].plasticBlocks = []
    plain.programs = []
    try chip.load(plain)
    let without = try chip.run(experiment, cancellation: nil)
    let engine = try required(spec.learning, "engine")
    let cycles = 2 * LearningCost.cycles(engine, rows: 3, words: 2)
    #expect(learnt.counters.learningCycles == cycles)
    #expect(
      abs(
        learnt.hardwareSeconds - without.hardwareSeconds
          - Double(cycles) / spec.time.clockHertz) < 1e-12)
    #expect(without.energy.learning == 0)
    let operation = try required(spec.energy, "energy").learningOperationJoules
    #expect(abs(learnt.energy.learning - 2.0 * 2 * 6 * operation) < 1e-18)
  }

  /// Blocks side by side share row pairs; each keeps its own columns, in every kernel.
  @Test(arguments: EmulatedChip.availableKernels)
  func blocksShareRows(kernel: String) throws {
    let program = try LearningFixture.program(dw: "2^-3*x1*y0", on: spec)
    var image = try LearningFixture.image(spec, program, inputs: 2, columns: 4)
    image.cores[0].plasticBlocks = [0, 2].map {
      PlasticBlock(firstPair: 0, pairCount: 2, firstColumn: $0, columnCount: 2, program: 0)
    }
    let chip = try LearningFixture.chip(
      spec, try required(EmulationSettings.Kernel(rawValue: kernel), "kernel"))
    try chip.load(image)
    var experiment = LearningFixture.experiment(
      spec, ticks: 6, samples: 2, arriving: [(2, 0), (2, 1)], firing: [(2, 1), (4, 2)],
      registers: [])
    experiment.recorded.registers = [0, 1].map { RegisterProbe(.weight, core: 0, part: $0) }
    let recording = try chip.run(experiment, cancellation: nil)
    // x1 is 16 at once, and some 13 two ticks later: 2 steps a sample, or between 1 and 2.
    let first = Array(recording.registers[0].suffix(4))
    let second = Array(recording.registers[1].suffix(4))
    #expect(first == [0, 4, 0, 4])
    #expect(second[1] == 0 && second[3] == 0 && second[0] >= 2 && second[2] >= 2)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    let step = Double(spec.synapse.effectiveStepsPerWeight)
    for pair in 0..<2 {
      for column in 0..<4 {
        let weight = (column < 2 ? first : second)[pair * 2 + column % 2]
        let effective = chip.effectiveWeight(core: core, row: 2 * pair, column: column)
        #expect(effective.map(Double.init) == weight * step)
      }
    }
    // Events of the second sample pass the synapses that the first one made.
    #expect(recording.counters.synapticEvents == 4)
  }
}
