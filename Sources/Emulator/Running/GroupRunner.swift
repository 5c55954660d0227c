import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// Runs groups of samples in lockstep on one thread; owns the memory that they need.
///
/// Samples of a group share nothing but the constants that pass through the cache together, so
/// results are those of running them one by one. Everything that is touched at every tick lies in
/// raw memory.
final class GroupRunner {
  /// Samples that run in lockstep; of 1, 2 and 4 the fastest by measurement: four crowd the cache.
  static let lockstep = 2

  private let loaded: LoadedImage
  private let kernel: CoreKernel
  private let settings: EmulationSettings
  private let coreCount: Int
  /// Where input events go, by channel.
  private let inputStarts: UnsafePointer<Int32>
  private let inputTargets: UnsafePointer<RouteTable.Target>
  private let cores: UnsafeMutablePointer<CoreView>
  /// For each core in use, `lockstep` slots.
  private let slots: UnsafeMutablePointer<CoreSlot>
  /// What the kernels see of the slots, in the same order.
  private let views: UnsafeMutablePointer<synapus_core_sample>
  /// The samples of the group.
  private let samples: UnsafeMutablePointer<SampleRun>
  /// The spike network of each sample; nil when it is an ideal one.
  private let networks: UnsafeMutablePointer<NetworkState>?
  private let scratch: UnsafeMutablePointer<UInt16>
  private let adcCodes: UnsafeMutablePointer<UInt8>

  init(_ loaded: LoadedImage, _ kernel: CoreKernel, _ settings: EmulationSettings) {
    (self.loaded, self.kernel, self.settings) = (loaded, kernel, settings)
    coreCount = loaded.cores.count
    inputStarts = UnsafePointer(loaded.inputRoutes.starts)
    inputTargets = UnsafePointer(loaded.inputRoutes.targets)
    cores = .allocate(capacity: max(1, coreCount))
    slots = .allocate(capacity: max(1, coreCount * Self.lockstep))
    views = .allocate(capacity: max(1, coreCount * Self.lockstep))
    samples = .allocate(capacity: Self.lockstep)
    for (c, core) in loaded.cores.enumerated() {
      (cores + c).initialize(to: loaded.view(c))
      for s in 0..<Self.lockstep {
        (slots + c * Self.lockstep + s).initialize(to: CoreSlot(core, loaded))
      }
    }
    for s in 0..<Self.lockstep { (samples + s).initialize(to: .idle(loaded.spec)) }
    networks = loaded.network.map { tables in
      let networks = UnsafeMutablePointer<NetworkState>.allocate(capacity: Self.lockstep)
      for s in 0..<Self.lockstep { (networks + s).initialize(to: NetworkState(tables)) }
      return networks
    }
    let lanes = loaded.cores.map(\.lanes).max() ?? 0
    scratch = .allocateAligned(6 * lanes)
    adcCodes = .allocateAligned(lanes)
  }

  deinit {
    for i in 0..<coreCount * Self.lockstep { slots[i].deallocate() }
    for s in 0..<Self.lockstep {
      samples[s].log.deallocate()
      networks?[s].deallocate()
    }
    networks?.deinitialize(count: Self.lockstep).deallocate()
    cores.deallocate()
    slots.deallocate()
    views.deallocate()
    samples.deallocate()
    scratch.deallocate()
    adcCodes.deallocate()
  }

  /// Runs the samples `range` (at most `lockstep`), and writes ADC codes and traces to `output`.
  func run(
    _ range: Range<Int>, of experiment: Experiment, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> [SampleRecord] {
    start(range, experiment)
    let spec = loaded.spec
    let finished = experiment.inputs.cycles.withUnsafeBufferPointer { cycles in
      experiment.inputs.units.withUnsafeBufferPointer { channels in
        let nothing = UnsafePointer<UInt32>(slots[0].events)
        let inputs = RunInputs(
          cycles: cycles.baseAddress ?? nothing, channels: channels.baseAddress ?? nothing,
          cyclesPerTick: spec.time.cyclesPerTick, phasesPerCycle: 64 / spec.time.cyclesPerTick,
          recordsSpikes: experiment.recorded.spikes)
        return runTicks(range, experiment, inputs, output, cancellation)
      }
    }
    guard finished else { throw .cancelled }
    return range.indices.map { finish($0 - range.lowerBound, experiment) }
  }

  private func start(_ range: Range<Int>, _ experiment: Experiment) {
    for s in 0..<range.count {
      samples[s].start(range.lowerBound + s, of: experiment, loaded.spec, settings)
      networks?[s].reset()
      for c in 0..<coreCount {
        slots[slot(c, s)].reset(loaded.cores[c], views + slot(c, s))
      }
    }
  }

  /// Runs all ticks; false when cancelled.
  private func runTicks(
    _ range: Range<Int>, _ experiment: Experiment, _ inputs: RunInputs, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) -> Bool {
    let (count, every) = (range.count, experiment.recorded.adcEvery)
    for tick in 0..<experiment.durationTicks {
      if tick & 255 == 255, cancellation?.isCancelled == true { return false }
      for s in 0..<count { sendInputs(inputs, s, tick) }
      for c in 0..<coreCount { step(c, count, tick) }
      for s in 0..<count { collectSpikes(inputs, s, tick) }
      if output.adcColumns > 0, (tick + 1) % every == 0 {
        for s in 0..<count { convert(s, range.lowerBound + s, output, tick, time: tick / every) }
      }
      if !output.traced.isEmpty { trace(range, output, tick) }
    }
    return true
  }

  @inline(__always)
  private func slot(_ core: Int, _ sample: Int) -> Int { core * Self.lockstep + sample }

  /// Hands the tick's input events to the ports; they arrive one tick later.
  private func sendInputs(_ inputs: RunInputs, _ s: Int, _ tick: Int) {
    let sample = samples + s
    let start = tick &* inputs.cyclesPerTick
    let end = UInt32(truncatingIfNeeded: start &+ inputs.cyclesPerTick)
    var next = sample.pointee.nextInput
    let last = sample.pointee.lastInput
    while next < last, inputs.cycles[next] < end {
      let (cycle, channel) = (Int(inputs.cycles[next]), Int(inputs.channels[next]))
      next &+= 1
      let shift = sample.pointee.randomness.inputShift(channel: channel, cycle: cycle)
      let phase = (cycle &- start) &* inputs.phasesPerCycle
      send(inputStarts + channel, inputTargets, s, at: (tick &+ 1 &+ shift) << 6 &+ phase)
    }
    sample.pointee.nextInput = next
  }

  /// Sends an event to the targets between `starts[0]` and `starts[1]`.
  @inline(__always)
  private func send(
    _ starts: UnsafePointer<Int32>, _ targets: UnsafePointer<RouteTable.Target>, _ sample: Int,
    at time: Int
  ) {
    for i in Int(starts[0])..<Int(starts[1]) {
      slots[slot(Int(targets[i].slot), sample)].port.send(
        pair: targets[i].pair, at: time + Int(targets[i].latency))
    }
  }

  /// Advances one core by one tick for all samples of the group.
  private func step(_ c: Int, _ count: Int, _ tick: Int) {
    let core = cores + c
    for s in 0..<count {
      let (slot, view) = (slots + slot(c, s), views + slot(c, s))
      let events = slot.pointee.port.take(tick: tick, into: slot.pointee.events)
      view.pointee.event_count = events
      view.pointee.noise_key = samples[s].randomness.noiseKey(core: core.pointee.index, tick: tick)
      if events > 0 {
        samples[s].counters.rowEvents += Int(events)
        for i in 0..<Int(events) {
          let pair = Int(slot.pointee.events[i] >> 8)
          samples[s].counters.synapticEvents += Int(core.pointee.nonZero[pair])
        }
      }
    }
    switch kernel {
    case .vector(_, let advance):
      advance(
        core.pointee.constants, core.pointee.weights, views + slot(c, 0), Int32(count), scratch)
    case .reference:
      ReferenceCore.step(loaded.cores[c], views + slot(c, 0), count)
    }
  }

  /// Records the tick's spikes, and sends them on.
  private func collectSpikes(_ inputs: RunInputs, _ s: Int, _ tick: Int) {
    for c in 0..<coreCount {
      let view = views + slot(c, s)
      let count = Int(view.pointee.spike_count)
      if count == 0 { continue }
      let (core, spikes) = (cores + c, slots[slot(c, s)].spikes)
      samples[s].counters.spikes += count
      if inputs.recordsSpikes { record(core, inputs, s, spikes, count, tick) }
      guard core.pointee.hasTargets else { continue }
      if let networks {
        networks[s].collect(
          c, core: core.pointee.index, tick, spikes, count, samples[s].randomness)
      } else {
        sendSpikes(core, s, tick, spikes, count)
      }
    }
    if let networks {
      networks[s].transport(tick)
      for arrival in networks[s].arrivals {
        slots[slot(Int(arrival.slot), s)].port.send(pair: arrival.pair, at: arrival.time)
      }
    }
  }

  /// Sends a core's spikes over an ideal network.
  private func sendSpikes(
    _ core: UnsafePointer<CoreView>, _ s: Int, _ tick: Int, _ spikes: UnsafePointer<UInt32>,
    _ count: Int
  ) {
    for i in 0..<count {
      let (column, phase) = (Int(spikes[i] >> 8), Int(spikes[i] & 255))
      let starts = core.pointee.starts + column
      if starts[0] == starts[1] { continue }
      let late = samples[s].randomness.spikeShift(
        core: core.pointee.index, column: column, tick: tick)
      send(starts, core.pointee.targets, s, at: (tick + 1 + late) << 6 + phase)
    }
  }

  private func record(
    _ core: UnsafePointer<CoreView>, _ inputs: RunInputs, _ s: Int,
    _ spikes: UnsafePointer<UInt32>, _ count: Int, _ tick: Int
  ) {
    let start = UInt32(truncatingIfNeeded: tick * inputs.cyclesPerTick)
    let shift = UInt32(inputs.phasesPerCycle.trailingZeroBitCount)
    let units = core.pointee.units
    samples[s].log.append(count) { cycles, recorded in
      var kept = 0
      for i in 0..<count {
        let unit = units[Int(spikes[i] >> 8)]
        cycles[kept] = start &+ (spikes[i] & 255) &>> shift
        recorded[kept] = UInt32(bitPattern: unit)
        kept &+= unit >= 0 ? 1 : 0
      }
      return kept
    }
  }

  /// Converts the membranes of one sample to codes, column by column of the recording.
  private func convert(_ s: Int, _ sample: Int, _ output: RunOutput, _ tick: Int, time: Int) {
    let noise = settings.effects.contains(.adc) ? output.adcNoise : 0
    for part in output.adcParts {
      let core = loaded.cores[part.slot]
      let key = samples[s].randomness.adcKey(core: core.core.index, tick: tick)
      let clipped = synapus_adc_convert(
        slots[slot(part.slot, s)].state, core.adcOffsets, Int32(part.range.firstColumn),
        Int32(part.range.count), noise, key, Int32(loaded.spec.readout.largestCode), adcCodes)
      samples[s].counters.adcClipped += Int(clipped)
      output.setCodes(
        sample: sample, time: time, column: part.column, adcCodes, part.range.count)
    }
  }

  private func trace(_ range: Range<Int>, _ output: RunOutput, _ tick: Int) {
    for (i, traced) in output.traced.enumerated() {
      for s in 0..<range.count {
        let state = slots[slot(traced.slot, s)].state
        output.setTrace(
          sample: range.lowerBound + s, tick: tick, circuit: i,
          state[KernelLayout.state(traced.column)])
      }
    }
  }

  private func finish(_ s: Int, _ experiment: Experiment) -> SampleRecord {
    let sample = samples + s
    sample.pointee.counters.ticks = experiment.durationTicks
    sample.pointee.counters.inputEvents = sample.pointee.lastInput - sample.pointee.firstInput
    if let networks { sample.pointee.counters.add(networks[s]) }
    for c in 0..<coreCount {
      sample.pointee.counters.lostAtPort += slots[slot(c, s)].port.lost
      sample.pointee.counters.unfinished += slots[slot(c, s)].port.unfinished
      sample.pointee.counters.inputSaturated += Int(views[slot(c, s)].saturated)
    }
    let lists = sample.pointee.log.lists
    return SampleRecord(
      cycles: lists.cycles, units: lists.units, counters: sample.pointee.counters)
  }
}
