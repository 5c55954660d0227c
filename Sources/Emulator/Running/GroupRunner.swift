import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// Runs groups of samples in lockstep on one thread; owns the memory that they need.
///
/// Samples of a group share nothing but the constants that pass through the cache together, so
/// results are those of running them one by one.
final class GroupRunner {
  /// Samples that run in lockstep.
  static let lockstep = 4

  private let loaded: LoadedImage
  private let kernel: CoreKernel
  private let settings: EmulationSettings
  /// For each core in use, `lockstep` slots.
  private let slots: UnsafeMutablePointer<CoreSlot>
  /// What the kernels see of the slots, in the same order.
  private let views: UnsafeMutablePointer<synapus_core_sample>
  private let scratch: UnsafeMutablePointer<UInt16>
  private let adcCodes: UnsafeMutablePointer<UInt8>
  private let coreCount: Int
  /// What each sample of the group has recorded.
  private let logs: UnsafeMutablePointer<SpikeLog>

  init(_ loaded: LoadedImage, _ kernel: CoreKernel, _ settings: EmulationSettings) {
    (self.loaded, self.kernel, self.settings) = (loaded, kernel, settings)
    coreCount = loaded.cores.count
    slots = .allocate(capacity: max(1, coreCount * Self.lockstep))
    views = .allocate(capacity: max(1, coreCount * Self.lockstep))
    for (c, core) in loaded.cores.enumerated() {
      for s in 0..<Self.lockstep {
        (slots + c * Self.lockstep + s).initialize(to: CoreSlot(core, loaded))
      }
    }
    let lanes = loaded.cores.map(\.lanes).max() ?? 0
    scratch = .allocateAligned(6 * lanes)
    adcCodes = .allocateAligned(lanes)
    logs = .allocate(capacity: Self.lockstep)
    for s in 0..<Self.lockstep { (logs + s).initialize(to: SpikeLog()) }
  }

  deinit {
    for s in 0..<Self.lockstep { logs[s].deallocate() }
    logs.deallocate()
    for i in 0..<coreCount * Self.lockstep { slots[i].deallocate() }
    slots.deallocate()
    views.deallocate()
    scratch.deallocate()
    adcCodes.deallocate()
  }

  /// Runs the samples `range` (at most `lockstep`), and writes ADC codes and traces to `output`.
  func run(
    _ range: Range<Int>, of experiment: Experiment, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> [SampleRecord] {
    var run = LockstepRun(range, experiment, loaded, settings)
    for c in 0..<coreCount {
      for s in 0..<run.count {
        (slots + slot(c, s)).pointee.reset(loaded.cores[c], views + slot(c, s))
      }
    }
    for s in 0..<run.count { logs[s].reset() }
    for tick in 0..<experiment.durationTicks {
      if tick & 255 == 255, cancellation?.isCancelled == true { throw .cancelled }
      for s in 0..<run.count { sendInputs(&run, s, tick) }
      for c in 0..<coreCount { step(c, &run, tick) }
      for s in 0..<run.count { collectSpikes(&run, s, tick) }
      sampleReadout(&run, experiment, output, tick)
    }
    return (0..<run.count).map { finish(&run, $0, experiment) }
  }

  private func slot(_ core: Int, _ sample: Int) -> Int { core * Self.lockstep + sample }

  /// Hands the tick's input events to the ports; they arrive one tick later.
  private func sendInputs(_ run: inout LockstepRun, _ s: Int, _ tick: Int) {
    let end = UInt32((tick + 1) * run.cyclesPerTick)
    while run.nextInput[s] < run.lastInput[s], run.cycle(run.nextInput[s]) < end {
      let (cycle, channel) = (Int(run.cycle(run.nextInput[s])), run.channel(run.nextInput[s]))
      run.nextInput[s] += 1
      let shift = run.randomness[s].inputShift(channel: channel, cycle: cycle)
      let phase = (cycle - tick * run.cyclesPerTick) * run.phasesPerCycle
      send(
        loaded.inputRoutes, source: channel, sample: s, at: (tick + 1 + shift) << 6 + phase)
    }
  }

  @inline(__always)
  private func send(_ routes: RouteTable, source: Int, sample: Int, at time: Int) {
    for i in Int(routes.starts[source])..<Int(routes.starts[source + 1]) {
      let target = routes.targets[i]
      (slots + slot(Int(target.slot), sample)).pointee.port.send(
        pair: target.pair, at: time + Int(target.latency))
    }
  }

  /// Advances one core by one tick for all samples of the group.
  private func step(_ c: Int, _ run: inout LockstepRun, _ tick: Int) {
    let core = loaded.cores[c]
    for s in 0..<run.count {
      let (slot, view) = (slots + slot(c, s), views + slot(c, s))
      let count = slot.pointee.port.take(tick: tick, into: slot.pointee.events)
      view.pointee.event_count = count
      view.pointee.noise_key = run.randomness[s].noiseKey(core: core.core.index, tick: tick)
      if count > 0 {
        run.counters[s].rowEvents += Int(count)
        for i in 0..<Int(count) {
          let pair = Int(slot.pointee.events[i] >> 8)
          run.counters[s].synapticEvents += Int(core.synapses.nonZero[pair])
        }
      }
    }
    kernel.step(core, views + slot(c, 0), run.count, scratch)
  }

  /// Records the tick's spikes, and sends them on.
  private func collectSpikes(_ run: inout LockstepRun, _ s: Int, _ tick: Int) {
    for c in 0..<coreCount {
      let view = views + slot(c, s)
      let count = Int(view.pointee.spike_count)
      if count == 0 { continue }
      run.counters[s].spikes += count
      if run.recordsSpikes { record(run, s, c, view.pointee.spikes, count, tick) }
      let core = loaded.cores[c].core.index
      for i in 0..<count {
        let (column, phase) = (Int(view.pointee.spikes[i] >> 8), Int(view.pointee.spikes[i] & 255))
        guard loaded.spikeRoutes[c].hasTargets(column) else { continue }
        let late = run.randomness[s].spikeShift(core: core, column: column, tick: tick)
        send(
          loaded.spikeRoutes[c], source: column, sample: s, at: (tick + 1 + late) << 6 + phase)
      }
    }
  }

  private func record(
    _ run: LockstepRun, _ s: Int, _ c: Int, _ spikes: UnsafePointer<UInt32>, _ count: Int,
    _ tick: Int
  ) {
    let log = logs + s
    log.pointee.reserve(count)
    let start = UInt32(truncatingIfNeeded: tick * run.cyclesPerTick)
    let shift = UInt32(run.phasesPerCycle.trailingZeroBitCount)
    loaded.units[c].withUnsafeBufferPointer { units in
      for i in 0..<count {
        let unit = units[Int(spikes[i] >> 8)]
        if unit >= 0 {
          log.pointee.append(cycle: start &+ (spikes[i] & 255) >> shift, unit: UInt32(unit))
        }
      }
    }
  }

  private func sampleReadout(
    _ run: inout LockstepRun, _ experiment: Experiment, _ output: RunOutput, _ tick: Int
  ) {
    let every = experiment.recorded.adcEvery
    if output.adcColumns > 0, (tick + 1) % every == 0 {
      for s in 0..<run.count { convert(&run, s, output, tick, time: tick / every) }
    }
    for (i, traced) in output.traced.enumerated() {
      for s in 0..<run.count {
        let membrane = views[slot(traced.slot, s)].membrane[traced.column]
        output.setTrace(sample: run.first + s, tick: tick, circuit: i, membrane)
      }
    }
  }

  /// Converts the membranes of one sample to codes, column by column of the recording.
  private func convert(
    _ run: inout LockstepRun, _ s: Int, _ output: RunOutput, _ tick: Int, time: Int
  ) {
    let readout = loaded.spec.readout
    for part in output.adcParts {
      let core = loaded.cores[part.slot]
      let noise = settings.effects.contains(.adc) ? output.adcNoise : 0
      let first = part.range.firstColumn
      run.counters[s].adcClipped += Int(
        core.adcOffsets.withUnsafeBufferPointer { offsets in
          synapus_adc_convert(
            views[slot(part.slot, s)].membrane + first, (offsets.baseAddress ?? nothing) + first,
            Int32(part.range.count), noise,
            run.randomness[s].adcKey(core: core.core.index, tick: tick) &+ UInt32(first)
              &* 0x9E37_79B1, Int32(readout.largestCode), adcCodes)
        })
      output.setCodes(
        sample: run.first + s, time: time, column: part.column, adcCodes, part.range.count)
    }
  }

  private var nothing: UnsafePointer<Int32> { UnsafePointer(slots[0].state) }

  private func finish(_ run: inout LockstepRun, _ s: Int, _ experiment: Experiment) -> SampleRecord
  {
    run.counters[s].ticks = experiment.durationTicks
    run.counters[s].inputEvents = run.lastInput[s] - run.firstInput[s]
    for c in 0..<coreCount {
      run.counters[s].lostAtPort += slots[slot(c, s)].port.lost
      run.counters[s].unfinished += slots[slot(c, s)].port.unfinished
      run.counters[s].inputSaturated += Int(views[slot(c, s)].saturated)
    }
    let lists = logs[s].lists
    return SampleRecord(cycles: lists.cycles, units: lists.units, counters: run.counters[s])
  }
}
