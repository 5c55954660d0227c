import ChipInterface
import HardwareSpec

/// The energy of a run by cause, from what the run counted.
///
/// Each operation takes the energy that the chip file gives it; standby powers flow for the whole
/// hardware time. Circuits' bias currents count as neurons, all other standby as standby. Derived
/// in docs/energy.md.
public struct EnergyModel: Sendable {
  /// What single operations and standby take.
  public let prices: EnergyPrices

  /// Takes the energies of a chip; nil where its file has no section `energy:`.
  public init?(_ spec: ChipSpec) {
    guard let energy = spec.energy else { return nil }
    let standby = energy.standbyWatts(of: spec.geometry)
    var prices = EnergyPrices()
    (prices.synapticEvent, prices.rowEvent) = (
      energy.synapticEventJoules, energy.rowEventJoules
    )
    (prices.spike, prices.hop) = (energy.spikeJoules, energy.hopJoules)
    (prices.delivered, prices.conversion) = (
      energy.deliveredEventJoules, energy.conversionJoules
    )
    prices.learningOperation = energy.learningOperationJoules
    (prices.circuitWatts, prices.restWatts) = (standby.circuits, standby.rest)
    self.prices = prices
  }

  /// The energy of a run in joules by cause.
  ///
  /// `hardwareSeconds` is the time that the chip was on for the run, by ``HardwareTime``;
  /// `learningOperations` counts single updates of synapses.
  public func use(
    of counters: RunCounters, hardwareSeconds: Double, learningOperations: Int = 0
  ) -> EnergyUse {
    prices.use(
      of: counters, hardwareSeconds: hardwareSeconds, learningOperations: learningOperations)
  }
}

extension RunCharges {
  /// What a run on a chip is charged by, from what its samples recorded.
  init(_ experiment: Experiment, _ records: [SampleRecord], _ spec: ChipSpec) {
    self.init(
      samples: experiment.inputs.sampleCount,
      secondsPerSample: HardwareTime(spec).secondsPerSample(experiment),
      clockHertz: spec.time.clockHertz, prices: EnergyModel(spec)?.prices)
    waitedCycles = records.reduce(0) { $0 + $1.waitedCycles }
    learningOperations = records.reduce(0) { $0 + $1.learningOperations }
  }
}
