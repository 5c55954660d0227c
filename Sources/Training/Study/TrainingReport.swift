/// What `synapus train` found: accuracies are fractions of 1, times are seconds.
public struct TrainingReport: Equatable, Sendable {
  /// Seconds of wall time of the four stages.
  public struct Seconds: Equatable, Sendable, Encodable {
    /// Float software training, quantised software training, deployment, training in the loop.
    public var float, quantised, deploy, loop: Double

    /// Makes a table of times.
    public init(float: Double = 0, quantised: Double = 0, deploy: Double = 0, loop: Double = 0) {
      (self.float, self.quantised, self.deploy, self.loop) = (float, quantised, deploy, loop)
    }
  }

  /// The task and the chip, by name.
  public var task, chip: String
  /// The device, its uniform mismatch (nil: the chip file's own spreads), and the trial seed.
  public var chipSeed: UInt64
  /// The uniform mismatch of the device; nil takes the chip file's own spreads.
  public var mismatch: Double?
  /// The seed of trial noise, and of weights and order.
  public var seed, netSeed: UInt64
  /// Software training with real and with rounded weights: the mean of the last three epochs.
  public var floatAccuracy, quantisedAccuracy: Double?
  /// The quantised network on the chip before any training in the loop.
  public var deployedAccuracy: Double?
  /// Accuracy after each epoch in the loop.
  public var loopAccuracy: [Double] = []
  /// Accuracy after each epoch of software training.
  public var floatCourse: [Double] = []
  /// Accuracy after each epoch of quantised software training.
  public var quantisedCourse: [Double] = []
  /// How often software training started over.
  public var floatRestarts = 0
  /// How often quantised software training started over.
  public var quantisedRestarts = 0
  /// Times of the stages.
  public var seconds = Seconds()
  /// Where the time in the loop went.
  public var loopParts = LoopSeconds()
  /// Training samples a second in the loop, evaluation left out.
  public var samplesPerSecond: Double?
  /// What went over the wire; zero in one process.
  public var roundTrips = 0
  /// Bytes sent to the chip's server.
  public var bytesSent = 0
  /// Bytes received from the chip's server.
  public var bytesReceived = 0
  /// The gap between software and chip, effect by effect.
  public var gap: [GapStep] = []

  /// Starts the report of a task on a chip.
  public init(
    task: String, chip: String, chipSeed: UInt64, mismatch: Double?, seed: UInt64, netSeed: UInt64
  ) {
    (self.task, self.chip, self.chipSeed, self.mismatch) = (task, chip, chipSeed, mismatch)
    (self.seed, self.netSeed) = (seed, netSeed)
  }

  /// The figure of training in the loop: the mean of the last three epochs.
  public var finalLoopAccuracy: Double? {
    let last = loopAccuracy.suffix(3)
    return last.isEmpty ? nil : last.reduce(0, +) / Double(last.count)
  }
}

/// The accuracy with one more effect switched on.
public struct GapStep: Equatable, Sendable, Encodable {
  /// What was switched on.
  public var effect: String
  /// The accuracy with this and all earlier effects on.
  public var accuracy: Double

  /// Makes a step.
  public init(effect: String, accuracy: Double) {
    (self.effect, self.accuracy) = (effect, accuracy)
  }
}

extension TrainingReport: Encodable {
  /// The version of the report's keys.
  public static let schema = "synapus-train/1"

  private enum Key: String, CodingKey {
    case schema, task, chip, mismatch, seed, seconds, gap
    case chipSeed = "chip_seed"
    case netSeed = "net_seed"
    case floatAccuracy = "float_accuracy"
    case quantisedAccuracy = "quantised_accuracy"
    case deployedAccuracy = "deployed_accuracy"
    case loopAccuracy = "loop_accuracy"
    case finalLoopAccuracy = "loop_accuracy_final"
    case floatCourse = "float_course"
    case quantisedCourse = "quantised_course"
    case floatRestarts = "float_restarts"
    case quantisedRestarts = "quantised_restarts"
    case loopParts = "loop_parts"
    case samplesPerSecond = "samples_per_s"
    case roundTrips = "round_trips"
    case bytesSent = "bytes_sent"
    case bytesReceived = "bytes_received"
  }

  /// Writes the keys of `synapus train --json`; what was not measured is null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode(task, forKey: .task)
    try container.encode(chip, forKey: .chip)
    try container.encode(chipSeed, forKey: .chipSeed)
    try container.encode(mismatch, forKey: .mismatch)
    try container.encode(seed, forKey: .seed)
    try container.encode(netSeed, forKey: .netSeed)
    try container.encode(floatAccuracy, forKey: .floatAccuracy)
    try container.encode(quantisedAccuracy, forKey: .quantisedAccuracy)
    try container.encode(deployedAccuracy, forKey: .deployedAccuracy)
    try container.encode(loopAccuracy, forKey: .loopAccuracy)
    try container.encode(finalLoopAccuracy, forKey: .finalLoopAccuracy)
    try container.encode(floatCourse, forKey: .floatCourse)
    try container.encode(quantisedCourse, forKey: .quantisedCourse)
    try container.encode(floatRestarts, forKey: .floatRestarts)
    try container.encode(quantisedRestarts, forKey: .quantisedRestarts)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(loopParts, forKey: .loopParts)
    try container.encode(samplesPerSecond, forKey: .samplesPerSecond)
    try container.encode(roundTrips, forKey: .roundTrips)
    try container.encode(bytesSent, forKey: .bytesSent)
    try container.encode(bytesReceived, forKey: .bytesReceived)
    try container.encode(gap, forKey: .gap)
  }
}
