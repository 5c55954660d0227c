import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// A chip that was loaded and restored is the chip that the snapshot was taken from.
@Suite struct SnapshotTests {
  @Test(arguments: 0..<13)
  func analogChipsGoOn(seed: Int) throws {
    for maker in try StateCase.analog(seed).makers(seed) {
      var given = try StateCase.analog(seed)
      let blocks = (0..<3).map { _ in given.block() }
      try goOn(given, blocks, maker.make, "seed \(seed), \(given.rule), \(maker.name)")
    }
  }

  @Test(arguments: 0..<8)
  func digitalChipsGoOn(seed: Int) throws {
    for maker in try StateCase.digital(seed).makers(seed) {
      var given = try StateCase.digital(seed)
      let blocks = (0..<9).compactMap { _ in given.digitalBlock() }
      try goOn(given, blocks, maker.make, "seed \(seed), \(given.rule), \(maker.name)")
    }
  }

  /// Runs and writes with snapshots between them; each continues on a chip of its own.
  private func goOn(
    _ given: StateCase, _ blocks: [WeightBlock], _ make: () throws -> any Chip, _ name: String
  ) throws {
    let chip = try make()
    try chip.load(given.image)
    var states = [try chip.snapshot()]
    #expect(states[0].isInitial, "\(name)")
    var recordings: [Recording] = []
    for step in 0..<3 {
      if step == 1 { for block in blocks { try chip.write([block]) } }
      recordings.append(try chip.run(given.experiment(UInt64(step))))
      states.append(try chip.snapshot())
    }
    for (step, state) in states.dropLast().enumerated() where step != 1 {
      let twin = try make()
      try twin.load(given.image)
      try twin.restore(ChipState(decoding: state.encoded()))
      #expect(try twin.snapshot() == state, "\(name), state \(step)")
      #expect(
        try twin.run(given.experiment(UInt64(step))) == recordings[step], "\(name), run \(step)")
      #expect(try twin.snapshot() == states[step + 1], "\(name), after run \(step)")
      // Back and forth on a chip that has gone on.
      try chip.restore(state)
      #expect(try chip.snapshot() == state, "\(name), state \(step) again")
      #expect(
        try chip.run(given.experiment(UInt64(step))) == recordings[step],
        "\(name), run \(step) again")
    }
  }

  /// Something was compared: rules did move weights, and synapses.
  @Test func casesLearnAndMove() throws {
    var (moved, changed) = (Set<String>(), Set<String>())
    for seed in 0..<13 {
      for given in [try StateCase.analog(seed), try StateCase.digital(seed)] {
        let chip = try given.emulated("auto")
        try chip.load(given.image)
        let recording = try chip.run(given.experiment)
        if recording.counters.weightUpdates > 0 { changed.insert(given.rule) }
        let before = try chip.snapshot()
        _ = try chip.run(given.experiment(1))
        let after = try chip.snapshot()
        for (old, new) in zip(before.cores, after.cores) {
          if zip(old.plastic, new.plastic).contains(where: { $0.exists != $1.exists }) {
            moved.insert(given.rule)
          }
        }
      }
    }
    #expect(changed.isSuperset(of: ["pair-stdp", "triplet-stdp", "structural", "error-descent"]))
    #expect(moved == ["structural"])
  }

  /// What ends before the first epoch of a rule has changed nothing, and need not be undone.
  @Test(arguments: 0..<8) func nothingIsLearnedBeforeTheFirstEpochEnds(seed: Int) throws {
    for given in [try StateCase.analog(seed), try StateCase.digital(seed)] {
      let epoch = given.image.programs.map(\.epochTicks).min() ?? 1
      for (name, make) in given.makers(seed) {
        let chip = try make()
        try chip.load(given.image)
        let place = "seed \(seed), \(given.rule), \(name)"
        // A cancelled run has not begun.
        let cancelled = Cancellation()
        cancelled.cancel()
        _ = try? chip.run(given.experiment, cancellation: cancelled)
        #expect(try chip.snapshot().isInitial, "\(place), cancelled")
        if epoch > 1 {
          let short = Experiment(
            durationTicks: epoch - 1, inputs: SpikeBatch(offsets: [0, 0], cycles: [], units: []),
            sampleNumbers: [1], recorded: RecordingRequest(spikes: false))
          _ = try chip.run(short)
          #expect(try chip.snapshot().isInitial, "\(place), before the first epoch ends")
        }
        guard !given.image.programs.isEmpty, given.experiment.durationTicks >= epoch else {
          continue
        }
        _ = try chip.run(given.experiment)
        #expect(try !chip.snapshot().isInitial, "\(place), after a run")
      }
    }
  }

  /// Cells that have not settled remember the codes of the image before.
  @Test func settlingCellsAreRestored() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.imperfections.parameterDAC.settlingSeconds = 0.02
    let settings = EmulationSettings(chipSeed: 2, settledSeconds: 0.01)
    let image = try TestImage.make(for: spec, seed: 1)
    var other = image
    for i in other.cores[0].circuits.indices { other.cores[0].circuits[i].leak -= 90 }
    let experiment = TestImage.experiment(for: spec, samples: 4)
    let chip = try EmulatedChip(spec, settings)
    try chip.load(other)
    try chip.load(image)
    let state = try chip.snapshot()
    let expected = try chip.run(experiment)
    let twin = try EmulatedChip(spec, settings)
    try twin.load(image)
    #expect(try twin.run(experiment) != expected)
    try twin.restore(ChipState(decoding: state.encoded()))
    #expect(try twin.run(experiment) == expected)
    #expect(try twin.snapshot() == state)
  }

  /// A state that does not fit is refused and changes nothing.
  @Test(arguments: ["emulated", "ideal"])
  func badStatesAreRefused(kind: String) throws {
    let given = try StateCase.analog(0)
    let chip: any Chip = kind == "ideal" ? IdealChip(given.spec) : try given.emulated("auto")
    try chip.load(given.image)
    _ = try chip.run(given.experiment)
    let good = try chip.snapshot()
    for (name, state) in Self.damaged(good) {
      #expect(throws: ChipError.self, "\(name)") { try chip.restore(state) }
      #expect(try chip.snapshot() == good, "\(name)")
    }
    var other = good
    other.imageHash = String(repeating: "0", count: 64)
    #expect(throws: ChipError.stateOfAnotherImage(state: other.imageHash, image: good.imageHash)) {
      try chip.restore(other)
    }
  }

  private static func damaged(_ good: ChipState) -> [(String, ChipState)] {
    func changed(_ body: (inout CoreState) -> Void) -> ChipState {
      var state = good
      body(&state.cores[0])
      return state
    }
    let (steps, many) = (StoredNumbers.steps([1]), StoredNumbers.steps([9999]))
    return [
      ("slot", changed { $0.slot = 1 }), ("negative slot", changed { $0.slot = -1 }),
      ("no parts", changed { $0.plastic = [] }),
      ("one part twice", changed { $0.plastic[1] = $0.plastic[0] }),
      ("no places", changed { $0.plastic[0].exists = [] }),
      ("one weight", changed { $0.plastic[0].weights = steps }),
      ("a moved synapse", changed { $0.plastic[0].exists[0].toggle() }),
      ("tags", changed { $0.plastic[1].tags = many }),
      ("delays", changed { $0.plastic[1].delays = many }),
      (
        "row",
        changed { $0.rows = [RowPairState(pair: 0, excitatory: steps, inhibitory: steps)] }
      ),
      (
        "row outside",
        changed { $0.rows = [RowPairState(pair: 256, excitatory: steps, inhibitory: steps)] }
      ),
      ("projection", changed { $0.projections = [ProjectionState(position: 0, weights: [])] }),
    ]
  }

  /// Real numbers are for the ideal chip; whole ones do for both.
  @Test func numbersOfTheOtherChip() throws {
    let given = try StateCase.analog(0)
    let (emulated, ideal) = (try given.emulated("auto"), IdealChip(given.spec))
    for chip in [emulated, ideal] as [any Chip] {
      try chip.load(given.image)
      _ = try chip.run(given.experiment)
    }
    let real = try ideal.snapshot()
    #expect(throws: ChipError.invalidState(.exact(core: 0))) { try emulated.restore(real) }
    let whole = try emulated.snapshot()
    try ideal.restore(whole)
    #expect(try ideal.snapshot().cores[0].plastic[0].exists == whole.cores[0].plastic[0].exists)
  }
}
