import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// The ideal chip solves circuits beyond the plain one; the emulator without imperfections, which
/// shares no code with it, must come to nearly the same.
@Suite struct IdealUnitTests {
  private static let ticks = 600

  @Test func adaptiveExponentialCircuitsAgree() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var wanted = Self.driven
    wanted.options.adaptation = .init(conductance: 0.5, increment: 0.02, ticks: 120)
    wanted.options.exponential = .init(slope: 0.015, threshold: 0.56)
    let settings = Self.settings(wanted, spec)
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [0], durationTicks: Self.ticks)
    try Self.expectSpikesAgree(image, spec, atLeast: 5)
  }

  @Test func conductanceResetAndRisingThresholdAgree() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var wanted = Self.driven
    wanted.options.reset = .init(ticks: 2, comparatorDelay: 0)
    wanted.options.thresholdAdaptation = .init(increment: 0.01, ticks: 80)
    let settings = Self.settings(wanted, spec)
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [0], durationTicks: Self.ticks)
    try Self.expectSpikesAgree(image, spec, atLeast: 5)
  }

  @Test func joinedCircuitsAgree() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let firing = Self.settings(Self.driven, spec)
    var silent = firing
    silent.fires = false
    var image = ChipImage.singleCore(
      spec, circuits: [firing, silent], inputs: 1, weights: [0, 0], durationTicks: Self.ticks)
    let core = spec.geometry.cores[0]
    let members = (0..<2).compactMap { CircuitOnChip(core, column: $0, on: spec.geometry) }
    image.groups = [.joined(members)]
    try Self.expectSpikesAgree(image, spec, atLeast: 5)
  }

  @Test func plasticRowsAndConductancesAgree() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var wanted = Self.driven
    wanted.leak = 0.5
    wanted.fires = false
    wanted.options.excitatory = .init(reversal: 0.9, perWeight: 0.05)
    let settings = Self.settings(wanted, spec)
    var image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [15], durationTicks: 200)
    image.cores[0].rowPlasticity = [
      RowPlasticity(pair: 0, utilisation: 8, recoveryTime: 8, facilitates: false)
    ]
    let cycles = stride(from: 10, to: 150, by: 20).map { UInt32($0 * spec.time.cyclesPerTick) }
    let traces = try Self.chips(spec).map { chip in
      try chip.load(image)
      return try chip.run(Self.experiment(spec, ticks: 200, cycles)).traces
    }
    let highest = traces[0].max() ?? 0
    #expect(highest > 0.55)
    let worst = zip(traces[0], traces[1]).map { abs($0 - $1) / spec.readout.lsbVolts }.max() ?? 99
    #expect(worst < 0.5)
  }

  @Test(arguments: [EmulationSettings.Kernel.reference, .auto])
  func backgroundSensorsAndFastADC(kernel: EmulationSettings.Kernel) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var wanted = Self.driven
    wanted.leak = 0.5
    let settings = Self.settings(wanted, spec)
    var image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [15], durationTicks: 400)
    let core = spec.geometry.cores[0]
    image.cores[0].sensesCorrelation = true
    let pair = try #require(RowPairOnChip(core, pair: 0, on: spec.geometry))
    image.backgroundSources = [
      BackgroundSource(targets: [pair], periodCycles: 128, probability: 256, seed: 1)
    ]
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image)
    var experiment = Self.experiment(spec, ticks: 400, [])
    experiment.recorded.sensedCores = [core]
    experiment.recorded.fastADC = CircuitOnChip(core, column: 0, on: spec.geometry)
    let recording = try chip.run(experiment)
    #expect(recording.counters.backgroundEvents == 200)
    #expect(recording.counters.rowEvents == 199)
    #expect(recording.fastADC.count == 400)
    let volts = recording.traces[399]
    let code = (volts - spec.readout.zeroVolts) / spec.readout.lsbVolts * 4
    #expect(abs(Double(recording.fastADC[399]) - code) <= 0.5)
    // Each spike pairs with the event that led to it; the other columns never fire.
    let size = spec.geometry.synapseRowsPerCore * spec.geometry.circuitsPerCore
    #expect(recording.spikes.spikeCount > 3)
    #expect(recording.correlations.count == 2 * size)
    #expect(recording.correlations[0] > 0)
    #expect(recording.correlations[1..<spec.geometry.circuitsPerCore].allSatisfy { $0 == 0 })
  }

  // MARK: Circuits and runs

  /// A circuit whose rest lies above its threshold.
  private static let driven = NominalCircuit(
    leak: 0.7, reset: 0.45, threshold: 0.6, membraneTicks: 30, excitatoryTicks: 10,
    inhibitoryTicks: 10, excitatoryGain: 0.02, inhibitoryGain: 0.02, refractoryTicks: 3,
    fires: true)

  private static func settings(_ wanted: NominalCircuit, _ spec: ChipSpec) -> CircuitSettings {
    var settings = CircuitSettings(nearest: wanted, on: spec)
    settings.options = CircuitOptions(nearest: wanted.options, on: spec)
    return settings
  }

  private static func chips(_ spec: ChipSpec) throws -> [any Chip] {
    [IdealChip(spec), try EmulatedChip(spec, EmulationSettings(effects: []))]
  }

  private static func experiment(
    _ spec: ChipSpec, ticks: Int, _ cycles: [UInt32]
  ) -> Experiment {
    let circuit = CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry)
    return Experiment(
      durationTicks: ticks,
      inputs: SpikeBatch(
        offsets: [0, cycles.count], cycles: cycles, units: cycles.map { _ in 0 }),
      sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: circuit.map { [$0] } ?? []))
  }

  /// Intervals between spikes agree within half a tick.
  private static func expectSpikesAgree(
    _ image: ChipImage, _ spec: ChipSpec, atLeast: Int
  ) throws {
    let intervals = try chips(spec).map { chip in
      try chip.load(image)
      let cycles = try chip.run(experiment(spec, ticks: ticks, [])).spikes.cycles.map(Double.init)
      return zip(cycles, cycles.dropFirst()).map { ($1 - $0) / Double(spec.time.cyclesPerTick) }
    }
    #expect(intervals[0].count >= atLeast && intervals[0].count == intervals[1].count)
    let worst = zip(intervals[0], intervals[1]).map { abs($0 - $1) }.max() ?? 99
    #expect(worst < 0.5, "intervals of \(intervals[0]) and \(intervals[1])")
  }
}
