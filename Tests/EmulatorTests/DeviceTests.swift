import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// What a device does beyond its mismatch: parts that are broken, drift, disturbed parameters.
@Suite struct DeviceTests {
  let spec: ChipSpec
  let core: CoreOnChip

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    core = try #require(CoreOnChip(0, on: spec.geometry))
  }

  private func circuit(_ column: Int) throws -> CircuitOnChip {
    try #require(CircuitOnChip(core, column: column, on: spec.geometry))
  }

  private func run(
    _ spec: ChipSpec, _ settings: EmulationSettings, samples: Int = 4, traced: [Int] = []
  ) throws -> Recording {
    let chip = try EmulatedChip(spec, settings)
    try chip.load(TestImage.make(for: spec))
    var experiment = TestImage.experiment(for: spec, samples: samples)
    experiment.recorded.tracedCircuits = try traced.map(circuit)
    return try chip.run(experiment)
  }

  // MARK: Defects

  @Test func deadNeuronsAreSilentAndStuckOnesFireAllTheTime() throws {
    let defects = DefectList(
      deadNeurons: [try circuit(2)], stuckNeurons: [try circuit(5), try circuit(13)])
    let whole = try run(spec, EmulationSettings(effects: .defects))
    let broken = try run(spec, EmulationSettings(effects: .defects, defects: defects))
    #expect(whole.spikes.units.contains(2))
    #expect(!broken.spikes.units.contains(2))
    // Two ticks of refractory time, then it fires again: every third tick of sixty.
    let stuck = broken.spikes.units.count { $0 == 5 }
    #expect((4 * 19...4 * 30).contains(stuck), "\(stuck)")
    #expect(broken.spikes.units.contains(13), "even a circuit whose comparator should be off")
  }

  @Test func effectsOffMakesThemWhole() throws {
    let defects = DefectList(cores: [core])
    let off: Effects = [.mismatch, .noise]
    #expect(
      try run(spec, EmulationSettings(effects: off, defects: defects))
        == run(spec, EmulationSettings(effects: off)))
  }

  @Test func aDeadCoreIsSilent() throws {
    let recording = try run(
      spec, EmulationSettings(effects: .defects, defects: DefectList(cores: [core])))
    #expect(recording.counters.spikes == 0)
    #expect(recording.counters.rowEvents > 0, "its port still takes events")
    // Nothing moves the membranes: every code is that of the rest potential.
    #expect(Set(recording.adc).count == 1)
  }

  @Test func deadRowsAndSynapsesGiveNoCharge() throws {
    let list = DefectList(
      rows: [.init(core: core, row: 0), .init(core: core, row: 3)],
      synapses: [.init(core: core, row: 4, column: 9)])
    let chip = try EmulatedChip(spec, EmulationSettings(defects: list))
    var image = try TestImage.make(for: spec)
    for i in image.cores[0].weights.indices { image.cores[0].weights[i] = 7 }
    try chip.load(image)
    func weight(_ row: Int, _ column: Int) -> UInt8 {
      chip.effectiveWeight(core: core, row: row, column: column) ?? 0
    }
    for column in 0..<256 {
      #expect(weight(0, column) == 0 && weight(3, column) == 0)
      #expect(weight(1, column) > 0 && (weight(4, column) > 0) == (column != 9))
    }
    try chip.write([TestImage.block(for: spec, seed: 1)])
    #expect(weight(0, 0) == 0, "writing does not mend it")
  }

  @Test func deadLinksAreAskedFor() throws {
    let neighbour = try #require(CoreOnChip(1, on: spec.geometry))
    let list = DefectList(links: [.init(from: core, to: neighbour)])
    let chip = try EmulatedChip(spec, EmulationSettings(defects: list))
    #expect(chip.hasDeadLink(from: core, to: neighbour))
    #expect(!chip.hasDeadLink(from: neighbour, to: core))
  }

  // MARK: From sample to sample

  private var drifting: ChipSpec {
    var spec = spec
    spec.imperfections.drift = DriftSpec(
      sigma: 0.1, periodSamples: 64, ownPart: 0.3, perKelvin: 0.01)
    spec.imperfections.trialErrors = TrialErrorSpec(threshold: 0.05, rest: 0.05)
    spec.imperfections.readoutErrors = ReadoutErrorSpec(slope: 0.05, phaseTicks: 9)
    return spec
  }

  @Test(arguments: [Effects.trial, .drift, .adc, .all])
  func samplesKeepTheirTrialWhereverTheyRun(effects: Effects) throws {
    let spec = drifting
    var experiment = TestImage.experiment(for: spec, samples: 7)
    experiment.sampleNumbers = [0, 3, 100, 5000, 5001, 100, 1 << 60]
    let chip = try EmulatedChip(spec, EmulationSettings(effects: effects, threads: 2))
    try chip.load(TestImage.make(for: spec))
    let together = try chip.run(experiment)
    let size = together.adcTimes * together.adcColumns
    for sample in [6, 0, 5, 2] {
      let single = Experiment(
        durationTicks: experiment.durationTicks, inputs: experiment.inputs.selecting([sample]),
        sampleNumbers: [experiment.sampleNumbers[sample]], recorded: experiment.recorded)
      let alone = try chip.run(single)
      #expect(alone.spikes == together.spikes.selecting([sample]), "sample \(sample)")
      #expect(alone.adc == Array(together.adc[sample * size..<(sample + 1) * size]))
    }
  }

  @Test(arguments: EmulatedChip.availableKernels.compactMap(EmulationSettings.Kernel.init))
  func everyKernelDriftsAlike(kernel: EmulationSettings.Kernel) throws {
    let reference = try run(drifting, EmulationSettings(kernel: .reference), samples: 5)
    #expect(
      try run(drifting, EmulationSettings(threads: 2, kernel: kernel), samples: 5) == reference)
    #expect(reference.counters.spikes > 0)
  }

  @Test func equalInputDiffersFromTrialToTrialOnlyWithTheEffect() throws {
    for (effects, differs) in [(Effects.trial, true), (.drift, true), ([], false)] {
      let chip = try EmulatedChip(drifting, EmulationSettings(effects: effects))
      try chip.load(TestImage.make(for: drifting))
      let one = TestImage.experiment(for: drifting, samples: 1)
      let adc = try (0..<4).map { number in
        try chip.run(
          Experiment(
            durationTicks: one.durationTicks, inputs: one.inputs,
            sampleNumbers: [UInt64(number) << 10], recorded: one.recorded)
        ).adc
      }
      #expect((Set(adc).count == 4) == differs, "\(effects.list)")
      #expect((Set(adc).count == 1) == !differs, "\(effects.list)")
    }
  }

  @Test func trialsShiftTheRestAsTheFileSays() throws {
    var spec = spec
    spec.imperfections.trialErrors = TrialErrorSpec(threshold: 0, rest: 0.1)
    let chip = try EmulatedChip(spec, EmulationSettings(effects: .trial))
    try chip.load(TestImage.make(for: spec))
    var experiment = TestImage.experiment(for: spec, samples: 400)
    experiment.inputs = SpikeBatch(
      offsets: Array(repeating: 0, count: 401), cycles: [], units: [])
    experiment.recorded = RecordingRequest(spikes: false, tracedCircuits: [try circuit(0)])
    let volts = try chip.run(experiment).traces
    let first = stride(from: 0, to: volts.count, by: TestImage.ticks).map { volts[$0] }
    let mean = first.reduce(0, +) / 400
    let sigma = (first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400).squareRoot()
    // A tenth of the 100 mV between leak and threshold; 400 draws tell it to 18 %, five sigma.
    #expect(abs(sigma / 0.01 - 1) < 0.18, "\(sigma)")
    for sample in 0..<400 {
      let trial = volts[sample * TestImage.ticks..<(sample + 1) * TestImage.ticks]
      #expect(Set(trial).count == 1, "constant within trial \(sample)")
    }
  }

  @Test func warmthMakesBiasCurrentsLarger() throws {
    let warm = DeviceDraw(
      drifting, seed: 0, mismatch: nil, effects: .drift, temperature: 20)
    let deviation = warm.deviation(core: core, column: 3)
    #expect(abs(deviation.membraneTime - 1 / 1.2) < 1e-12)
    #expect(abs(deviation.inhibitoryGain - 1.2) < 1e-12)
    let off = DeviceDraw(drifting, seed: 0, mismatch: nil, effects: [], temperature: 20)
    #expect(off.deviation(core: core, column: 3) == .none)
  }

  @Test func aResidualIsAnotherDrawAndSmall() throws {
    let before = DeviceDraw(spec, seed: 2, mismatch: 0.2, effects: .all)
    let after = DeviceDraw(spec, seed: 2, mismatch: nil, effects: .all, residual: 0.05)
    let pairs = (0..<256).map {
      (before.deviation(core: core, column: $0), after.deviation(core: core, column: $0))
    }
    let spread = pairs.reduce(0) { $0 + abs($1.1.membraneTime - 1) } / 256
    // The mean of |x − 1| is 0.8 of the deviation.
    #expect((0.025...0.055).contains(spread), "\(spread)")
    let product = pairs.reduce(0) { $0 + ($1.0.membraneTime - 1) * ($1.1.membraneTime - 1) } / 256
    #expect(abs(product) < 0.5 * 0.2 * 0.05, "the residual is drawn anew")
  }
}
