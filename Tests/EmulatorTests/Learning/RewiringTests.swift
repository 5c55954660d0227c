import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import TestSupport
import Testing

/// Structural plasticity, and weights that move by whole steps from the tag.
@Suite struct RewiringTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func image(everyEpochs: Int = 4) throws -> ChipImage {
    var program = try LearningFixture.program(dw: "-1*u0", on: spec)
    program.rewiring = Rewiring(
      everyEpochs: everyEpochs, groupPairs: 8, synapsesPerGroup: 2, keepsFrom: 3, initialWeight: 6)
    var image = try LearningFixture.image(spec, program, inputs: 16, columns: 3, isSigned: false)
    let width = spec.geometry.circuitsPerCore
    for column in 0..<3 {
      image.cores[0].weights[2 * column * width + column] = 12
      image.cores[0].weights[2 * (8 + column) * width + column] = 6
    }
    return image
  }

  /// Weights lose one a tick.
  ///
  /// A synapse stays while it is strong; a weak one appears elsewhere in
  /// its dendrite with the initial weight; every dendrite keeps its two.
  @Test(arguments: ["reference", "portable", "auto"])
  func weakSynapsesMove(kernel: String) throws {
    let chip = try LearningFixture.chip(
      spec, try required(EmulationSettings.Kernel(rawValue: kernel), "kernel"))
    try chip.load(try image())
    let recording = try chip.run(
      LearningFixture.experiment(spec, ticks: 8, registers: [.weight]), cancellation: nil)
    func weight(_ tick: Int, _ row: Int, _ column: Int) -> Double {
      recording.registers[0][(tick * 16 + row) * 3 + column]
    }
    for column in 0..<3 {
      // 12 − 4 stays, 6 − 4 and the new ones' 6 − 4 move after the fourth tick.
      #expect(weight(3, column, column) == 8)
      #expect(weight(3, 8 + column, column) == 0)
      func dendrite(_ tick: Int, _ rows: Range<Int>) -> [Double] {
        rows.map { weight(tick, $0, column) }.filter { $0 != 0 }.sorted()
      }
      #expect(dendrite(3, 0..<8) == [6, 8])
      #expect(dendrite(3, 8..<16) == [6, 6])
      #expect(dendrite(7, 0..<8) == [4, 6])
      #expect(dendrite(7, 8..<16) == [6, 6])
    }
    let core = try required(CoreOnChip(0, on: spec.geometry), "core 0")
    for row in 0..<16 {
      let effective = chip.effectiveWeight(core: core, row: 2 * row, column: 0).map(Double.init)
      #expect(effective == weight(7, row, 0) * Double(spec.synapse.effectiveStepsPerWeight))
    }
  }

  /// Where synapses go is the kernel's business as little as anything else.
  @Test func kernelsMoveAlike() throws {
    var results: [[Double]] = []
    for kernel in EmulatedChip.availableKernels {
      let chip = try LearningFixture.chip(
        spec, try required(EmulationSettings.Kernel(rawValue: kernel), "kernel"))
      try chip.load(try image(everyEpochs: 3))
      results.append(
        try chip.run(
          LearningFixture.experiment(spec, ticks: 30, registers: [.weight]), cancellation: nil
        ).registers[0])
    }
    #expect(Set(results).count == 1)
  }

  /// More synapses in a dendrite than the rule has places for are refused.
  @Test func fullDendritesAreRefused() throws {
    var crowded = try image()
    let width = spec.geometry.circuitsPerCore
    for row in 0..<4 { crowded.cores[0].weights[2 * row * width] = 5 }
    let chip = try LearningFixture.chip(spec)
    #expect(throws: ChipError.self) { try chip.load(crowded) }
  }

  /// The tag gathers a third of a step an epoch; the weight moves when it has come to one.
  @Test func tagsCarryIntoWeights() throws {
    var program = try LearningFixture.program(dw: nil, dt: "4*x0", on: spec)
    program.tagCarry = 12
    let image = try LearningFixture.image(spec, program, inputs: 1, columns: 1)
    let chip = try LearningFixture.chip(spec)
    try chip.load(image)
    let recording = try chip.run(
      LearningFixture.experiment(
        spec, ticks: 8, arriving: (1...7).map { ($0, 0) }, registers: [.weight, .tag]),
      cancellation: nil)
    #expect(recording.registers[0] == [0, 0, 0, 1, 1, 1, 2, 2])
    #expect(recording.registers[1] == [0, 4, 8, 0, 4, 8, 0, 4])
  }
}
