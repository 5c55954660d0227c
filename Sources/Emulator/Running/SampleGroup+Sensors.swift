import ChipInterface
import HardwareSpec

/// The correlation sensors: what they see of a tick, and what is read when a sample ends.
extension SampleGroup {
  /// Empties the sensors of the cores that the experiment reads; those of others are left alone,
  /// for nobody sees them.
  func startSensors(_ count: Int, _ experiment: Experiment) {
    for c in 0..<coreCount {
      guard let array = loaded.sensors[c] else { continue }
      let isRead = experiment.recorded.sensedCores.contains(loaded.cores[c].core)
      for s in 0..<count {
        // An engine that reads sensors has them; what it leaves at the end is recorded.
        if !isRead || loaded.learning?.sensors[c] != nil {
          sensors[slot(c, s)] = nil
        } else if let sensors = sensors[slot(c, s)] {
          sensors.reset()
        } else {
          sensors[slot(c, s)] = CorrelationSensors(array, reference: settings.kernel == .reference)
        }
      }
    }
  }

  /// Shows the worker's cores the events and spikes of the tick.
  func sense(_ worker: TickWorker, _ count: Int, _ tick: Int) {
    for i in 0..<worker.activeCount {
      let c = Int(worker.active[i])
      for s in 0..<count {
        guard let sensors = sensors[slot(c, s)] else { continue }
        let (slot, view) = (slots + slot(c, s), views + slot(c, s))
        sensors.observe(
          tick: tick, events: slot.pointee.events, Int(view.pointee.event_count),
          spikes: slot.pointee.spikes, Int(view.pointee.spike_count))
      }
    }
  }

  /// Reads the sensors of one sample into the recording, core by core.
  func readSensors(_ s: Int, sample: Int, _ output: RunOutput) {
    for (i, c) in output.sensed.enumerated() {
      let own = loaded.learning?.sensors[c]?.sensors
      (own ?? sensors[slot(c, s)])?.read(
        rows: 0..<loaded.spec.geometry.synapseRowsPerCore,
        into: output.correlationCodes(sample: sample, core: i))
    }
  }
}
