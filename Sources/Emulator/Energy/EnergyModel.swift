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
    // Every event at a row came through a port.
    let delivered = max(counters.delivered, counters.rowEvents)
    var use = EnergyUse()
    use.neurons =
      Double(counters.spikes) * energy.spikeJoules + standby.circuits * hardwareSeconds
    use.synapses =
      Double(counters.synapticEvents) * energy.synapticEventJoules
      + Double(counters.rowEvents) * energy.rowEventJoules
    use.network =
      Double(delivered) * energy.deliveredEventJoules + Double(counters.hops) * energy.hopJoules
    use.readout = Double(counters.readings) * energy.conversionJoules
    use.learning = Double(learningOperations) * energy.learningOperationJoules
    use.standby = standby.rest * hardwareSeconds
    return use
  }
}
