import ChipInterface
import HardwareSpec

/// A chip that has its answers ready: what is measured with it is the line alone.
final class CannedChip: Chip {
  let info: ChipInfo
  private var image: ChipImage?
  private var codes: [UInt8] = []

  init(_ spec: ChipSpec) {
    info = ChipInfo(
      spec: spec, kind: "canned", chipSeed: 0, trialSeed: 0, mismatch: nil, effects: [],
      takesExactWeights: false)
  }

  func load(_ image: ChipImage) throws(ChipError) {
    try image.validate(against: info.spec)
    self.image = image
  }

  func write(_ weights: [WeightBlock]) throws(ChipError) {}

  func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    guard let image else { throw .noImage }
    try experiment.validate(on: info.spec, image: image)
    let (samples, recorded) = (experiment.inputs.sampleCount, experiment.recorded)
    let columns = recorded.adcPopulations.reduce(0) { sum, name in
      sum + (image.io.population(name)?.ranges ?? []).reduce(0) { $0 + $1.count }
    }
    let times = recorded.adcSamples(ticks: experiment.durationTicks)
    let count = samples * times * columns
    if codes.count != count {
      codes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 3) }
    }
    var counters = RunCounters()
    counters.ticks = experiment.durationTicks * samples
    return Recording(
      spikes: SpikeBatch(offsets: Array(repeating: 0, count: samples + 1), cycles: [], units: []),
      adc: codes, adcColumns: columns, adcTimes: times, traces: [], counters: counters,
      hardwareSeconds: Double(counters.ticks) * info.spec.time.tickSeconds)
  }

  func snapshot() throws(ChipError) -> ChipState {
    guard let image else { throw .noImage }
    return ChipState(imageHash: try hash(image))
  }

  func restore(_ state: ChipState) throws(ChipError) {}

  private func hash(_ image: ChipImage) throws(ChipError) -> String {
    guard let bytes = try? image.encoded(spec: info.spec) else { throw .noImage }
    return ContentHash.hexadecimal(of: bytes)
  }

  /// A run of 16 MB of ADC codes, in 64 samples of the network of W4.
  static var bulkExperiment: Experiment {
    let samples = 64
    return Experiment(
      durationTicks: 1000,
      inputs: SpikeBatch(offsets: Array(repeating: 0, count: samples + 1), cycles: [], units: []),
      sampleNumbers: (0..<UInt64(samples)).map { $0 },
      recorded: RecordingRequest(spikes: false, adcPopulations: ["hidden"], adcEvery: 1))
  }
}
