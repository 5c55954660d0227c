import ChipInterface
import HardwareSpec

/// The energy of a run by cause, from what the run counted.
///
/// Each operation takes the energy that the chip file gives it; standby powers flow for the whole
/// hardware time. Circuits' bias currents count as neurons, all other standby as standby. Derived
/// in docs/energy.md.
public struct EnergyModel: Sendable {
  private let energy: EnergySpec
  private let geometry: ChipGeometry

  /// Takes the energies of a chip; nil where its file has no section `energy:`.
  public init?(_ spec: ChipSpec) {
    guard let energy = spec.energy else { return nil }
    (self.energy, geometry) = (energy, spec.geometry)
  }

  /// The energy of a run in joules by cause.
  ///
  /// `hardwareSeconds` is the time that the chip was on for the run, by ``HardwareTime``;
  /// `learningOperations` counts single updates of synapses.
  public func use(
    of counters: RunCounters, hardwareSeconds: Double, learningOperations: Int = 0
  ) -> EnergyUse {
    let standby = energy.standbyWatts(of: geometry)
    return EnergyUse(
      neurons: Double(counters.spikes) * energy.spikeJoules + standby.circuits * hardwareSeconds,
      synapses: Double(counters.synapticEvents) * energy.synapticEventJoules
        + Double(counters.rowEvents) * energy.rowEventJoules,
      network: Double(counters.delivered) * energy.deliveredEventJoules
        + Double(counters.hops) * energy.hopJoules,
      readout: Double(counters.readings) * energy.conversionJoules,
      learning: Double(learningOperations) * energy.learningOperationJoules,
      standby: standby.rest * hardwareSeconds)
  }
}
