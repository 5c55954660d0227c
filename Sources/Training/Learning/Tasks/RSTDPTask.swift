import ChipInterface
import HardwareSpec

/// Reward-modulated STDP: two stimuli, two actions, and a reward for the right one.
///
/// Each stimulus is a random half of 32 inputs, so that half of a stimulus belongs to the other one
/// as well, with Poisson spikes drawn anew in every trial. The reward is 1 or 0 less its running
/// mean for that stimulus: with one mean for both, the reward that one stimulus still lacks
/// unlearns the other (Frémaux, Sprekeler and Gerstner 2010).
public struct RSTDPTask: LearningTask {
  /// The name on the command line.
  public let name = "r-stdp"
  /// One sentence on what is learnt.
  public let summary = "two stimuli each call for another action; reward alone tells which"
  /// The rules that run.
  public let rules = ["r-stdp"]
  /// Passes over 20 trials.
  public let defaultEpochs = 20

  private let inputs = 32, trialsPerEpoch = 20, testTrials = 200, interval = 14.0

  /// Makes the task.
  public init() {}

  /// Learns over epochs of 20 trials, then counts right choices in 200 trials without reward.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("r-stdp", on: chip.info.spec)
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.0166)
    neuron.inhibitoryPeakPerStep = 0.025
    let layer = try RewardedChoice(
      program, inputs: inputs, actions: 2, neuronsPerAction: 8, neuron: neuron, inhibition: 6,
      weights: 5...9, setting, on: chip)
    var random = SequentialRandom(seed: setting.seed, stream: 0x5253_5444)
    let order = random.permutation(inputs)
    let stimuli = [Array(order[..<(inputs / 2)]), Array(order[(inputs / 4)..<(3 * inputs / 4)])]
    var (means, curve) = ([0.5, 0.5], [Double]())
    var before = 0.0
    for epoch in 0..<setting.epochs {
      var right = 0.0
      for _ in 0..<trialsPerEpoch {
        let (stimulus, correct) = try trial(layer, stimuli, &random)
        layer.reward(Int((64 * (correct - means[stimulus])).rounded()))
        means[stimulus] += 0.1 * (correct - means[stimulus])
        right += correct
      }
      if epoch == 0 { before = right / Double(trialsPerEpoch) }
      curve.append(right / Double(trialsPerEpoch))
      setting.progress(
        .init(
          fraction: Double(epoch + 1) / Double(setting.epochs + testTrials / trialsPerEpoch),
          note: "right \(Int(right)) of \(trialsPerEpoch)"))
    }
    var right = 0.0
    for _ in 0..<testTrials { right += try trial(layer, stimuli, &random).correct }
    return LearningResult(
      figures: [
        LearningFigure(
          "right choices, fraction of trials", measured: right / Double(testTrials), chance: 0.5,
          required: 0.95)
      ],
      measures: [
        ("right choices in the first epoch", before),
        ("trials learnt from", Double(setting.epochs * trialsPerEpoch)),
      ],
      curve: curve, counters: layer.counters, hardwareSeconds: layer.hardwareSeconds)
  }

  /// Shows a stimulus: 1 for the right action, 0 for the other.
  private func trial(
    _ layer: RewardedChoice, _ stimuli: [[Int]], _ random: inout SequentialRandom
  ) throws(TrainingError) -> (stimulus: Int, correct: Double) {
    let stimulus = Int(random.uniform() * 2)
    var spikes: [(tick: Int, input: Int)] = []
    for input in stimuli[stimulus] {
      for tick in RewardedChoice.stimulusTicks where random.uniform() < 1 / interval {
        spikes.append((tick, input))
      }
    }
    return (stimulus, try layer.act(on: spikes) == stimulus ? 1 : 0)
  }
}
