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
  var cycles: [[UInt32]]
  var units: [[UInt32]]
  private let inputs: SpikeBatch
  private let recordsSpikes: Bool

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
    cycles = Array(repeating: [], count: range.count)
    units = Array(repeating: [], count: range.count)
  }

  @inline(__always)
  func cycle(_ input: Int) -> UInt32 { inputs.cycles[input] }

  @inline(__always)
  func channel(_ input: Int) -> Int { Int(inputs.units[input]) }

  @inline(__always)
  mutating func record(_ s: Int, unit: Int32, tick: Int, phase: Int) {
    guard recordsSpikes, unit >= 0 else { return }
    cycles[s].append(UInt32(tick * cyclesPerTick + phase / phasesPerCycle))
    units[s].append(UInt32(unit))
  }
}
