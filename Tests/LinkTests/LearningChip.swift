import ChipInterface
import Foundation
import HardwareSpec
import Synchronization

/// What a learning chip does beside learning, by the test's will.
final class LearnerLog: Sendable {
  /// The weight at which a run fails, once; 0: none.
  let failsAt = Atomic<Int>(0)
  /// How often a state was put back.
  let restores = Atomic<Int>(0)

  func fails(at weight: Int) -> Bool {
    failsAt.compareExchange(expected: weight, desired: 0, ordering: .relaxed).exchanged
  }
}

/// A chip whose only weight grows by one a sample, so that every sample counts.
final class LearningChip: Chip {
  let info: ChipInfo
  private let log: LearnerLog
  private let secondsPerSample: Double
  /// ADC codes of a sample.
  private let codes: Int
  private var hash: String?
  private var weight = 0

  init(_ spec: ChipSpec, _ log: LearnerLog, secondsPerSample: Double = 0, codes: Int = 0) {
    (self.log, self.secondsPerSample, self.codes) = (log, secondsPerSample, codes)
    info = ChipInfo(
      spec: spec, kind: "learning", chipSeed: 0, trialSeed: 0, mismatch: nil, effects: [],
      takesExactWeights: false)
  }

  func load(_ image: ChipImage) throws(ChipError) {
    (hash, weight) = (try image.stateHash(on: info.spec), 0)
  }

  func write(_ weights: [WeightBlock]) throws(ChipError) {}

  func run(_ experiment: Experiment, cancellation: Cancellation?) throws(ChipError) -> Recording {
    for _ in 0..<experiment.inputs.sampleCount {
      if cancellation?.isCancelled == true { throw .cancelled }
      weight += 1
      if log.fails(at: weight) { throw .exactWeightsRefused }
      if secondsPerSample > 0 { Thread.sleep(forTimeInterval: secondsPerSample) }
    }
    let samples = experiment.inputs.sampleCount
    return Recording(
      spikes: SpikeBatch(offsets: Array(repeating: 0, count: samples + 1), cycles: [], units: []),
      adc: Array(repeating: UInt8(weight & 0xFF), count: samples * codes), adcColumns: codes,
      adcTimes: 1, traces: [], counters: RunCounters(), hardwareSeconds: 0)
  }

  func snapshot() throws(ChipError) -> ChipState {
    guard let hash else { throw .noImage }
    var core = CoreState(slot: 0)
    core.projections = [ProjectionState(position: 0, weights: [Int16(weight)])]
    return ChipState(imageHash: hash, cores: weight == 0 ? [] : [core])
  }

  func restore(_ state: ChipState) throws(ChipError) {
    guard state.imageHash == hash else {
      throw .stateOfAnotherImage(state: state.imageHash, image: hash ?? "")
    }
    weight = Self.weight(of: state)
    log.restores.add(1, ordering: .relaxed)
  }

  static func weight(of state: ChipState) -> Int {
    state.cores.first.map { Int($0.projections[0].weights[0]) } ?? 0
  }
}
