import ChipInterface
import Datasets
import Emulator
import HardwareSpec
import Testing
import Training

/// Every task of a learning rule reaches its figures on a chip with 20 % mismatch and all effects.
@Suite struct LearningTaskTests {
  @Test func pairSTDP() throws { try expectPass(PairSTDPTask()) }
  @Test func tripletSTDP() throws { try expectPass(TripletSTDPTask()) }
  @Test func rewardModulatedSTDP() throws { try expectPass(RSTDPTask()) }
  @Test func pong() throws { try expectPass(PongTask()) }
  @Test func homeostasis() throws { try expectPass(HomeostasisTask()) }
  @Test func structuralPlasticity() throws { try expectPass(StructuralTask()) }
  @Test func bursts() throws { try expectPass(BurstTask()) }

  /// The data come with scikit-learn, which tools/test installs.
  ///
  /// One pass over the pictures, half of the default.
  @Test(.enabled(if: Digits.installedFile != nil))
  func digits() throws { try expectPass(DigitsTask(), epochs: 1) }

  /// The same chip seed and net seed are the same run, number for number.
  @Test func repeats() throws {
    let (first, second) = (
      try run(RSTDPTask(), epochs: 2), try run(RSTDPTask(), epochs: 2)
    )
    #expect(first.curve == second.curve)
    #expect(first.counters == second.counters)
  }

  /// A figure below its bound is no pass: two epochs are too few for Pong.
  @Test func tooFewEpochs() throws {
    let result = try run(PongTask(), epochs: 2)
    #expect(!result.passes)
    #expect((result.figures.first?.measured ?? 1) < 0.5)
  }

  private func expectPass(_ task: some LearningTask, epochs: Int? = nil) throws {
    let result = try run(task, epochs: epochs ?? task.defaultEpochs)
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

  private func run(_ task: some LearningTask, epochs: Int) throws -> LearningResult {
    let chip = try EmulatedChip(
      try ChipLibrary.chip("synapus-1"), EmulationSettings(chipSeed: 0, mismatch: 0.2))
    return try task.run(LearningSetting(epochs: epochs), on: chip)
  }
}
