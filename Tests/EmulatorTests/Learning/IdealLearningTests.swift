import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// The same rules in real numbers.
@Suite struct IdealLearningTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Nothing is rounded: 16 e^(−2/10) / 4 after a pair two ticks apart; a further spike adds more.
  @Test func pairInRealNumbers() throws {
    let program = try LearningFixture.program(dw: "2^-2*x1*y0 - 2^-2*y1*x0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = IdealChip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(
      spec, ticks: 12, arriving: [(5, 0)], firing: [(7, 0), (9, 0)],
      registers: [.weight, .x1, .y1])
    let recording = try chip.run(experiment, cancellation: nil)
    let weights = recording.registers[0]
    let first = 4 * 0.8187307530779818
    let second = 4 * 0.6703200460356393
    #expect(weights[6] == 0)
    #expect(abs(weights[7] - first) < 1e-12)
    #expect(abs(weights[11] - first - second) < 1e-12)
    #expect(abs(recording.registers[2][9] - 16 * (1 + 0.8187307530779818)) < 1e-12)
    #expect(recording.counters.weightUpdates == 2)
    #expect(recording.spikes.units == [0, 0])
  }

  /// Epochs of four ticks: x1 is read at the last spike of the column, wherever in the epoch.
  @Test func tracesAreReadAtTheLastSpike() throws {
    let program = try LearningFixture.program(dw: "x1*y0", on: spec, epoch: 4)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 2)
    let chip = IdealChip(spec)
    try chip.load(image)
    let experiment = LearningFixture.experiment(
      spec, ticks: 8, arriving: [(1, 0)], firing: [(1, 0), (2, 1), (6, 0)], registers: [.weight])
    let weights = try chip.run(experiment, cancellation: nil).registers[0]
    let decay = 0.9048374180359595
    #expect(weights[2 * 2] == 0)
    #expect(abs(weights[3 * 2] - 16) < 1e-12)
    #expect(abs(weights[3 * 2 + 1] - 16 * decay) < 1e-12)
    var trace = 16.0
    for _ in 0..<5 { trace *= decay }
    #expect(abs(weights[7 * 2] - 16 - trace) < 1e-9)
  }

  /// Learned weights act: the membrane follows the row that a rule has strengthened.
  @Test func learnedWeightsDriveCircuits() throws {
    let program = try LearningFixture.program(dw: "x1*y0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = IdealChip(spec)
    try chip.load(image)
    var experiment = LearningFixture.experiment(
      spec, ticks: 30, arriving: [(5, 0), (15, 0)], firing: [(5, 0)], registers: [])
    let circuit = try required(
      CircuitOnChip(
        try required(CoreOnChip(0, on: spec.geometry), "core"), column: 0, on: spec.geometry),
      "circuit")
    experiment.recorded.tracedCircuits = [circuit]
    let trace = try chip.run(experiment, cancellation: nil).traces
    #expect(abs(trace[13] - trace[0]) < 1e-9)
    #expect(trace[20] - trace[0] > 1e-4)
  }

  /// Written weights are the engine's too, and may be real.
  @Test func writtenWeightsAreLearnedOn() throws {
    let program = try LearningFixture.program(dw: "2^-4*x1*y0", on: spec)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = IdealChip(spec)
    try chip.load(image)
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    try chip.write([
      WeightBlock(
        core: core, firstPair: 0, pairCount: 1, firstColumn: 0, columnCount: 1,
        values: .exact([2.5]))
    ])
    let experiment = LearningFixture.experiment(
      spec, ticks: 4, arriving: [(2, 0)], firing: [(2, 0)], registers: [.weight])
    #expect(try chip.run(experiment, cancellation: nil).registers[0].last == 3.5)
  }
}
