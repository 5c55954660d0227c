import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Inputs whose events come once more, later: against a closed form, against events that the host
/// sends later, and against each other on all kernels.
@Suite struct DelayedInputTests {
  /// Channel 0 drives pair 0 at once and pair 1 after 7 ticks.
  @Test func membranesFollowTheClosedForm() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let circuits = IdealFixture.timeConstants.map { IdealFixture.circuit($0, on: spec) }
    let (weight, delayed, delay) = (5, -3, 7)
    var image = ChipImage.singleCore(
      spec, circuits: circuits, inputs: 2,
      weights: [weight, delayed].flatMap { Array(repeating: Int8($0), count: circuits.count) },
      durationTicks: 100)
    image.delayedInputs = [
      DelayedInput(channel: 0, delayTicks: UInt16(delay), targets: image.inputRoutes[1])
    ]
    image.inputRoutes.removeLast()
    image.io.projections = []
    let cycles = IdealFixture.drive(seed: 3, events: 20, ticks: 80, signs: [1]).events.map(\.cycle)
    let traced = try circuits.indices.map {
      try #require(CircuitOnChip(spec.geometry.cores[0], column: $0, on: spec.geometry))
    }
    let chip = IdealChip(spec)
    try chip.load(image)
    let recording = try chip.run(
      Experiment(
        durationTicks: 100,
        inputs: SpikeBatch(
          offsets: [0, 20], cycles: cycles.map { UInt32($0) }, units: Array(repeating: 0, count: 20)
        ),
        sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: traced)))
    let events =
      cycles.map { IdealFixture.Event(cycle: $0, weight: weight) }
      + cycles.map { IdealFixture.Event(cycle: $0 + 64 * delay, weight: delayed) }
    let drive = IdealFixture.Drive(events: events.sorted { $0.cycle < $1.cycle })
    var largest = 0.0
    for (column, settings) in circuits.enumerated() {
      for tick in 0..<100 {
        let expected = ClosedForm.potential(
          NominalCircuit(settings, on: spec), drive, atEndOf: tick)
        largest = max(largest, abs(recording.traces[tick * circuits.count + column] - expected))
      }
    }
    #expect(largest < 1e-9, "largest error \(largest) V")
    #expect(recording.traces.min() ?? 1 < 0.6, "no delayed event pulled a membrane down")
    #expect(recording.counters.inputEvents == 20)
    #expect(recording.counters.rowEvents == 40)
    #expect(recording.counters.unfinished == 0)
  }

  /// A delayed event is the event of a channel of its own that the host sends later.
  @Test(arguments: 0..<8)
  func laterEventsOfAnotherChannelAreTheSame(seed: Int) throws {
    let spec = try ChipLibrary.chip(seed % 2 == 0 ? "synapus-1" : "bss2-like")
    var random = SequentialRandom(seed: UInt64(seed), stream: 77)
    let (image, experiment) = RandomExperiment.make(spec, &random)
    let delayed = Self.delaying(image, &random)
    let played = Self.played(experiment, delayed, cyclesPerTick: spec.time.cyclesPerTick)
    var effects = Effects.all
    effects.remove(.jitter)
    for chip in [
      IdealChip(spec), try EmulatedChip(spec, EmulationSettings(mismatch: 0.2, effects: effects)),
    ] as [any Chip] {
      try chip.load(delayed)
      let found = try chip.run(experiment)
      var plain = image
      plain.inputRoutes = delayed.inputRoutes + delayed.delayedInputs.map(\.targets)
      plain.io.projections = []
      try chip.load(plain)
      var expected = try chip.run(played.experiment)
      #expect(expected.counters.inputEvents > found.counters.inputEvents)
      expected.counters.inputEvents = experiment.inputs.spikeCount
      expected.counters.unfinished += played.late
      #expect(found == expected, "seed \(seed), \(chip.info.kind)")
      #expect(found.counters.spikes > 0 && played.late > 0, "seed \(seed): nothing was compared")
    }
  }

  @Test(arguments: 0..<6)
  func allKernelsAndThreadsRecordTheSameBits(seed: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 78)
    let (plain, experiment) = RandomExperiment.make(spec, &random)
    let image = Self.delaying(plain, &random)
    var recordings: [Recording] = []
    for kernel in EmulatedChip.availableKernels {
      for threads in [1, 2] {
        let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
        let chip = try EmulatedChip(
          spec, EmulationSettings(chipSeed: UInt64(seed), threads: threads, kernel: kernel))
        try chip.load(image)
        recordings.append(try chip.run(experiment))
      }
    }
    #expect(recordings.dropFirst().allSatisfy { $0 == recordings[0] }, "seed \(seed)")
    let chip = try EmulatedChip(spec, EmulationSettings(chipSeed: UInt64(seed)))
    try chip.load(plain)
    #expect(try chip.run(experiment).adc != recordings[0].adc, "delayed inputs changed nothing")
  }

  @Test(arguments: 0..<6)
  func digitalChipsDelayInputsToo(seed: Int) throws {
    let spec = try ChipLibrary.chip(seed % 3 == 2 ? "truenorth" : "loihi")
    var generator = try #require(RandomDigitalImage(spec, seed: seed))
    let image = generator.image(ticks: 50)
    let experiment = generator.experiment(image, ticks: 50)
    let delayed = Self.delaying(image, &generator.random)
    let played = Self.played(experiment, delayed, cyclesPerTick: spec.time.cyclesPerTick)
    let chip = try EmulatedChip(spec)
    try chip.load(delayed)
    let found = try chip.run(experiment)
    var plain = image
    plain.inputRoutes = delayed.inputRoutes + delayed.delayedInputs.map(\.targets)
    try chip.load(plain)
    var expected = try chip.run(played.experiment)
    expected.counters.inputEvents = experiment.inputs.spikeCount
    expected.counters.unfinished += played.late
    #expect(found == expected, "seed \(seed)")
    try chip.load(image)
    #expect(try chip.run(experiment).counters != found.counters, "nothing was delayed")
  }

  /// Some channels drive the pairs of others too, after one or two delays.
  private static func delaying(
    _ image: ChipImage, _ random: inout SequentialRandom
  ) -> ChipImage {
    var image = image
    for channel in image.inputRoutes.indices where channel == 0 || random.uniform() < 0.5 {
      let delays = Set([1 + Int(random.next() % 30), 1 + Int(random.next() % 9)]).sorted()
      image.delayedInputs += delays.map { delay in
        let other = Int(random.next() % UInt64(image.inputRoutes.count))
        return DelayedInput(
          channel: channel, delayTicks: UInt16(delay), targets: image.inputRoutes[other])
      }
    }
    return image
  }

  /// What the host would send to a chip without delayed inputs.
  private static func played(
    _ experiment: Experiment, _ image: ChipImage, cyclesPerTick: Int
  ) -> (experiment: Experiment, late: Int) {
    let (end, channels) = (experiment.durationTicks * cyclesPerTick, image.inputRoutes.count)
    var (batch, late) = (SpikeBatch(), 0)
    for sample in 0..<experiment.inputs.sampleCount {
      var events: [(cycle: Int, given: Int, unit: Int)] = []
      for i in experiment.inputs.range(ofSample: sample) {
        let (cycle, unit) = (Int(experiment.inputs.cycles[i]), Int(experiment.inputs.units[i]))
        events.append((cycle, i, unit))
        for (k, route) in image.delayedInputs.enumerated() where route.channel == unit {
          let later = cycle + Int(route.delayTicks) * cyclesPerTick
          if later < end {
            events.append((later, i, channels + k))
          } else {
            late += route.targets.count
          }
        }
      }
      events.sort { ($0.cycle, $0.given) < ($1.cycle, $1.given) }
      batch.cycles += events.map { UInt32($0.cycle) }
      batch.units += events.map { UInt32($0.unit) }
      batch.offsets.append(batch.cycles.count)
    }
    var played = experiment
    played.inputs = batch
    return (played, late)
  }
}
