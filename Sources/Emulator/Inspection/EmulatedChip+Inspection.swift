import ChipInterface
import HardwareSpec

extension EmulatedChip: InspectableChip {
  package func inspect(_ circuit: CircuitOnChip) -> CircuitInspection? {
    guard let loaded, let slot = loaded.slot(of: circuit.core),
      circuit.column < loaded.cores[slot].circuits.count
    else { return nil }
    let core = loaded.cores[slot]
    let steps = Double(info.spec.synapse.effectiveStepsPerWeight)
    let weights = (0..<2).map { sign in
      (0..<info.spec.geometry.rowPairsPerCore).map { pair in
        Double(core.synapses.effective[(2 * pair + sign) * core.lanes + circuit.column]) / steps
      }
    }
    return CircuitInspection(
      core.circuits[circuit.column], weights: weights, isPlain: loaded.image.isPlain(circuit),
      on: info.spec)
  }

  package func run(
    _ experiment: Experiment, probing core: CoreOnChip
  ) throws(ChipError) -> (recording: Recording, events: [EventProbe.Event]) {
    guard let loaded else { throw .noImage }
    try experiment.validate(on: info.spec, image: loaded.image)
    let probe = EventProbe(core: core)
    let runner = GroupRunner(loaded, kernel, settings, capacity: 1, team: 1)
    runner.group.probe = probe
    let output = RunOutput(experiment, loaded.image, info.spec)
    let samples = min(1, experiment.inputs.sampleCount)
    let played = loaded.playback.play(experiment, cyclesPerTick: info.spec.time.cyclesPerTick)
    let records = try runner.run(0..<samples, of: played.experiment, output, nil)
    var recording = Recording(experiment, output, records, info.spec)
    recording.counters.account(for: played)
    return (recording, probe.events)
  }
}
