import CEmulatorKernels
import ChipInterface
import HardwareSpec
import Synchronization

/// Runs samples on a digital image step by step, on one thread or on a team that shares the cores.
///
/// A step: neurons take the sums that wait for them and spike; then the spikes and the inputs of
/// the step reach their axons, and add weights to sums of later steps. Threads meet once a step,
/// when all spikes are known: each then fetches what its own cores hear.
final class DigitalRunner: @unchecked Sendable {
  /// What the threads of a team read while they run a sample.
  struct Run: @unchecked Sendable {
    let sample: Int
    let experiment: Experiment
    let cycles, channels: UnsafeBufferPointer<UInt32>
    let inputs: Range<Int>
    let cyclesPerTick: Int
    let recordsSpikes, hasGraded: Bool
    let registers: RegisterOutput
    let cancellation: Cancellation?
  }

  let image: DigitalImage
  let kernel: DigitalKernel
  let engine: LearningEngine?
  let workers: [DigitalWorker]
  let cores: UnsafeMutablePointer<DigitalCoreMemory>
  let parts: UnsafeMutablePointer<PartMemory>
  /// Lists of events by part and axonal delay; then, where neurons are ternary, the same again
  /// for spikes of −1.
  let lists: UnsafeMutablePointer<synapus_digital_list>
  let listCount: Int
  let crossbars: [CrossbarMemory?]
  var feed: GradedFeed
  private let barrier: StepBarrier
  /// One less than the steps, a power of two, after which the host may end a run.
  private let stepsBetweenLooks: Int
  /// The step in which the threads stop.
  private let lastStep = Atomic<Int>(.max)

  /// Makes a runner whose threads share the cores as routes do.
  init(
    _ image: DigitalImage, _ kernel: DigitalKernel, _ engine: LearningEngine?,
    _ routes: [DigitalRoutes]
  ) {
    (self.image, self.kernel, self.engine) = (image, kernel, engine)
    let team = routes.count
    workers = routes.map { DigitalWorker($0) }
    let neurons = image.image.cores.reduce(0) { $0 + $1.neuronCount }
    stepsBetweenLooks = image.learns || neurons > 1 << 12 ? 0 : 15
    barrier = StepBarrier(team: team)
    crossbars = image.cores.enumerated().map { c, core in
      guard case .crossbar(let tables) = core else { return nil }
      return CrossbarMemory(tables, slots: image.parts[image.partsOfCore[c].lowerBound].slots)
    }
    cores = Self.cores(of: image, workers[0].routes.firstSource)
    parts = Self.parts(of: image)
    listCount = image.parts.reduce(0) { $0 + $1.delays.count }
    lists = .allocate(capacity: max(1, 2 * listCount))
    let room = (0..<listCount).map { list in routes.map { $0.room[list] }.max() ?? 0 }
    for i in 0..<2 * listCount {
      let capacity = room[i % listCount] + 64
      (lists + i).initialize(
        to: synapus_digital_list(
          axons: .allocateAligned(Int(capacity)), count: 0, capacity: capacity))
    }
    feed = GradedFeed(image.image, perTick: image.spec.learning?.gradedEventsPerTick ?? .max)
  }

  deinit {
    for c in image.cores.indices { cores[c].deallocate() }
    for p in image.parts.indices { parts[p].deallocate() }
    for i in 0..<2 * listCount { lists[i].axons.deallocate() }
    cores.deallocate()
    parts.deallocate()
    lists.deallocate()
  }

  private static func cores(
    of image: DigitalImage, _ firstSource: [Int]
  ) -> UnsafeMutablePointer<DigitalCoreMemory> {
    let memory = UnsafeMutablePointer<DigitalCoreMemory>.allocate(
      capacity: max(1, image.cores.count))
    let sending = Set(image.image.spikeRoutes.map(\.source.core))
    for (c, core) in image.cores.enumerated() {
      let place = DigitalCorePlace(
        parts: image.partsOfCore[c], firstSource: firstSource[c],
        hasTargets: sending.contains(image.image.cores[c].core), units: image.units[c])
      let neurons = image.image.cores[c].neuronCount
      switch core {
      case .currentBased(let tables):
        (memory + c).initialize(
          to: DigitalCoreMemory(tables, lanes: tables.lanes, neuronCount: neurons, place))
      case .crossbar(let tables):
        (memory + c).initialize(
          to: DigitalCoreMemory(nil, lanes: tables.lanes, neuronCount: neurons, place))
      }
    }
    return memory
  }

  private static func parts(of image: DigitalImage) -> UnsafeMutablePointer<PartMemory> {
    let memory = UnsafeMutablePointer<PartMemory>.allocate(capacity: max(1, image.parts.count))
    for (p, part) in image.parts.enumerated() {
      var (exponent, stride): (Int32, Int) = (0, 0)
      if case .currentBased(let tables) = image.cores[part.core] {
        (exponent, stride) = (tables.exponents[part.position], tables.lanes)
      }
      (memory + p).initialize(
        to: PartMemory(part, exponent: exponent, stride: stride, isExact: image.isExact))
    }
    return memory
  }

  /// Runs one sample.
  func run(
    _ sample: Int, of experiment: Experiment, _ registers: RegisterOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> SampleRecord {
    start(sample, experiment)
    experiment.inputs.cycles.withUnsafeBufferPointer { cycles in
      experiment.inputs.units.withUnsafeBufferPointer { channels in
        let run = Run(
          sample: sample, experiment: experiment, cycles: cycles, channels: channels,
          inputs: experiment.inputs.range(ofSample: sample),
          cyclesPerTick: image.spec.time.cyclesPerTick,
          recordsSpikes: experiment.recorded.spikes,
          hasGraded: !feed.isDone, registers: registers, cancellation: cancellation)
        for worker in workers { worker.start(run.inputs) }
        if workers.count == 1 {
          work(0, run)
        } else {
          ThreadTeam.run(workers.count) { self.work($0, run) }
        }
      }
    }
    if lastStep.load(ordering: .relaxed) != .max { throw .cancelled }
    return record(sample, experiment)
  }

  /// Puts all registers to their initial values.
  private func start(_ sample: Int, _ experiment: Experiment) {
    lastStep.store(.max, ordering: .relaxed)
    for c in image.cores.indices {
      cores[c].reset()
      crossbars[c]?.start(sampleNumber: experiment.sampleNumbers[sample])
      if case .currentBased(let tables) = image.cores[c] {
        for (lane, u) in tables.initialCurrent.enumerated() { cores[c].state.current[lane] = u }
        for (lane, v) in tables.initialVoltage.enumerated() { cores[c].state.voltage[lane] = v }
      }
    }
    for p in image.parts.indices { parts[p].reset() }
    for i in 0..<2 * listCount { lists[i].count = 0 }
    feed.start(experiment.graded.samples.isEmpty ? [] : experiment.graded.samples[sample])
    engine?.recordedDraws = experiment.draws
    engine?.start(sampleNumber: experiment.sampleNumbers[sample])
    engine?.tick = 0
  }

  /// All steps of one thread of the team.
  private func work(_ index: Int, _ run: Run) {
    let worker = workers[index]
    for tick in 0..<run.experiment.durationTicks {
      if run.hasGraded {
        if index == 0 { feed.prepare(tick) }
        barrier.wait()
      }
      advance(worker, run, tick)
      if index == 0, tick & stepsBetweenLooks == stepsBetweenLooks,
        run.cancellation?.isCancelled == true
      {
        lastStep.store(tick, ordering: .relaxed)
      }
      barrier.wait()
      collect(worker, run, tick)
      deliver(worker)
      if let engine { learn(worker, index, engine, run, tick) }
      if !run.registers.isEmpty { probe(worker, run, tick) }
      if lastStep.load(ordering: .relaxed) <= tick { return }
    }
  }

  /// The learning engine's part of a step.
  private func learn(
    _ worker: DigitalWorker, _ index: Int, _ engine: LearningEngine, _ run: Run, _ tick: Int
  ) {
    barrier.wait()
    let isDue = engine.needsEndOfStep(tick: tick)
    if index == 0 {
      if run.hasGraded { feed.deliver(to: engine) }
      if isDue { engine.connect(tick: tick) }
      engine.tick = tick + 1
    }
    barrier.wait()
    guard isDue else { return }
    for c in worker.cores {
      if run.cancellation?.isCancelled == true { return }
      engine.endOfStep(core: c, tick: tick, membranes: cores[c].state.voltage)
    }
  }

  private func record(_ sample: Int, _ experiment: Experiment) -> SampleRecord {
    var counters = engine?.counters ?? RunCounters()
    counters.ticks = experiment.durationTicks
    counters.inputEvents = experiment.inputs.range(ofSample: sample).count
    (counters.gradedEvents, counters.gradedLost) = (feed.taken, feed.lost)
    for worker in workers {
      counters.rowEvents += worker.rowEvents
      counters.synapticEvents += worker.synapticEvents
    }
    for c in image.cores.indices {
      counters.spikes += cores[c].spikeCount
      counters.synapticEvents += crossbars[c]?.synapticEvents ?? 0
    }
    let spikes = RecordedSpikes.joined(workers.map(\.spikes))
    var record = SampleRecord(cycles: spikes.cycles, units: spikes.units, counters: counters)
    record.waitedCycles = engine?.waitedCycles ?? 0
    record.learningOperations = engine?.operations ?? 0
    return record
  }
}
