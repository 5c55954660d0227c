import ChipInterface
import HardwareSpec

/// A layer of actions on the chip that learns by reward which one a stimulus asks for.
///
/// A sample runs 15 epochs of 16 ticks. The rule's u3 products act in the eighth: there the reward
/// for the action before meets the tags, which are cleared at once. The stimulus follows and leaves
/// new tags; its answer is read before the next sample. One trial is one run.
final class RewardedChoice {
  /// Ticks of an epoch, and of a sample; when rewards and stimuli come.
  static let epochTicks = 16
  static let ticks = 15 * epochTicks, rewardTick = 7 * epochTicks + 2
  static let stimulusTicks = (8 * epochTicks + 2)..<(15 * epochTicks - 12)

  private let session: LearningSession
  private let inputs, outputs: Range<Int>
  private let actions: Int
  private var random: SequentialRandom
  private var pendingReward = 0

  /// Makes the layer: plastic excitation by the inputs, fixed inhibition between actions.
  init(
    _ program: LearningProgram, inputs inputCount: Int, actions: Int, neuronsPerAction: Int,
    neuron: OnChipNeuron, inhibition: Int, weights: ClosedRange<Int>, _ setting: LearningSetting,
    on chip: any Chip
  ) throws(TrainingError) {
    self.actions = actions
    var network = OnChipNetwork(program.name, on: chip.info.spec)
    let input = network.addInputs(inputCount)
    let count = actions * neuronsPerAction
    let output = network.addNeurons("actions", count, neuron)
    var random = SequentialRandom(seed: setting.seed, stream: 0x4143_5449)
    let rule = network.addRule(program)
    network.connect(
      input, to: output,
      weights: (0..<inputCount * count).map { _ in Int.random(in: weights, using: &random) },
      plasticity: .init(rule))
    network.connect(
      output, to: output,
      weights: (0..<count * count).map { i in
        i / count / neuronsPerAction == i % count / neuronsPerAction ? 0 : -inhibition
      })
    let image = try network.image(durationTicks: Self.ticks)
    session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 1_000_000,
      cancellation: setting.cancellation)
    (inputs, outputs) = (image.channels(of: input), image.units(of: output))
    self.random = random
  }

  /// What the chip counted, and the time that it would have taken.
  var counters: RunCounters { session.counters }
  /// The time that the chip would have taken, in seconds.
  var hardwareSeconds: Double { session.hardwareSeconds }

  /// Shows a stimulus, given as (tick, input), and returns the action whose neurons fired most; of
  /// equal ones any.
  func act(on stimulus: [(tick: Int, input: Int)]) throws(TrainingError) -> Int {
    var trial = LearningTrial()
    if pendingReward != 0 { trial.reward(pendingReward, at: Self.rewardTick) }
    pendingReward = 0
    for spike in stimulus { trial.spike(inputs.lowerBound + spike.input, at: spike.tick) }
    let record = try session.run([trial], ticks: Self.ticks)
    let counts = record.counts(outputs, trial: 0, from: Self.stimulusTicks.lowerBound)
    return winner(counts)
  }

  /// Hands over the reward for the last action, −127 to 127; it acts in the next sample.
  func reward(_ value: Int) { pendingReward = value }

  private func winner(_ counts: [Int]) -> Int {
    let neurons = counts.count / actions
    let sums = (0..<actions).map { action in
      counts[action * neurons..<(action + 1) * neurons].reduce(0, +)
    }
    let best = sums.max() ?? 0
    let candidates = sums.indices.filter { sums[$0] == best }
    return candidates[Int(random.uniform() * Double(candidates.count))]
  }
}
