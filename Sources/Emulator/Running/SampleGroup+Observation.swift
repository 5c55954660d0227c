import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// What is read of membranes and queues; nothing here changes what the chip does.
extension SampleGroup {
  /// Reads what the experiment asked for of the worker's cores.
  func observe(
    _ worker: TickWorker, _ range: Range<Int>, _ output: RunOutput, _ every: Int, _ tick: Int
  ) {
    if output.adcColumns > 0 { readColumns(worker, range, output, every, tick) }
    if output.tracesMembranes { trace(worker, range, output, tick) }
    for (i, core) in output.probed.enumerated() where worker.cores.contains(core) {
      for s in 0..<range.count {
        output.setOccupancy(
          sample: range.lowerBound + s, tick: tick, core: i,
          output: waitingAtOutput(core, s),
          port: slots[slot(core, s)].port.unfinished)
      }
    }
  }

  /// Events that wait at the output of a core.
  private func waitingAtOutput(_ core: Int, _ s: Int) -> Int {
    guard let networks, let place = loaded.network?.places[core], place.part >= 0 else { return 0 }
    return networks[s * partCount + Int(place.part)].takeUnretainedValue()
      .waitingAtOutput(Int(place.slot))
  }

  /// Lets the column ADC sample and convert, as far as the tick has anything to do with it.
  private func readColumns(
    _ worker: TickWorker, _ range: Range<Int>, _ output: RunOutput, _ every: Int, _ tick: Int
  ) {
    let (time, since) = ((tick + 1) / every - 1, (tick + 1) % every)
    guard time >= 0, since == 0 || sampling?.isOpen(since: since, every: every) == true else {
      return
    }
    let isLastTick = tick == output.ticks - 1
    let converts =
      sampling?.isComplete(since: since, every: every, isLastTick: isLastTick) ?? true
    for s in 0..<range.count {
      for core in output.adcSlots where worker.cores.contains(core) {
        showRest(core, s, tick)
        sampling?.sample(core: core, slot: slot(core, s), since: since, slots[slot(core, s)].state)
      }
      guard converts else { continue }
      for part in output.adcParts where worker.cores.contains(part.slot) {
        convert(part, s, range.lowerBound + s, output, worker, tick - since, time: time)
      }
    }
  }

  /// Converts the membranes of one part of the recording's columns to codes.
  private func convert(
    _ part: RunOutput.ADCPart, _ s: Int, _ sample: Int, _ output: RunOutput, _ worker: TickWorker,
    _ tick: Int, time: Int
  ) {
    let core = loaded.cores[part.slot]
    let slot = slots + slot(part.slot, s)
    let membranes =
      sampling?.held(slot: self.slot(part.slot, s)) ?? UnsafePointer(slot.pointee.state)
    let noise = settings.effects.contains(.adc) ? output.adcNoise : 0
    let key = samples[s].randomness.adcKey(core: core.core.index, tick: tick)
    let clipped = synapus_adc_convert(
      membranes, core.adcOffsets, core.adcSlopes, Int32(part.range.firstColumn),
      Int32(part.range.count), noise, key, Int32(loaded.spec.readout.largestCode),
      worker.adcCodes)
    slot.pointee.clippedReadings &+= Int(clipped)
    slot.pointee.readings &+= part.range.count
    output.setCodes(
      sample: sample, time: time, column: part.column, worker.adcCodes, part.range.count)
  }

  private func trace(
    _ worker: TickWorker, _ range: Range<Int>, _ output: RunOutput, _ tick: Int
  ) {
    for (i, traced) in output.traced.enumerated() where worker.cores.contains(traced.slot) {
      for s in 0..<range.count {
        showRest(traced.slot, s, tick)
        output.setTrace(
          sample: range.lowerBound + s, tick: tick, circuit: i,
          slots[slot(traced.slot, s)].state[KernelLayout.state(traced.column)])
      }
    }
    guard let fast = output.fast, worker.cores.contains(fast.slot) else { return }
    for s in 0..<range.count {
      showRest(fast.slot, s, tick)
      let key = samples[s].randomness.adcKey(
        core: loaded.cores[fast.slot].core.index, tick: tick)
      output.setFastCode(
        sample: range.lowerBound + s, tick: tick,
        slots[slot(fast.slot, s)].state[KernelLayout.state(fast.column)],
        noise: settings.effects.contains(.adc) ? HashNoise.draw(key: ~key, lane: 0) : 0)
    }
  }

  /// A core that sleeps has no membranes of its own: shows what they would be, noise included.
  ///
  /// Those of joined circuits lie with their cluster.
  func showRest(_ c: Int, _ s: Int, _ tick: Int) {
    joined?.show(core: c, sample: s, slots[slot(c, s)].state)
    guard slots[slot(c, s)].isAsleep else { return }
    let key = samples[s].randomness.noiseKey(core: cores[c].index, tick: tick)
    loaded.cores[c].rest.fill(slots[slot(c, s)].state, key: key)
  }
}
