import ChipInterface
import Dispatch
import HardwareSpec
import Synchronization

/// Why an emulated chip cannot be made.
public enum EmulatorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The processor lacks the instructions of the kernel that was asked for.
  case kernelNotAvailable(String, available: [String])

  /// One sentence: what, and what to try.
  public var description: String {
    switch self {
    case .kernelNotAvailable(let kernel, let available):
      return "this processor cannot run the kernel '\(kernel)'; it has "
        + available.joined(separator: ", ")
    }
  }
}

/// One device of an analog chip, emulated in fixed point with its imperfections.
///
/// The same chip seed is the same device, whatever the kernel, the number of threads or the order
/// of calls; the same trial seed and sample number are the same noise.
public final class EmulatedChip: Chip {
  /// What the chip is, and which device.
  public let info: ChipInfo
  /// The name of the kernel that advances the circuits.
  public var kernelName: String { kernel.name }

  private let settings: EmulationSettings
  private let kernel: CoreKernel
  private let draw: DeviceDraw
  private var loaded: LoadedImage?
  private var runners: [GroupRunner] = []

  /// Makes a device of a chip; an image must be loaded before it runs.
  public init(_ spec: ChipSpec, _ settings: EmulationSettings = .init()) throws(EmulatorError) {
    guard let kernel = CoreKernel(settings.kernel) else {
      throw .kernelNotAvailable(settings.kernel.rawValue, available: Self.availableKernels)
    }
    (self.settings, self.kernel) = (settings, kernel)
    draw = DeviceDraw(
      spec, seed: settings.chipSeed, mismatch: settings.mismatch, effects: settings.effects)
    info = ChipInfo(
      spec: spec, kind: "emulated", chipSeed: settings.chipSeed, trialSeed: settings.trialSeed,
      mismatch: settings.mismatch, effects: settings.effects.list, takesExactWeights: false)
  }

  /// The kernels that this processor can run.
  public static var availableKernels: [String] {
    EmulationSettings.Kernel.allCases.filter { CoreKernel($0) != nil }.map(\.rawValue)
  }

  /// Puts an image on the chip, after checking it.
  public func load(_ image: ChipImage) throws(ChipError) {
    try image.validate(against: info.spec)
    loaded = LoadedImage(image, spec: info.spec, draw: draw, effects: settings.effects)
    runners = []
  }

  /// Overwrites weights, all blocks or none.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    guard let loaded else { throw .noImage }
    var writes: [(SynapseArray, WeightBlock, [Int8])] = []
    for block in weights {
      try block.validate(against: info.spec)
      guard case .steps(let steps) = block.values else { throw .exactWeightsRefused }
      guard let slot = loaded.slot(of: block.core) else {
        throw .coreNotInImage(core: block.core.index)
      }
      writes.append((loaded.cores[slot].synapses, block, steps))
    }
    for (synapses, block, steps) in writes { synapses.write(block, steps) }
  }

  /// Runs a mini-batch over the worker threads.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    guard let loaded else { throw .noImage }
    try experiment.validate(on: info.spec, image: loaded.image)
    let output = RunOutput(experiment, loaded)
    let records = try runGroups(experiment, loaded, output, cancellation)
    return recording(experiment, output, records)
  }

  private func runGroups(
    _ experiment: Experiment, _ loaded: LoadedImage, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> [SampleRecord] {
    let samples = experiment.inputs.sampleCount
    let groups = (samples + GroupRunner.lockstep - 1) / GroupRunner.lockstep
    let workers = max(1, min(settings.threads, groups))
    while runners.count < workers { runners.append(GroupRunner(loaded, kernel, settings)) }
    let work = GroupWork(groups: groups, samples: samples)
    if workers == 1 {
      work.run(runners[0], experiment, output, cancellation)
    } else {
      nonisolated(unsafe) let runners = runners
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        work.run(runners[worker], experiment, output, cancellation)
      }
    }
    return try work.records()
  }

  private func recording(
    _ experiment: Experiment, _ output: RunOutput, _ records: [SampleRecord]
  ) -> Recording {
    var (spikes, counters) = (SpikeBatch(), RunCounters())
    for record in records {
      spikes.cycles += record.cycles
      spikes.units += record.units
      spikes.offsets.append(spikes.cycles.count)
      counters += record.counters
    }
    let ticks = experiment.durationTicks * records.count
    return Recording(
      spikes: spikes, adc: output.allCodes, adcColumns: output.adcColumns,
      adcTimes: output.adcTimes, traces: output.allTraces, counters: counters,
      hardwareSeconds: Double(ticks) * info.spec.time.tickSeconds)
  }
}

/// The groups of a mini-batch, handed out to workers one after the other.
private final class GroupWork: Sendable {
  private let next = Atomic<Int>(0)
  private let results: Mutex<[Int: Result<[SampleRecord], ChipError>]> = .init([:])
  private let groups, samples: Int

  init(groups: Int, samples: Int) { (self.groups, self.samples) = (groups, samples) }

  func run(
    _ runner: GroupRunner, _ experiment: Experiment, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) {
    while true {
      let group = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if group >= groups { return }
      let start = group * GroupRunner.lockstep
      let range = start..<min(start + GroupRunner.lockstep, samples)
      let result: Result<[SampleRecord], ChipError>
      do throws(ChipError) {
        if cancellation?.isCancelled == true { throw .cancelled }
        result = .success(try runner.run(range, of: experiment, output, cancellation))
      } catch {
        result = .failure(error)
      }
      results.withLock { $0[group] = result }
    }
  }

  func records() throws(ChipError) -> [SampleRecord] {
    let results = results.withLock { $0 }
    var records: [SampleRecord] = []
    for group in 0..<groups {
      guard let result = results[group] else { throw .cancelled }
      records += try result.get()
    }
    return records
  }
}
