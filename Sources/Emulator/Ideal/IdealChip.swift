import ChipInterface
import HardwareSpec

/// The chip without imperfections, in double precision: the null model and the fidelity oracle.
///
/// Circuits are nominal, weights are the image's or real numbers, nothing is lost, saturated or
/// noisy; causality, routes and the ADC's rounding are those of the chip. Software training runs
/// on it.
public final class IdealChip: Chip {
  /// What the chip is.
  public let info: ChipInfo

  private let threads: Int
  private(set) var loaded: IdealImage?
  /// What stands in the place of circuits and synapse arrays on a digital chip; nil: analog.
  let digital: DigitalDevice?
  private var runners: [IdealRunner] = []

  /// Makes an ideal chip after a chip file.
  public init(_ spec: ChipSpec, threads: Int = 1) {
    self.threads = max(1, threads)
    digital = DigitalDevice(
      spec, .fastest, EmulationSettings(threads: threads), isExact: true)
    info = ChipInfo(
      spec: spec, kind: "ideal", chipSeed: 0, trialSeed: 0, mismatch: 0, effects: [],
      takesExactWeights: true)
  }

  /// Puts an image on the chip, after checking it.
  public func load(_ image: ChipImage) throws(ChipError) {
    if let digital { return try digital.load(image) }
    try image.validate(against: info.spec)
    try put(image)
  }

  /// Puts a checked image on the chip.
  func put(_ image: ChipImage) throws(ChipError) {
    let loaded = IdealImage(image, info.spec)
    try loaded.startLearning()
    self.loaded = loaded
    runners = []
  }

  /// Overwrites weights, all blocks or none; real numbers are welcome.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    if let digital { return try digital.write(weights) }
    guard let loaded else { throw .noImage }
    try loaded.image.validate(weights, on: info.spec, exact: true)
    for block in weights {
      loaded.cores.first { $0.core == block.core }?.write(block)
      loaded.learning?.write(block)
    }
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
    let samples = experiment.inputs.sampleCount
    // Samples that learn run one after the other.
    let workers = loaded.learning != nil ? 1 : max(1, min(threads, samples))
    while runners.count < workers { runners.append(try IdealRunner(loaded, cancellation)) }
    let work = ParallelWork(items: samples)
    nonisolated(unsafe) let runners = runners
    let records = try work.run(workers: workers) { worker, sample throws(ChipError) in
      if cancellation?.isCancelled == true { throw .cancelled }
      return [try runners[worker].run(sample, of: played.experiment, output, cancellation)]
    }
    var recording = Recording(experiment, output, records, info.spec)
    recording.counters.account(for: played)
    return recording
  }
}
