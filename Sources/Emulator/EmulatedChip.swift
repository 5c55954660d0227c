import CEmulatorKernels
import ChipInterface
import HardwareSpec

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

  let settings: EmulationSettings
  let kernel: CoreKernel
  private let draw: DeviceDraw
  private(set) var loaded: LoadedImage?
  /// What stands in the place of circuits and synapse arrays on a digital chip; nil: analog.
  let digital: DigitalDevice?
  private var runners: [GroupRunner] = []
  private var plan: WorkPlan?

  /// Makes a device of a chip; an image must be loaded before it runs.
  public init(_ spec: ChipSpec, _ settings: EmulationSettings = .init()) throws(EmulatorError) {
    guard let kernel = CoreKernel(settings.kernel) else {
      throw .kernelNotAvailable(settings.kernel.rawValue, available: Self.availableKernels)
    }
    (self.settings, self.kernel) = (settings, kernel)
    draw = DeviceDraw(spec, settings)
    digital = DigitalDevice(spec, DigitalKernel(kernel), settings, isExact: false)
    info = ChipInfo(
      spec: spec, kind: "emulated", chipSeed: settings.chipSeed, trialSeed: settings.trialSeed,
      mismatch: settings.mismatch, effects: settings.effects.list, takesExactWeights: false)
  }

  /// The kernels that this processor can run.
  public static var availableKernels: [String] {
    EmulationSettings.Kernel.allCases.filter { CoreKernel($0) != nil }.map(\.rawValue)
  }

  /// Lets the process keep the memory that recordings free, for the next ones.
  ///
  /// For programs that run chips over and over: without it half of a short run is page faults.
  public static func keepFreedMemory() { synapus_keep_freed_memory() }

  /// Puts an image on the chip, after checking it.
  public func load(_ image: ChipImage) throws(ChipError) {
    if let digital { return try digital.load(image) }
    try image.validate(against: info.spec)
    let before = (loaded?.image.cores ?? []).map { ($0.core, $0.circuits) }
    try put(image, before: Dictionary(before) { a, _ in a })
  }

  /// Puts a checked image on the chip, whose parameter cells hold the codes of other circuits.
  func put(
    _ image: ChipImage, before: [CoreOnChip: [CircuitSettings]]
  ) throws(ChipError) {
    let spread = settings.effects.contains(.mismatch) ? info.spec.coupling?.conductanceSpread : nil
    let loaded = LoadedImage(
      image, spec: info.spec, draw: draw,
      conductances: ConductanceDraw(chipSeed: settings.chipSeed, spread: spread ?? 0),
      before: before)
    try loaded.startLearning(settings, kernel)
    self.loaded = loaded
    (runners, plan) = ([], nil)
  }

  /// Overwrites weights, all blocks or none.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    if let digital { return try digital.write(weights) }
    guard let loaded else { throw .noImage }
    try loaded.image.validate(weights, on: info.spec, exact: false)
    loaded.learning?.endSample()
    for block in weights {
      guard case .steps(let steps) = block.values, let slot = loaded.slot(of: block.core) else {
        continue
      }
      loaded.cores[slot].synapses.write(block, steps)
      loaded.learning?.write(block, core: slot)
    }
  }

  /// Synapses whose effective weight is clipped at its largest, 255 steps, since the last write.
  public var clippedWeights: Int {
    loaded?.learning?.endSample()
    return loaded?.cores.reduce(0) { $0 + $1.synapses.clipped } ?? 0
  }

  /// The effective weight of a synapse, in steps up to 255, with all fixed-pattern errors in it;
  /// nil where the image has no such core or the core no such synapse.
  public func effectiveWeight(core: CoreOnChip, row: Int, column: Int) -> UInt8? {
    guard let loaded, let slot = loaded.slot(of: core) else { return nil }
    return loaded.cores[slot].synapses.effectiveWeight(row: row, column: column)
  }

  /// Whether the link from a core to its neighbour loses every event on this device.
  public func hasDeadLink(from a: CoreOnChip, to b: CoreOnChip) -> Bool {
    draw.hasDeadLink(from: a, to: b)
  }

  /// Runs a mini-batch over the worker threads.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    if let digital { return try digital.run(experiment, cancellation) }
    guard let loaded else { throw .noImage }
    try experiment.validate(on: info.spec, image: loaded.image)
    let played = loaded.playback.play(experiment, cyclesPerTick: info.spec.time.cyclesPerTick)
    let output = RunOutput(experiment, loaded.image, info.spec)
    let records = try runGroups(played.experiment, loaded, output, cancellation)
    var recording = Recording(experiment, output, records, info.spec)
    recording.counters.account(for: played)
    recording.counters.weightsClipped = clippedWeights
    return recording
  }

  private func runGroups(
    _ experiment: Experiment, _ loaded: LoadedImage, _ output: RunOutput,
    _ cancellation: Cancellation?
  ) throws(ChipError) -> [SampleRecord] {
    let samples = experiment.inputs.sampleCount
    let plan = WorkPlan(
      samples: samples, cores: loaded.cores.count, threads: settings.threads,
      inOrder: loaded.learning != nil || !experiment.graded.isEmpty)
    if plan != self.plan {
      (self.plan, runners) = (plan, [])
    }
    while runners.count < plan.runners {
      runners.append(
        GroupRunner(loaded, kernel, settings, capacity: plan.lockstep, team: plan.team))
    }
    let runners = runners
    return try ParallelWork(items: plan.groups).run(workers: plan.runners) {
      worker, group throws(ChipError) in
      if cancellation?.isCancelled == true { throw .cancelled }
      let start = group * plan.lockstep
      let range = start..<min(start + plan.lockstep, samples)
      return try runners[worker].run(range, of: experiment, output, cancellation)
    }
  }
}
