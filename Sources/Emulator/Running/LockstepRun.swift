import ChipInterface
import HardwareSpec

/// What changes while a group of samples runs: positions in the inputs, spikes, counts.
struct LockstepRun {
  /// The first sample of the group, and how many.
  let first, count: Int
  let cyclesPerTick, phasesPerCycle: Int
  let randomness: [TrialRandomness]
  /// The part of the batch's spikes that belongs to each sample.
  let firstInput, lastInput: [Int]
  var nextInput: [Int]
  var counters: [RunCounters]
  let recordsSpikes: Bool
  private let inputs: SpikeBatch

  init(
    _ range: Range<Int>, _ experiment: Experiment, _ loaded: LoadedImage,
    _ settings: EmulationSettings
  ) {
    (first, count) = (range.lowerBound, range.count)
    cyclesPerTick = loaded.spec.time.cyclesPerTick
    phasesPerCycle = 64 / cyclesPerTick
    randomness = range.map { sample in
      TrialRandomness(
        trialSeed: settings.trialSeed, sample: experiment.sampleNumbers[sample],
        jitter: settings.effects.contains(.jitter), loaded.spec.imperfections)
    }
    inputs = experiment.inputs
    recordsSpikes = experiment.recorded.spikes
    firstInput = range.map { experiment.inputs.offsets[$0] }
    lastInput = range.map { experiment.inputs.offsets[$0 + 1] }
    nextInput = firstInput
    counters = Array(repeating: RunCounters(), count: range.count)
  }

  @inline(__always)
  func cycle(_ input: Int) -> UInt32 { inputs.cycles[input] }

  @inline(__always)
  func channel(_ input: Int) -> Int { Int(inputs.units[input]) }
}
