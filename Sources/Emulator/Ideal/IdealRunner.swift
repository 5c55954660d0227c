import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// An image on the ideal chip.
final class IdealImage: @unchecked Sendable {
  let image: ChipImage
  let spec: ChipSpec
  let cores: [IdealCore]
  let inputRoutes: RouteTable
  let spikeRoutes: [RouteTable]
  let units: [[Int32]]
  /// What delayed inputs make of an experiment; nil where there are none.
  let playback: InputPlayback?
  /// The circuits that are more than plain; nil where there is none.
  let special: IdealUnitPlan?
  /// The learning engines; nil when no core learns.
  private(set) var learning: IdealLearning?
  /// The image's content hash, once somebody has asked for it.
  var knownHash: String?

  /// Starts the learning engines where the image has rules.
  func startLearning() throws(ChipError) { learning = try IdealLearning(image, spec, cores) }

  init(_ image: ChipImage, _ spec: ChipSpec) {
    (self.image, self.spec) = (image, spec)
    cores = image.cores.map { IdealCore($0, spec) }
    inputRoutes = .inputs(image, spec)
    spikeRoutes = RouteTable.spikes(image, spec)
    let plan = IdealUnitPlan(image, spec)
    special = plan.units.isEmpty ? nil : plan
    units = image.recordedUnits { _ in spec.geometry.circuitsPerCore }
    playback = InputPlayback(image, cyclesPerTick: spec.time.cyclesPerTick)
  }

  /// The longest time that an event is on its way, in 1/64 tick.
  var longestLatency: Int {
    max(inputRoutes.longestLatency, spikeRoutes.map(\.longestLatency).max() ?? 0)
  }
}

/// Runs samples on the ideal chip, one after the other, on one thread.
final class IdealRunner {
  /// Notes the events of one core, where somebody asks for them.
  var probe: EventProbe?
  private let loaded: IdealImage
  private let cyclesPerTick: Int
  /// By core in use.
  private let states: [IdealCoreState]
  private let events: UnsafeMutableBufferPointer<IdealEvents>
  /// How many of them were made.
  private let ringCount: Int
  /// Synapses of non-zero weight, by core in use and pair of rows.
  private let nonZero: [UnsafeMutablePointer<Int>]
  private let codes: UnsafeMutablePointer<UInt8>
  private let special: IdealUnits?
  private var background: BackgroundEvents
  private let backgroundRoutes: RouteTable
  private let hasBackground: Bool
  /// One less than the ticks, a power of two, after which the host may end a run.
  private let ticksBetweenLooks: Int
  /// The graded events of the sample; nil when the experiment has none.
  private var graded: GradedFeed?

  /// Makes a runner; a large image takes a while, and whoever cancels need not wait for it.
  init(_ loaded: IdealImage, _ cancellation: Cancellation?) throws(ChipError) {
    self.loaded = loaded
    cyclesPerTick = loaded.spec.time.cyclesPerTick
    states = try loaded.cores.enumerated().map { slot, core throws(ChipError) in
      if cancellation?.isCancelled == true { throw .cancelled }
      return IdealCoreState(core, isSpecial: loaded.special?.isSpecial[slot])
    }
    special = loaded.special.map {
      IdealUnits($0, loaded.image, loaded.cores, loaded.spec)
    }
    nonZero = loaded.cores.map(\.nonZero)
    background = BackgroundEvents(loaded.image.backgroundSources, time: loaded.spec.time)
    backgroundRoutes = .background(loaded.image, loaded.spec)
    hasBackground = !loaded.image.backgroundSources.isEmpty
    let isLong = loaded.learning != nil || loaded.cores.reduce(0) { $0 + $1.columns } > 1 << 10
    ticksBetweenLooks = isLong ? 0 : 15
    // An event leaves in the next tick; its phase and its way may both end a tick later.
    let ticks = max(loaded.longestLatency, backgroundRoutes.longestLatency) / 64 + 3
    events = .allocate(capacity: loaded.cores.count)
    codes = .allocateAligned(loaded.spec.geometry.circuitsPerCore)
    var made = 0
    while made < events.count, cancellation?.isCancelled != true {
      events.initializeElement(at: made, to: IdealEvents(ticks: ticks))
      made += 1
    }
    ringCount = made
    if made < events.count { throw .cancelled }
  }

  deinit {
    background.deallocate()
    for ring in events.prefix(ringCount) { ring.free() }
    events.deallocate()
    codes.deallocate()
  }

  func run(
    _ sample: Int, of experiment: Experiment, _ output: RunOutput, _ cancellation: Cancellation?
  ) throws(ChipError) -> SampleRecord {
    for core in states.indices {
      states[core].rewind()
      events[core].clear()
    }
    special?.rewind()
    background.reset()
    startLearning(sample, experiment)
    var record = SampleRecord()
    let range = experiment.inputs.range(ofSample: sample)
    var next = range.lowerBound
    for tick in 0..<experiment.durationTicks {
      if tick & ticksBetweenLooks == ticksBetweenLooks, cancellation?.isCancelled == true {
        throw .cancelled
      }
      sendInputs(of: experiment.inputs, &next, range.upperBound, tick)
      graded?.prepare(tick)
      if hasBackground {
        for event in background.emit(tick: tick) {
          send(backgroundRoutes, Int(event.source), at: (tick + 1) << 6 + Int(event.phase))
        }
      }
      for core in states.indices {
        step(core, tick, keep: experiment.recorded.spikes, &record)
      }
      if let special { step(special, tick, keep: experiment.recorded.spikes, &record) }
      readOut(sample, tick, experiment, output, &record)
      learn(sample, tick, output, cancellation)
    }
    addLearning(to: &record)
    record.counters.ticks = experiment.durationTicks
    record.counters.inputEvents = range.count
    record.counters.backgroundEvents = background.sent
    record.counters.unfinished = events.reduce(0) { $0 + $1.count }
    return record
  }

  private func sendInputs(of inputs: SpikeBatch, _ next: inout Int, _ end: Int, _ tick: Int) {
    while next < end {
      let cycle = Int(inputs.cycles[next]) - tick * cyclesPerTick
      if cycle >= cyclesPerTick { return }
      let phase = cycle * 64 / cyclesPerTick
      send(loaded.inputRoutes, Int(inputs.units[next]), at: (tick + 1) << 6 + phase)
      next += 1
    }
  }

  private func send(_ routes: RouteTable, _ source: Int, at time: Int) {
    for i in Int(routes.starts[source])..<Int(routes.starts[source + 1]) {
      let target = routes.targets[i]
      events[Int(target.slot)].add(pair: target.pair, at: time + Int(target.latency))
    }
  }

  private func step(_ slot: Int, _ tick: Int, keep: Bool, _ record: inout SampleRecord) {
    let (state, synapses) = (states[slot], nonZero[slot])
    let arriving = events[slot].arriving(at: tick)
    record.counters.rowEvents += arriving.count
    for event in arriving { record.counters.synapticEvents += synapses[Int(event.pair)] }
    if let probe, probe.core == loaded.cores[slot].core {
      for event in arriving {
        probe.note(pair: Int(event.pair), phase: Int(event.phase), tick: tick)
      }
    }
    var fired = state.step(arriving)
    for taught in graded?.taught ?? [] where taught.core == slot {
      _ = state.fire(taught.column, fired: &fired)
    }
    loaded.learning?.mark(slot, arriving, state.spikes, fired)
    special?.take(arriving, slot, tick: tick)
    events[slot].clear(tick)
    record.counters.spikes += fired
    if fired == 0 { return }
    let (units, routes) = (loaded.units[slot], loaded.spikeRoutes[slot])
    for i in 0..<fired { send(state.spikes[i], units, routes, tick, keep: keep, &record) }
  }

  @inline(__always)
  private func send(
    _ spike: IdealCoreState.Spike, _ units: [Int32], _ routes: RouteTable, _ tick: Int,
    keep: Bool, _ record: inout SampleRecord
  ) {
    let unit = units[spike.column]
    if keep, unit >= 0 {
      record.cycles.append(UInt32(tick * cyclesPerTick + spike.phase * cyclesPerTick / 64))
      record.units.append(UInt32(unit))
    }
    send(routes, spike.column, at: (tick + 1) << 6 + spike.phase)
  }

  /// Advances the special circuits, whose events the cores have handed over.
  private func step(
    _ special: IdealUnits, _ tick: Int, keep: Bool, _ record: inout SampleRecord
  ) {
    special.step { slot, column, phase in
      record.counters.spikes += 1
      loaded.learning?.mark(slot, column: column, phase: phase)
      send(
        .init(column: column, phase: phase), loaded.units[slot], loaded.spikeRoutes[slot], tick,
        keep: keep, &record)
    } membrane: { slot, column, volts in
      states[slot].membrane[column] = volts
    }
  }

  private func readOut(
    _ sample: Int, _ tick: Int, _ experiment: Experiment, _ output: RunOutput,
    _ record: inout SampleRecord
  ) {
    let every = experiment.recorded.adcEvery
    if output.adcColumns > 0, (tick + 1) % every == 0 {
      for part in output.adcParts {
        record.counters.adcClipped += convert(part.range, states[part.slot].membrane)
        output.setCodes(
          sample: sample, time: tick / every, column: part.column, codes, part.range.count)
      }
    }
    for (i, traced) in output.traced.enumerated() {
      let volts = states[traced.slot].membrane[traced.column]
      output.setTrace(sample: sample, tick: tick, circuit: i, volts: volts)
    }
    if let fast = output.fast {
      let volts = states[fast.slot].membrane[fast.column]
      output.setFastCode(sample: sample, tick: tick, volts: volts)
    }
  }

  private func startLearning(_ sample: Int, _ experiment: Experiment) {
    graded = nil
    if !experiment.graded.isEmpty {
      var feed = GradedFeed(
        loaded.image, perTick: loaded.spec.learning?.gradedEventsPerTick ?? .max)
      feed.start(experiment.graded.samples[sample])
      graded = feed
    }
    loaded.learning?.start(sampleNumber: experiment.sampleNumbers[sample])
  }

  /// The learning engines' part of a tick, and the registers that are read after it.
  private func learn(
    _ sample: Int, _ tick: Int, _ output: RunOutput, _ cancellation: Cancellation?
  ) {
    guard let learning = loaded.learning else { return }
    for slot in states.indices where learning.converts(slot, tick: tick) {
      for range in learning.ranges(slot) {
        _ = convert(range, states[slot].membrane)
        learning.setMembranes(slot, range, codes)
      }
    }
    graded?.deliver(to: learning.engine)
    learning.endTick(tick, cancellation)
    for (i, probe) in output.registers.probes.enumerated() {
      if let place = output.registers.place(i, sample: sample, tick: tick) {
        learning.engine.read(probe, into: place)
      }
    }
  }

  private func addLearning(to record: inout SampleRecord) {
    if let graded {
      record.counters.gradedEvents = graded.taken
      record.counters.gradedLost = graded.lost
    }
    guard let engine = loaded.learning?.engine else { return }
    record.counters += engine.counters
    (record.learningOperations, record.waitedCycles) = (engine.operations, engine.waitedCycles)
  }

  private func convert(_ range: CircuitRange, _ membrane: UnsafeMutablePointer<Double>) -> Int {
    let readout = loaded.spec.readout
    return Int(
      synapus_ideal_convert(
        membrane + range.firstColumn, Int32(range.count), readout.zeroVolts, readout.lsbVolts,
        Int32(readout.largestCode), codes))
  }
}
