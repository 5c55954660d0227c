import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// What was learned, as an image.
@Suite struct LearnedImageTests {
  /// A chip with the learned image has the weights that the chip had that learned them.
  @Test(arguments: 0..<9)
  func analogWeightsAreThoseOfTheChip(seed: Int) throws {
    var given = try StateCase.analog(seed)
    let chip = try given.emulated("auto")
    try chip.load(given.image)
    _ = try chip.run(given.experiment)
    try chip.write([given.block()])
    _ = try chip.run(given.experiment(1))
    let image = try chip.snapshot().applied(to: given.image, on: given.spec)
    _ = try ChipImage(decoding: image.encoded(spec: given.spec), spec: given.spec)
    var still = image
    (still.programs, still.cores[0].plasticBlocks) = ([], [])
    let other = try given.emulated("auto")
    try other.load(still)
    for row in 0..<given.spec.geometry.synapseRowsPerCore {
      for column in 0..<image.cores[0].circuits.count {
        let core = image.cores[0].core
        let weight = chip.effectiveWeight(core: core, row: row, column: column)
        if weight != other.effectiveWeight(core: core, row: row, column: column) {
          Issue.record("seed \(seed), \(given.rule), row \(row), column \(column)")
          return
        }
      }
    }
  }

  /// A digital chip runs on from the learned image as it does from the state.
  @Test(arguments: 0..<8)
  func digitalRegistersAreThoseOfTheChip(seed: Int) throws {
    var given = try StateCase.digital(seed)
    let chip = try given.emulated("auto")
    try chip.load(given.image)
    _ = try chip.run(given.experiment)
    if let block = given.digitalBlock() { try chip.write([block]) }
    let image = try chip.snapshot().applied(to: given.image, on: given.spec, rounding: true)
    let other = try given.emulated("auto")
    try other.load(image)
    // A dendrite's synapse of weight 0 is none to an image.
    if given.rule == "structural" { return }
    let (expected, found) = (
      try chip.run(given.experiment(1)), try other.run(given.experiment(1))
    )
    #expect(found.spikes == expected.spikes, "seed \(seed), \(given.rule)")
    #expect(found.registers == expected.registers, "seed \(seed), \(given.rule)")
  }

  /// Real numbers go into an image only when they are rounded.
  @Test func realNumbersAreRoundedWhenAsked() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let image = try TestImage.make(for: spec)
    let chip = IdealChip(spec)
    try chip.load(image)
    var block = try TestImage.block(for: spec, seed: 2)
    block.values = .exact((0..<block.values.count).map { Double($0 % 40) - 19.75 })
    try chip.write([block])
    let state = try chip.snapshot()
    #expect(throws: ChipError.invalidState(.exact(core: 0))) {
      try state.applied(to: image, on: spec)
    }
    let rounded = try state.applied(to: image, on: spec, rounding: true)
    let width = spec.geometry.circuitsPerCore
    #expect(rounded.cores[0].weights[width..<width + 6] == [15, 15, 15, 15, 15, 15])
    #expect(rounded.cores[0].weights[width + 11] == 9)
    #expect(rounded.cores[0].weights[11] == 0)
  }
}
