import ChipInterface
import HardwareSpec

/// A task that shows what a learning rule can do, by the rule on the chip alone.
public protocol LearningTask: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// One sentence on what is learnt.
  var summary: String { get }
  /// The `.rule` files that run, without their ending.
  var rules: [String] { get }
  /// How many epochs make a run when nobody says.
  var defaultEpochs: Int { get }

  /// Learns, and measures what was learnt.
  func run(_ setting: LearningSetting, on chip: any Chip) throws(TrainingError) -> LearningResult
}

/// How a task is run.
public struct LearningSetting: Sendable {
  /// Epochs; what an epoch is says the task.
  public var epochs: Int
  /// The seed of what the task draws: weights, inputs, order.
  public var seed: UInt64
  /// Where the data of a task lie that needs any; nil: where they usually do.
  public var dataPath: String?
  /// Ends the run when set.
  public var cancellation: Cancellation?
  /// Is told how far the run is.
  public var progress: @Sendable (LearningProgress) -> Void

  /// Makes a setting.
  public init(
    epochs: Int, seed: UInt64 = 0, dataPath: String? = nil, cancellation: Cancellation? = nil,
    progress: @escaping @Sendable (LearningProgress) -> Void = { _ in }
  ) {
    (self.epochs, self.seed, self.dataPath) = (epochs, seed, dataPath)
    (self.cancellation, self.progress) = (cancellation, progress)
  }
}

/// How far a task is.
public struct LearningProgress: Equatable, Sendable {
  /// The share that is done, from 0 to 1.
  public var fraction: Double
  /// What has been reached so far, for people.
  public var note: String

  /// Makes a message.
  public init(fraction: Double, note: String = "") {
    (self.fraction, self.note) = (fraction, note)
  }
}

/// One number by which a task is judged.
public struct LearningFigure: Equatable, Sendable {
  /// Which side of the required value is right.
  public enum Comparison: String, Equatable, Sendable {
    /// The measured value must be that large.
    case atLeast = "at least"
    /// The measured value must be that small.
    case atMost = "at most"
  }

  /// What is measured, with its unit.
  public var name: String
  /// What was measured, and what comes out where nothing is learnt.
  public var measured, chance: Double
  /// What must be reached.
  public var required: Double
  /// Which side of it is right.
  public var comparison: Comparison

  /// Makes a figure.
  public init(
    _ name: String, measured: Double, chance: Double, required: Double,
    _ comparison: Comparison = .atLeast
  ) {
    (self.name, self.measured, self.chance) = (name, measured, chance)
    (self.required, self.comparison) = (required, comparison)
  }

  /// Whether the measured value is on the right side; a value that is no number is not.
  public var passes: Bool {
    switch comparison {
    case .atLeast: return measured >= required
    case .atMost: return measured <= required
    }
  }
}

/// What a task came to.
public struct LearningResult: Sendable {
  /// What the task is judged by; the first is the task's own figure.
  public var figures: [LearningFigure]
  /// Other numbers, in the order in which they are shown.
  public var measures: [(name: String, value: Double)]
  /// How the figure grew, epoch by epoch, where that was looked at.
  public var curve: [Double]
  /// What the chip counted.
  public var counters: RunCounters
  /// The time that the chip would have taken, in seconds.
  public var hardwareSeconds: Double

  /// Makes a result.
  public init(
    figures: [LearningFigure], measures: [(name: String, value: Double)] = [],
    curve: [Double] = [], counters: RunCounters = RunCounters(), hardwareSeconds: Double = 0
  ) {
    (self.figures, self.measures, self.curve) = (figures, measures, curve)
    (self.counters, self.hardwareSeconds) = (counters, hardwareSeconds)
  }

  /// Whether every figure is reached.
  public var passes: Bool { !figures.isEmpty && figures.allSatisfy(\.passes) }
}
