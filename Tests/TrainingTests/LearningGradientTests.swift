import ChipInterface
import Emulator
import FirmwareModels
import HardwareSpec
import Testing
import Training

/// Tasks of gradient-like rules reach their figures on a chip with 20 % mismatch and all effects,
/// by the rule on the chip; what the rules take away from their controls leaves these at chance.
@Suite struct LearningGradientTests {
  @Test func superSpike() throws { try expectPass(SuperSpikeTask(), epochs: 15) }
  @Test func eProp() throws { try expectPass(EPropTask()) }
  @Test func decolle() throws { try expectPass(DecolleTask()) }
  @Test func likelihood() throws { try expectPass(LikelihoodTask()) }
  @Test func feedback() throws { try expectPass(FeedbackTask()) }

  /// Figures are not reached by an epoch or two: what passes was learnt.
  @Test func tooFewEpochs() throws {
    let likelihood = try run(LikelihoodTask(), epochs: 1, seed: 1)
    #expect(!likelihood.figures[0].passes)
    let feedback = try run(FeedbackTask(), epochs: 1, seed: 1)
    #expect(!feedback.figures[0].passes && !feedback.figures[1].passes)
    let decolle = try run(DecolleTask(), epochs: 1, seed: 1)
    #expect(!decolle.figures[0].passes)
  }

  /// The same seeds are the same run, number for number; another chip is another run.
  @Test func repeats() throws {
    let (first, second) = (
      try run(LikelihoodTask(), epochs: 2, seed: 2), try run(LikelihoodTask(), epochs: 2, seed: 2)
    )
    #expect(first.curve == second.curve)
    #expect(first.counters == second.counters)
    let other = try run(LikelihoodTask(), epochs: 2, seed: 3)
    #expect(other.curve != first.curve)
  }

  /// On a chip without a learning engine every task refuses.
  @Test func refusesAChipThatDoesNotLearn() throws {
    var spec = try ChipLibrary.chip("synapus-1")
    spec.learning = nil
    let chip = try EmulatedChip(spec, EmulationSettings())
    for task in Self.tasks {
      #expect(throws: TrainingError.self) {
        _ = try task.run(LearningSetting(epochs: 1), on: chip)
      }
    }
  }

  /// Every rule that a task names is built in, and fits the chip as it is written.
  @Test func rulesFitTheChip() throws {
    let learning = try #require(try ChipLibrary.chip("synapus-1").learning)
    for name in Set(Self.tasks.flatMap(\.rules)).sorted() {
      let rule = try RuleLibrary.rule(name).assemble(for: learning)
      #expect(rule.name == name)
      #expect(rule.notes.isEmpty, "\(name): \(rule.notes)")
    }
  }

  private static let tasks: [any LearningTask] = [
    SuperSpikeTask(), EPropTask(), DecolleTask(), LikelihoodTask(), FeedbackTask(),
  ]

  private func expectPass(_ task: some LearningTask, epochs: Int? = nil) throws {
    let result = try run(task, epochs: epochs ?? task.defaultEpochs, seed: 0)
    #expect(!result.curve.contains { !$0.isFinite })
    for figure in result.figures {
      #expect(
        figure.passes,
        "\(task.name): \(figure.name) is \(figure.measured), \(figure.comparison) \(figure.required)"
      )
      print(
        "\(task.name): \(figure.name): \(figure.measured), \(figure.comparison.rawValue)"
          + " \(figure.required), chance \(figure.chance)")
    }
  }

  private func run(
    _ task: some LearningTask, epochs: Int, seed: UInt64
  ) throws -> LearningResult {
    let chip = try EmulatedChip(
      try ChipLibrary.chip("synapus-1"), EmulationSettings(chipSeed: seed, mismatch: 0.2))
    return try task.run(LearningSetting(epochs: epochs, seed: seed), on: chip)
  }
}
