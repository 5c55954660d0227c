import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// What changes while one sample runs: its randomness and its place in the inputs.
struct SampleRun {
  var randomness: TrialRandomness
  /// The part of the batch's input events that belongs to the sample.
  var firstInput, nextInput, lastInput: Int

  /// Starts a sample of an experiment.
  mutating func start(
    _ sample: Int, of experiment: Experiment, _ spec: ChipSpec, _ settings: EmulationSettings
  ) {
    randomness = TrialRandomness(
      trialSeed: settings.trialSeed, sample: experiment.sampleNumbers[sample],
      jitter: settings.effects.contains(.jitter), spec.imperfections)
    firstInput = experiment.inputs.offsets[sample]
    (nextInput, lastInput) = (firstInput, experiment.inputs.offsets[sample + 1])
  }

  /// A run without a sample.
  static func idle(_ spec: ChipSpec) -> SampleRun {
    SampleRun(
      randomness: TrialRandomness(trialSeed: 0, sample: 0, jitter: false, spec.imperfections),
      firstInput: 0, nextInput: 0, lastInput: 0)
  }
}

/// What a group of samples reads while it runs, without the cost of arrays.
struct RunInputs {
  let cycles: UnsafeBufferPointer<UInt32>
  let channels: UnsafeBufferPointer<UInt32>
  let cyclesPerTick, phasesPerCycle: Int
  let recordsSpikes: Bool
}

/// What the runner needs of a core at every tick, without the cost of objects.
struct CoreView {
  let index: Int
  let constants: UnsafePointer<synapus_core_constants>
  let weights: UnsafePointer<UInt8>
  let nonZero: UnsafePointer<Int32>
  let starts: UnsafePointer<Int32>
  let targets: UnsafePointer<RouteTable.Target>
  /// The recorded unit of each column, or −1.
  let units: UnsafePointer<Int32>
  /// Whether any circuit's spikes go anywhere on the chip.
  let hasTargets: Bool
  /// Whether the core may be left alone while it rests.
  let canSleep: Bool
  /// Whether its circuits are joined with others', and advance with their cluster.
  let isJoined: Bool
  /// The full circuits, which live as long as the image; nil where all circuits are plain.
  let full: Unmanaged<FullCore>?
}
