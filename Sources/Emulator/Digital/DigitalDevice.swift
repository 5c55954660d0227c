import ChipInterface
import HardwareSpec

/// A digital chip: what the emulated and the ideal chip are where the chip file says `digital:`.
///
/// Integer circuits have no imperfections: both are the same, but for weights that are learned as
/// real numbers on the ideal chip.
final class DigitalDevice {
  let spec: ChipSpec
  let digital: DigitalSpec
  private let kernel: DigitalKernel
  private let settings: EmulationSettings
  let isExact: Bool
  private(set) var loaded: DigitalImage?
  private(set) var engine: LearningEngine?
  /// The image as it was loaded, without what was written since.
  private(set) var original: ChipImage?
  /// Whether weights were overwritten since.
  private var isWritten = false
  /// Whether weights were overwritten, or may have been learned, since.
  var isTouched: Bool { isWritten || engine?.hasLearned == true }
  /// The content hash of the image as it was loaded, once somebody has asked for it.
  var knownHash: String?
  private var runners: [DigitalRunner] = []

  /// Makes a device; nil where the chip is analog.
  init?(
    _ spec: ChipSpec, _ kernel: DigitalKernel, _ settings: EmulationSettings, isExact: Bool
  ) {
    guard let digital = spec.digital else { return nil }
    (self.spec, self.digital, self.kernel) = (spec, digital, kernel)
    (self.settings, self.isExact) = (settings, isExact)
  }

  /// Puts an image on the chip, after checking it.
  func load(_ image: ChipImage) throws(ChipError) {
    try image.validate(against: spec)
    try put(image)
    knownHash = nil
  }

  /// Puts a checked image on the chip.
  func put(_ image: ChipImage) throws(ChipError) {
    let loaded = DigitalImage(image, spec, digital, isExact: isExact)
    engine = try LearningEngine(
      image, spec, sites: loaded.sites, trialSeed: settings.trialSeed,
      LearningKernel(named: kernel.name))
    (self.loaded, original, isWritten) = (loaded, image, false)
    runners = []
  }

  /// Puts other weights on the chip; what learns is that of the image before.
  func exchange(_ image: ChipImage, after previous: DigitalImage) {
    loaded = DigitalImage(image, spec, digital, isExact: isExact, after: previous)
    (runners, isWritten) = ([], true)
  }

  /// Notes that weights differ from those of the image.
  func touch() { isWritten = true }

  /// Overwrites weights of synapses that exist, all blocks or none.
  func write(_ weights: [WeightBlock]) throws(ChipError) {
    guard let loaded else { throw .noImage }
    self.loaded = try loaded.writing(weights, spec, digital)
    (runners, isWritten) = ([], isWritten || !weights.isEmpty)
  }

  /// Runs a mini-batch: samples are shared out among the threads, or the cores of one sample; where
  /// synapses learn, samples run one after the other.
  func run(
    _ experiment: Experiment, _ cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    guard let loaded else { throw .noImage }
    try experiment.validate(on: spec, image: loaded.image)
    try experiment.refuseAnalogReadout(on: spec)
    let played = loaded.playback.play(experiment, cyclesPerTick: spec.time.cyclesPerTick)
    let registers = RegisterOutput(experiment, loaded.image)
    let samples = experiment.inputs.sampleCount
    let inOrder = loaded.learns || samples == 1
    let count = inOrder ? 1 : max(1, min(settings.threads, samples))
    prepareRunners(loaded, count, team: inOrder ? team(loaded) : 1)
    let runners = runners
    let records = try ParallelWork(items: samples).run(workers: count) {
      worker, sample throws(ChipError) in
      if cancellation?.isCancelled == true { throw .cancelled }
      return [try runners[worker].run(sample, of: played.experiment, registers, cancellation)]
    }
    var recording = recording(experiment, records, registers)
    recording.counters.account(for: played)
    return recording
  }

  private func team(_ loaded: DigitalImage) -> Int {
    let worthwhile = Int(loaded.expectedNanoseconds / settings.stepNanosecondsPerThread)
    return max(1, min(settings.threads, loaded.cores.count, worthwhile))
  }

  private func prepareRunners(_ loaded: DigitalImage, _ count: Int, team: Int) {
    if let first = runners.first, first.workers.count != team { runners = [] }
    let routes =
      runners.first?.workers.map(\.routes) ?? DigitalRoutes.shares(of: loaded, team: team)
    while runners.count < count {
      runners.append(DigitalRunner(loaded, kernel, engine, routes))
    }
  }

  private func recording(
    _ experiment: Experiment, _ records: [SampleRecord], _ registers: RegisterOutput
  ) -> Recording {
    var recording = Recording(
      spikes: SpikeBatch(joining: records), adc: [], adcColumns: 0, adcTimes: 0, traces: [],
      counters: records.reduce(into: RunCounters()) { $0 += $1.counters }, hardwareSeconds: 0)
    recording.registers = registers.all
    recording.charge(RunCharges(experiment, records, spec))
    return recording
  }
}

extension SpikeBatch {
  /// The spikes of all samples; those of a single one are not copied.
  fileprivate init(joining records: [SampleRecord]) {
    self.init()
    if records.count == 1 {
      self.init(
        offsets: [0, records[0].cycles.count], cycles: records[0].cycles, units: records[0].units)
      return
    }
    for record in records {
      cycles += record.cycles
      units += record.units
      offsets.append(cycles.count)
    }
  }
}

extension Experiment {
  /// A digital chip has no converters, sensors and queues to look at.
  fileprivate func refuseAnalogReadout(on spec: ChipSpec) throws(ChipError) {
    let asked: [(String, Bool)] = [
      ("column ADC", !recorded.adcPopulations.isEmpty),
      ("membrane traces in volts", !recorded.tracedCircuits.isEmpty),
      ("fast ADC", recorded.fastADC != nil),
      ("correlation sensors", !recorded.sensedCores.isEmpty),
      ("queues", !recorded.probedCores.isEmpty),
    ]
    if let (part, _) = asked.first(where: \.1) {
      throw .notOnDigitalChip(part: part, chip: spec.name)
    }
  }
}
