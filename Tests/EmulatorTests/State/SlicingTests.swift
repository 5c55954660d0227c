import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// The joined recordings of slices are the recording of the whole.
@Suite struct SlicingTests {
  @Test(arguments: 0..<13)
  func analogSlices(seed: Int) throws {
    let given = try StateCase.analog(seed)
    var experiment = given.experiment
    // Everything that an analog chip records.
    let circuits = (0..<given.image.cores[0].circuits.count).compactMap {
      CircuitOnChip(given.image.cores[0].core, column: $0, on: given.spec.geometry)
    }
    experiment.recorded.tracedCircuits = Array(circuits.prefix(3))
    experiment.recorded.fastADC = circuits.last
    for maker in given.makers(seed) {
      try slice(given, experiment, maker.make, "seed \(seed), \(given.rule), \(maker.name)")
    }
  }

  @Test(arguments: 0..<8)
  func digitalSlices(seed: Int) throws {
    let given = try StateCase.digital(seed)
    for maker in given.makers(seed) {
      let name = "seed \(seed), \(given.rule), \(maker.name)"
      try slice(given, given.experiment, maker.make, name)
    }
  }

  /// Recorded draws serve every sample, and so every slice.
  @Test func recordedDrawsServeEverySlice() throws {
    for seed in 0..<4 {
      let given = try StateCase.analog(seed)
      var (experiment, random) = (given.experiment, given.random)
      let ticks = experiment.durationTicks
      func reals() -> [Double] { (0..<ticks).map { _ in random.uniform() } }
      func integers() -> [Int] { (0..<ticks).map { _ in Int(random.next() % 128) } }
      experiment.draws = LearningDraws(
        xDecay: reals(), yDecay: reals(), rounding: reals(), xImpulse: integers(),
        yImpulse: integers(), yImpulseRepeat: integers())
      let name = "seed \(seed), \(given.rule)"
      try slice(given, experiment, { try given.emulated("auto") }, name)
    }
  }

  private func slice(
    _ given: StateCase, _ experiment: Experiment, _ make: () throws -> any Chip, _ name: String
  ) throws {
    let (chip, other) = (try make(), try make())
    for chip in [chip, other] { try chip.load(given.image) }
    let whole = try chip.run(experiment)
    var random = given.random
    let samples = experiment.inputs.sampleCount
    let cuts = (0..<3).map { _ in Int(random.next() % UInt64(samples + 1)) }.sorted()
    let bounds = [0] + cuts + [samples]
    let slices = try zip(bounds, bounds.dropFirst()).map { start, end in
      try other.run(experiment.slice(start..<end))
    }
    let joined = try required(try Recording(joining: slices), "slice")
    #expect(joined == whole, "\(name), cuts \(cuts)")
    #expect(joined.charges == whole.charges, "\(name)")
    #expect(whole.hardwareSeconds > 0, "\(name)")
    #expect(try other.snapshot() == chip.snapshot(), "\(name)")
  }

  /// Without charges, seconds and joules are added.
  @Test func withoutChargesCostsAreAdded() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let chip = IdealChip(spec)
    try chip.load(TestImage.make(for: spec))
    let experiment = TestImage.experiment(for: spec, samples: 3)
    var first = try chip.run(experiment.slice(0..<1))
    var rest = try chip.run(experiment.slice(1..<3))
    (first.charges, rest.charges) = (nil, nil)
    let sum = first.hardwareSeconds + rest.hardwareSeconds
    let joules = first.energy.total + rest.energy.total
    try first.append(rest)
    #expect(first.hardwareSeconds == sum)
    #expect(abs(first.energy.total - joules) <= 1e-12 * joules)
  }

  /// Recordings of other things do not join; what is no slice is cut off or refused by the run.
  @Test func whatDoesNotFitIsRefused() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let chip = IdealChip(spec)
    try chip.load(TestImage.make(for: spec))
    var experiment = TestImage.experiment(for: spec, samples: 3)
    var whole = try chip.run(experiment)
    let before = whole
    var other = experiment
    other.recorded = RecordingRequest(adcPopulations: ["label"])
    let narrow = try chip.run(other)
    #expect(throws: ChipError.recordingsDiffer(what: "ADC columns", found: 3, expected: 15)) {
      try whole.append(narrow)
    }
    #expect(whole == before)
    #expect(experiment.slice(1..<9) == experiment.slice(1..<3))
    #expect(experiment.slice(-4..<0).inputs.sampleCount == 0)
    #expect(experiment.canBeSliced && !experiment.slice(0..<1).canBeSliced)
    #expect(try Recording(joining: []) == nil)
    experiment.inputs.offsets[1] = 1 << 40
    #expect(experiment.slice(0..<1) == experiment && !experiment.canBeSliced)
    experiment.inputs.offsets = []
    #expect(experiment.slice(0..<1) == experiment && !experiment.canBeSliced)
  }
}
