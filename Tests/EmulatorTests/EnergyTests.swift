import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Energy and time of runs: pure functions of counters and experiment, by hand-computed numbers.
@Suite struct EnergyTests {
  private static func spec() throws -> ChipSpec {
    var spec = try ChipLibrary.chip("synapus-1")
    var energy = try #require(spec.energy)
    (energy.synapticEventJoules, energy.rowEventJoules) = (1e-12, 2e-12)
    (energy.spikeJoules, energy.deliveredEventJoules) = (3e-12, 5e-12)
    (energy.hopJoules, energy.conversionJoules) = (7e-12, 11e-12)
    energy.learningOperationJoules = 13e-12
    (energy.circuitStandbyWatts, energy.coreStandbyWatts) = (1e-6, 1e-3)
    energy.chipStandbyWatts = 10e-3
    (energy.readoutSecondsPerSet, energy.setUpSecondsPerSample) = (1.5e-6, 2e-6)
    spec.energy = energy
    return spec
  }

  @Test func everyCauseHasItsOwnCounts() throws {
    let model = try #require(EnergyModel(try Self.spec()))
    var counters = RunCounters()
    (counters.spikes, counters.rowEvents, counters.synapticEvents) = (10, 20, 300)
    (counters.delivered, counters.hops, counters.readings) = (30, 40, 50)
    let use = model.use(of: counters, hardwareSeconds: 1e-3, learningOperations: 60)
    // 4,096 circuits of 1 uW, 16 cores of 1 mW and the chip's 10 mW for a millisecond.
    #expect(close(use.neurons, 30e-12 + 4.096e-6))
    #expect(close(use.synapses, 300e-12 + 40e-12))
    #expect(close(use.network, 150e-12 + 280e-12))
    #expect(close(use.readout, 550e-12))
    #expect(close(use.learning, 780e-12))
    #expect(close(use.standby, 26e-6))
  }

  @Test func timeCountsRunReadoutAndSetUp() throws {
    let time = HardwareTime(try Self.spec())
    let tick = 256e-9
    // The last set, at tick 14, is through before the run ends.
    #expect(close(time.seconds(sampleOf: 100, adcSets: 2, every: 7), 100 * tick + 2e-6))
    // It ends after the run.
    #expect(close(time.seconds(sampleOf: 15, adcSets: 2, every: 7), 14 * tick + 1.5e-6 + 2e-6))
    // Sets come faster than the link takes them away: they wait for one another.
    #expect(close(time.seconds(sampleOf: 15, adcSets: 15, every: 1), tick + 15 * 1.5e-6 + 2e-6))
    #expect(close(time.seconds(sampleOf: 15, adcSets: 0, every: 7), 15 * tick + 2e-6))
  }

  /// The closed form of the queue of sets, against the queue itself.
  @Test func readoutQueueAgreesWithItsSimulation() throws {
    let (time, tick) = (HardwareTime(try Self.spec()), 256e-9)
    for (sets, every) in [(1, 1), (5, 3), (9, 5), (9, 6), (40, 7), (3, 100)] {
      var free = 0.0
      for set in 0..<sets { free = max(free, Double((set + 1) * every) * tick) + 1.5e-6 }
      #expect(close(time.seconds(sampleOf: 1, adcSets: sets, every: every), free + 2e-6))
    }
  }

  @Test(arguments: [true, false])
  func aRunReturnsItsEnergy(ideal: Bool) throws {
    let spec = try Self.spec()
    let chip: any Chip = ideal ? IdealChip(spec) : try EmulatedChip(spec)
    try chip.load(try TestImage.make(for: spec))
    let experiment = TestImage.experiment(for: spec, samples: 3)
    let recording = try chip.run(experiment)
    #expect(recording.counters.readings == recording.adc.count)
    #expect(close(recording.hardwareSeconds, HardwareTime(spec).seconds(experiment)))
    let model = try #require(EnergyModel(spec))
    #expect(
      recording.energy
        == model.use(of: recording.counters, hardwareSeconds: recording.hardwareSeconds))
    #expect(recording.energy.total > 0)
  }

  @Test func aChipWithoutEnergiesCostsNothingButTicks() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.energy = nil
    let chip = try EmulatedChip(spec)
    try chip.load(try TestImage.make(for: spec))
    let recording = try chip.run(TestImage.experiment(for: spec, samples: 2))
    #expect(recording.energy == EnergyUse())
    #expect(close(recording.hardwareSeconds, Double(2 * TestImage.ticks) * 256e-9))
  }

  private func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(a, b) }
}
