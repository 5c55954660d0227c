import ChipInterface
import HardwareSpec

/// What is to be learnt: samples, the network's sizes, and the recipe.
public struct TrainingTask: Sendable {
  /// The name on the command line.
  public var name: String
  /// The sizes of the network.
  public var shape: NetworkShape
  /// Samples to learn from, and samples to judge by.
  public var train, test: LabelledSpikes
  /// How long a sample runs, in ticks.
  public var durationTicks: Int
  /// How samples were coded, for the image's description.
  public var coding: String
  /// The recipe.
  public var settings: HyperParameters

  /// Makes a task.
  public init(
    name: String, shape: NetworkShape, train: LabelledSpikes, test: LabelledSpikes,
    durationTicks: Int, coding: String, settings: HyperParameters
  ) {
    (self.name, self.shape, self.train, self.test) = (name, shape, train, test)
    (self.durationTicks, self.coding, self.settings) = (durationTicks, coding, settings)
  }

  /// The time constants of all benchmark tasks, in ticks: 5.12 us on `synapus-1`.
  public static let timeConstantTicks = 20.0
}
