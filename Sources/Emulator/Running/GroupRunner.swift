import CEmulatorKernels
import ChipInterface
import HardwareSpec
import Synchronization

/// Runs groups of samples tick by tick, on one thread or on a team that shares out the cores.
///
/// A team's threads work on their own cores at the same time; what joins cores - spikes on their
/// way, inputs - happens between two barriers on one thread. Results do not depend on the team.
final class GroupRunner: @unchecked Sendable {
  /// Samples that run in lockstep; of 1, 2 and 4 the fastest by measurement: four crowd the cache.
  static let lockstep = 2

  /// What the threads of a team read while they run a group.
  private struct Run: @unchecked Sendable {
    let range: Range<Int>
    let experiment: Experiment
    let inputs: RunInputs
    let output: RunOutput
    let cancellation: Cancellation?
    let every: Int
    let routesSpikes, observes, senses, hasBackground: Bool
    /// Whether any core learns, or graded events come.
    let learns: Bool
    /// Whether anything but spikes comes to the ports.
    let feeds: Bool
  }

  let group: SampleGroup
  private let workers: [TickWorker]
  private let barrier: TickBarrier
  /// Whether circuits of one group are advanced by different threads.
  private let couplesWorkers: Bool
  /// Whether a thread advances joined circuits of another one's cores.
  private let joinsWorkers: Bool
  /// Whether the threads share out the spike network.
  private let sharesNetwork: Bool
  private let isStopped = Atomic<Bool>(false)
  /// One less than the ticks, a power of two, after which the host may end a run.
  private let ticksBetweenLooks: Int

  /// Makes a runner for up to `capacity` samples at once.
  init(
    _ loaded: LoadedImage, _ kernel: CoreKernel, _ settings: EmulationSettings, capacity: Int,
    team: Int
  ) {
    group = SampleGroup(loaded, kernel, settings, capacity: capacity)
    let isLong = loaded.learning != nil || loaded.cores.reduce(0) { $0 + $1.lanes } > 1 << 12
    ticksBetweenLooks = isLong ? 0 : 15
    let lanes = loaded.cores.map(\.lanes).max() ?? 0
    workers = Self.shares(of: loaded.cores.count, team).map {
      TickWorker(cores: $0, lanes: lanes, capacity: capacity, isOneOfSeveral: team > 1)
    }
    for worker in workers {
      worker.clusters = group.coupled?.clusters(startingIn: worker.cores) ?? 0..<0
    }
    barrier = TickBarrier(team: team)
    let shares = workers.map(\.cores)
    let joined = JoinedShares(loaded.joined?.slots ?? [], shares)
    for (worker, clusters) in zip(workers, joined.clusters) { worker.joined = clusters }
    joinsWorkers = joined.crossBorders
    sharesNetwork = team > 1 && group.partCount > 1
    for (worker, parts) in zip(workers, loaded.network?.shares(team) ?? []) {
      worker.networkParts = parts
    }
    couplesWorkers =
      loaded.coupling?.clusters.contains { cluster in
        shares.count { share in cluster.contains { share.contains($0) } } > 1
      } ?? false
  }

  /// Neighbouring cores for each of a team, in whole words of the attention bytes where possible.
  private static func shares(of cores: Int, _ team: Int) -> [Range<Int>] {
    let word = cores >= 8 * team ? 8 : 1
    let bounds = (0...team).map { min(cores, (cores * $0 / team + word - 1) / word * word) }
    return (0..<team).map { bounds[$0]..<($0 == team - 1 ? cores : bounds[$0 + 1]) }
  }

  /// Runs the samples `range`, and writes ADC codes and traces to `output`.
  func run(
    _ range: Range<Int>, of experiment: Experiment, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> [SampleRecord] {
    guard group.start(range, experiment, cancellation) else { throw .cancelled }
    for worker in workers { worker.start() }
    isStopped.store(false, ordering: .relaxed)
    let time = group.loaded.spec.time
    experiment.inputs.cycles.withUnsafeBufferPointer { cycles in
      experiment.inputs.units.withUnsafeBufferPointer { channels in
        let inputs = RunInputs(
          cycles: cycles, channels: channels, cyclesPerTick: time.cyclesPerTick,
          phasesPerCycle: 64 / time.cyclesPerTick, recordsSpikes: experiment.recorded.spikes)
        let hasBackground = !group.loaded.image.backgroundSources.isEmpty
        let learns = group.loaded.learning != nil || group.graded != nil
        let run = Run(
          range: range, experiment: experiment, inputs: inputs, output: output,
          cancellation: cancellation, every: experiment.recorded.adcEvery,
          routesSpikes: group.loaded.routesSpikes, observes: output.observes,
          senses: !output.sensed.isEmpty,
          hasBackground: hasBackground, learns: learns,
          feeds: hasBackground || learns || !inputs.cycles.isEmpty)
        sendInputs(run, tick: 0)
        if run.learns { group.prepareGraded(0) }
        ThreadTeam.run(workers.count) { self.work($0, run) }
      }
    }
    // What was learned is stored when it is asked for: that takes long on a thousand cores.
    if isStopped.load(ordering: .relaxed) { throw .cancelled }
    group.loaded.learning?.endSample()
    return range.indices.map { sample in
      group.readSensors(sample - range.lowerBound, sample: sample, output)
      return record(sample - range.lowerBound, experiment)
    }
  }

  /// All ticks of one thread of the team.
  private func work(_ index: Int, _ run: Run) {
    let (worker, count) = (workers[index], run.range.count)
    for tick in 0..<run.experiment.durationTicks {
      group.advance(worker, count, tick)
      if group.joined != nil { join(worker, count) }
      if run.learns { group.teach(worker) }
      if group.coupled != nil { couple(worker, count) }
      group.record(worker, run.inputs, count, tick)
      if run.senses { group.sense(worker, count, tick) }
      if run.routesSpikes { group.collect(worker, count, tick) }
      if run.observes { group.observe(worker, run.range, run.output, run.every, tick) }
      if run.learns { group.markLearning(worker, tick) }
      barrier.wait()
      if sharesNetwork {
        for part in worker.networkParts { group.transport(part: part, count, tick) }
        if run.feeds { barrier.wait() }
      }
      if index == 0 { connect(run, tick) }
      barrier.wait()
      if run.learns { learn(worker, run, tick) }
      if isStopped.load(ordering: .relaxed) { return }
    }
  }

  /// Ends the tick for the learning engines of a thread's cores, and reads their registers.
  private func learn(_ worker: TickWorker, _ run: Run, _ tick: Int) {
    group.endLearningTick(worker, tick, run.cancellation)
    if run.output.registers.isEmpty { return }
    group.readRegisters(worker, sample: run.range.lowerBound, run.output.registers, tick)
  }

  /// Advances a thread's clusters of joined circuits, between barriers where others own some cores.
  private func join(_ worker: TickWorker, _ count: Int) {
    if joinsWorkers { barrier.wait() }
    group.stepJoined(worker, count)
    if joinsWorkers { barrier.wait() }
  }

  /// Mixes the coupled circuits of a thread's clusters, and compares the thread's coupled cores.
  private func couple(_ worker: TickWorker, _ count: Int) {
    if couplesWorkers { barrier.wait() }
    group.mix(worker, count)
    if couplesWorkers { barrier.wait() }
    group.compareCoupled(worker, count)
    if couplesWorkers { barrier.wait() }
    group.spreadSpikes(worker, count)
    if couplesWorkers { barrier.wait() }
  }

  /// What joins the cores, between two ticks: spikes on their way, unless the threads share them out,
  /// and the next tick's inputs.
  private func connect(_ run: Run, _ tick: Int) {
    if run.routesSpikes, !sharesNetwork {
      if group.networks != nil {
        group.transport(run.range.count, tick)
      } else {
        for worker in workers { group.forward(worker, run.range.count, tick) }
      }
    }
    sendInputs(run, tick: tick + 1)
    if run.learns {
      group.connectLearning(tick)
      group.prepareGraded(tick + 1)
    }
    if tick & ticksBetweenLooks == ticksBetweenLooks, run.cancellation?.isCancelled == true {
      isStopped.store(true, ordering: .relaxed)
    }
  }

  private func sendInputs(_ run: Run, tick: Int) {
    for s in 0..<run.range.count {
      group.sendInputs(run.inputs, s, tick)
      if run.hasBackground { group.sendBackground(s, tick) }
    }
  }

  private func record(_ s: Int, _ experiment: Experiment) -> SampleRecord {
    let lists =
      workers.count == 1
      ? workers[0].logs[s].lists
      : SpikeLog.merged(workers.map { ($0.logs[s], $0.tickEnds[s]) })
    var record = SampleRecord(
      cycles: lists.cycles, units: lists.units, counters: group.counters(s, experiment))
    if let engine = group.loaded.learning?.engine {
      (record.learningOperations, record.waitedCycles) = (engine.operations, engine.waitedCycles)
    }
    return record
  }
}
