import ChipInterface
import HardwareSpec

extension IdealChip: InspectableChip {
  package func inspect(_ circuit: CircuitOnChip) -> CircuitInspection? {
    guard let loaded, let slot = loaded.image.slot(of: circuit.core),
      circuit.column < loaded.cores[slot].columns
    else { return nil }
    let core = loaded.cores[slot]
    let weights = [core.excitatory, core.inhibitory].map { rows in
      (0..<info.spec.geometry.rowPairsPerCore).map { rows[$0 * core.columns + circuit.column] }
    }
    return CircuitInspection(
      nominal: loaded.image.cores[slot].circuits[circuit.column], weights: weights,
      isPlain: loaded.image.isPlain(circuit), on: info.spec)
  }

  package func run(
    _ experiment: Experiment, probing core: CoreOnChip
  ) throws(ChipError) -> (recording: Recording, events: [EventProbe.Event]) {
    guard let loaded else { throw .noImage }
    try experiment.validate(on: info.spec, image: loaded.image)
    let (probe, runner) = (EventProbe(core: core), try IdealRunner(loaded, nil))
    runner.probe = probe
    let output = RunOutput(experiment, loaded.image, info.spec)
    let played = loaded.playback.play(experiment, cyclesPerTick: info.spec.time.cyclesPerTick)
    let records = try (0..<min(1, experiment.inputs.sampleCount)).map { sample throws(ChipError) in
      try runner.run(sample, of: played.experiment, output, nil)
    }
    var recording = Recording(experiment, output, records, info.spec)
    recording.counters.account(for: played)
    return (recording, probe.events)
  }
}
