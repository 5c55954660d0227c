import ChipInterface
import HardwareSpec

// MARK: What outlives a run, and runs in slices

extension ChipConformance {
  func snapshotsNeedImages() throws {
    let chip = try make()
    do {
      _ = try chip.snapshot()
      throw Nonconformance(description: "a chip without an image gave a snapshot")
    } catch ChipError.noImage {}
    do {
      try chip.restore(ChipState(imageHash: ""))
      throw Nonconformance(description: "a chip without an image was restored")
    } catch ChipError.noImage {}
  }

  /// A snapshot of written weights, through its bytes, on the same chip and on a fresh one.
  func snapshotsComeBack() throws {
    let (written, expected, state) = try writtenState()
    let chip = try loaded()
    try demand(try chip.snapshot().isInitial, "a chip that was only loaded differs from its image")
    let before = try chip.run(batch(chip))
    try demand(try chip.snapshot().isInitial, "a run without learning changed the chip")
    try chip.restore(ChipState(decoding: state))
    try demand(try chip.run(batch(chip)) == expected, "a fresh chip runs otherwise when restored")
    try demand(try chip.snapshot() == written, "a restored chip has another state")
    try chip.load(TestImage.make(for: chip.info.spec))
    try demand(try chip.run(batch(chip)) == before, "a load did not forget the restored state")
    try chip.restore(ChipState(decoding: state))
    try demand(try chip.run(batch(chip)) == expected, "restored after a load, it runs otherwise")
    try chip.restore(ChipState(imageHash: written.imageHash))
    try demand(try chip.run(batch(chip)) == before, "the initial state did not come back")
  }

  /// The state of a chip with written weights, what it runs, and the state's bytes; the chip is let
  /// go of.
  private func writtenState() throws -> (ChipState, Recording, [UInt8]) {
    let chip = try loaded()
    try chip.write([TestImage.block(for: chip.info.spec, seed: 2)])
    let state = try chip.snapshot()
    try demand(!state.isInitial, "written weights are no part of the state")
    return (state, try chip.run(batch(chip)), state.encoded())
  }

  func otherStates() throws {
    let chip = try loaded()
    try chip.write([TestImage.block(for: chip.info.spec, seed: 2)])
    let state = try chip.snapshot()
    try chip.load(TestImage.make(for: chip.info.spec, seed: 3))
    let before = try chip.run(batch(chip))
    do {
      try chip.restore(state)
      throw Nonconformance(description: "the state of another image was taken")
    } catch ChipError.stateOfAnotherImage(let found, _) {
      try demand(found == state.imageHash, "the error names \(found)")
    }
    var outside = try chip.snapshot()
    outside.cores = [CoreState(slot: 7)]
    do {
      try chip.restore(outside)
      throw Nonconformance(description: "a state of a core that is not in use was taken")
    } catch ChipError.invalidState {}
    try demand(try chip.run(batch(chip)) == before, "a refused state changed the chip")
  }

  /// What the chip learned, or was taught, is in the image made of its state.
  func learnedImages() throws {
    let chip = try loaded()
    let spec = chip.info.spec
    try chip.write([TestImage.block(for: spec, seed: 2)])
    let expected = try chip.run(batch(chip))
    let image = try chip.snapshot().applied(to: TestImage.make(for: spec), on: spec)
    try chip.load(image)
    try demand(try chip.run(batch(chip)) == expected, "the image of the state runs otherwise")
  }

  func slices() throws {
    let chip = try loaded()
    let experiment = batch(chip, samples: 7)
    let whole = try chip.run(experiment)
    let parts = try [0..<3, 3..<3, 3..<4, 4..<7].map { try chip.run(experiment.slice($0)) }
    guard var joined = try Recording(joining: parts) else {
      throw Nonconformance(description: "no slices")
    }
    if joined.charges == nil {
      let seconds = abs(joined.hardwareSeconds - whole.hardwareSeconds)
      let joules = abs(joined.energy.total - whole.energy.total)
      try demand(
        seconds <= 1e-12 * whole.hardwareSeconds && joules <= 1e-12 * whole.energy.total,
        "slices take \(seconds) s and \(joules) J more or less than the whole")
      (joined.hardwareSeconds, joined.energy) = (whole.hardwareSeconds, whole.energy)
    }
    try demand(joined == whole, "joined slices differ from the whole")
  }
}
