import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Rules whose traces are the codes of correlation sensors.
@Suite struct SensedLearningTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("bss2-like") }

  /// Twenty pairs of an event and a spike 1.7 ticks later add 20 A e^(−Δ/τ) codes; reading them
  /// resets the sensors, so that a second epoch adds nothing.
  @Test(arguments: EmulatedChip.availableKernels)
  func causalCodesStrengthen(kernel: String) throws {
    let program = try LearningFixture.program(
      dw: "x1*y0", on: spec, epoch: 500, impulse: 0)
    let image = try LearningFixture.image(spec, program, inputs: 2, columns: 2)
    let chip = try LearningFixture.chip(
      spec, try required(EmulationSettings.Kernel(rawValue: kernel), "kernel"))
    try chip.load(image)
    let times = (0..<20).map { 10 + 24 * $0 }
    let experiment = LearningFixture.experiment(
      spec, ticks: 1000, arriving: times.map { ($0, 0) }, firing: times.map { ($0 + 2, 1) },
      registers: [.weight])
    let recording = try chip.run(experiment, cancellation: nil)
    let sensors = try required(spec.correlation, "sensors")
    let latency = Double(spec.events.localLatencyCycles) / Double(spec.time.cyclesPerTick)
    let distance = (2 - latency) * spec.time.tickSeconds
    let codes =
      20 * sensors.amplitudeCodes
      * DeterministicMath.exp(-distance / sensors.timeConstantSeconds)
    #expect(Array(recording.registers[0].suffix(4)) == [0, codes.rounded(.down), 0, 0])
    #expect(recording.registers[0][498 * 4 + 1] == 0)
    #expect(recording.counters.learningEpochs == 2)
    let cycles =
      2
      * LearningCost.cycles(
        try required(spec.learning, "engine"), rows: 2, words: 2)
    #expect(recording.counters.learningCycles == cycles)
  }

  /// Events after spikes weaken, by the acausal codes.
  @Test func acausalCodesWeaken() throws {
    let program = try LearningFixture.program(
      dw: "x1*y0 - y1*x0", on: spec, epoch: 500, impulse: 0)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    for chip in [try LearningFixture.chip(spec) as any Chip, IdealChip(spec)] {
      try chip.load(image)
      let times = (0..<20).map { 10 + 24 * $0 }
      let experiment = LearningFixture.experiment(
        spec, ticks: 500, arriving: times.map { ($0 + 1, 0) }, firing: times.map { ($0, 0) },
        registers: [.weight])
      let weight = try chip.run(experiment, cancellation: nil).registers[0].last
      // Acausal pairs are 1.3 ticks apart, causal ones 22.7: 12.1 codes less 5.6 (19 pairs).
      #expect(weight == -7, "\(chip.info.kind)")
    }
  }

  /// What no sensor gives is refused by name when the image is loaded, whoever wrote the microcode.
  @Test(arguments: [
    (LearningProduct.Gate.post, [LearningFactor(.x2)], "x2"),
    (.epoch(0), [LearningFactor(.x1)], "x1"), (.post, [LearningFactor(.y1)], "y1"),
    (.post, [LearningFactor(.x1), LearningFactor(.y2)], "y2"), (.pre, [LearningFactor(.x1)], "x1"),
    (.post, [LearningFactor(.x1), LearningFactor(.x1)], "x1 and x1"),
  ])
  func otherTracesAreRefused(
    gate: LearningProduct.Gate, factors: [LearningFactor], name: String
  ) throws {
    let product = LearningProduct(
      target: .weight, gate: gate, mantissa: 1, exponent: 0, factors: factors)
    let program = LearningProgram(
      name: "test", words: try LearningProduct.encode([product]), epochTicks: 100)
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = try LearningFixture.chip(spec)
    #expect {
      try chip.load(image)
    } throws: { error in
      "\(error)".contains("the product reads \(name)")
    }
  }
}
