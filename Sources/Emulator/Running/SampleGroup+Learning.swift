import ChipInterface
import HardwareSpec

/// Learning engines and graded events: what a tick of one sample has to do with them.
///
/// Images that learn run one sample at a time: the group's sample 0.
extension SampleGroup {
  /// Starts the engines of a sample.
  func startLearning(_ sample: Int, _ experiment: Experiment) {
    graded?.start(experiment.graded.samples.isEmpty ? [] : experiment.graded.samples[sample])
    guard let learning = loaded.learning else { return }
    learning.start(sampleNumber: experiment.sampleNumbers[sample], draws: experiment.draws)
  }

  /// Takes the graded events of the next tick, and wakes the cores whose neurons a teacher fires.
  func prepareGraded(_ tick: Int) {
    graded?.prepare(tick)
    for taught in graded?.taught ?? [] {
      let slot = slots + slot(taught.core, 0)
      attention[taught.core] = 1
      (slot.pointee.isUntouched, slot.pointee.quietTicks) = (false, 0)
      if slot.pointee.isAsleep {
        let key = samples[0].randomness.noiseKey(core: cores[taught.core].index, tick: tick)
        loaded.cores[taught.core].rest.fill(slot.pointee.state, key: key)
        slot.pointee.isAsleep = false
      }
    }
  }

  /// Makes the taught neurons of the worker's cores fire, where they have not.
  func teach(_ worker: TickWorker) {
    for taught in graded?.taught ?? [] where worker.cores.contains(taught.core) {
      fire(taught.core, column: taught.column)
    }
  }

  /// A spike at the tick's start: reset, refractory time; adaptation does not see it.
  private func fire(_ c: Int, column: Int) {
    let place = slot(c, 0)
    let (spikes, view) = (slots[place].spikes, views + place)
    var i = Int(view.pointee.spike_count)
    guard !(0..<i).contains(where: { Int(spikes[$0] >> 8) == column }) else { return }
    while i > 0, Int(spikes[i - 1] >> 8) > column {
      spikes[i] = spikes[i - 1]
      i -= 1
    }
    spikes[i] = UInt32(column) << 8
    view.pointee.spike_count += 1
    let circuit = (variation?.circuits(slot: place) ?? loaded.cores[c].circuits)[column]
    let state = slots[place].state + KernelLayout.state(column)
    (state[0], state[48]) = (circuit.reset, max(circuit.refractory - 64, 0))
    joined?.set(core: c, column: column, sample: 0, to: state[0], held: state[48])
  }

  /// Shows the engines of the worker's cores the tick's events, spikes and membranes.
  func markLearning(_ worker: TickWorker, _ tick: Int) {
    guard let learning = loaded.learning else { return }
    for i in 0..<worker.activeCount {
      let c = Int(worker.active[i])
      guard learning.learns(c) else { continue }
      let (slot, view) = (slots + slot(c, 0), views + slot(c, 0))
      learning.mark(
        c, tick: tick, events: slot.pointee.events, Int(view.pointee.event_count),
        spikes: slot.pointee.spikes, Int(view.pointee.spike_count))
    }
    for c in worker.cores where learning.converts(c, tick: tick) {
      showRest(c, 0, tick)
      slots[slot(c, 0)].readings += learning.convert(
        c, tick: tick, slots[slot(c, 0)].state, samples[0].randomness, codes: worker.adcCodes)
    }
  }

  /// What joins the engines of all cores: graded events, then feedback.
  func connectLearning(_ tick: Int) {
    guard let learning = loaded.learning else { return }
    graded?.deliver(to: learning.engine)
    learning.engine.connect(tick: tick)
  }

  /// Ends the tick for the engines of the worker's cores; a cancelled run leaves the rest out.
  func endLearningTick(_ worker: TickWorker, _ tick: Int, _ cancellation: Cancellation?) {
    guard let learning = loaded.learning else { return }
    for c in worker.cores where learning.learns(c) {
      if cancellation?.isCancelled == true { return }
      learning.endTick(c, tick: tick)
    }
  }

  /// Reads the registers of the worker's cores into the recording.
  func readRegisters(_ worker: TickWorker, sample: Int, _ output: RegisterOutput, _ tick: Int) {
    guard let learning = loaded.learning else { return }
    for (i, probe) in output.probes.enumerated() where worker.cores.contains(probe.core) {
      if let place = output.place(i, sample: sample, tick: tick) {
        learning.engine.read(probe, into: place)
      }
    }
  }

  /// What the engines counted.
  func addLearning(to counters: inout RunCounters) {
    if let graded {
      counters.gradedEvents += graded.taken
      counters.gradedLost += graded.lost
    }
    if let learning = loaded.learning { counters += learning.engine.counters }
  }
}
