/// Where a training stands; handed to the observer after every batch.
public struct TrainingProgress: Equatable, Sendable {
  /// The epoch and how many there will be; the batch within the epoch and how many there are.
  public var epoch, epochs, batch, batches: Int
  /// Mean loss, and the fraction of training samples classified correctly, in this epoch so far.
  public var loss, trainAccuracy: Double
  /// The test accuracy after this epoch; nil until its last batch is done.
  public var testAccuracy: Double?
  /// Hidden spikes a neuron and sample in this epoch so far.
  public var hiddenSpikes: Double
  /// How many times training started over.
  public var restarts: Int
  /// Where the time of the epoch went.
  public var seconds: LoopSeconds
}

/// Seconds of wall time by part of the loop.
public struct LoopSeconds: Equatable, Sendable, Encodable {
  /// Running batches on the chip, the backward pass with the weight update, writing weights.
  public var chip, backward, write: Double
  /// Running the test samples.
  public var evaluation: Double

  /// Starts at zero.
  public init() { (chip, backward, write, evaluation) = (0, 0, 0, 0) }

  /// All parts together.
  public var total: Double { chip + backward + write + evaluation }

  /// Adds another's parts.
  public static func += (a: inout LoopSeconds, b: LoopSeconds) {
    (a.chip, a.backward) = (a.chip + b.chip, a.backward + b.backward)
    (a.write, a.evaluation) = (a.write + b.write, a.evaluation + b.evaluation)
  }
}

/// What a training did.
public struct TrainingOutcome: Equatable, Sendable {
  /// The test accuracy after each epoch of the last start, a fraction of 1.
  public var testAccuracy: [Double]
  /// The mean training loss of each epoch of the last start.
  public var loss: [Double]
  /// How many times it started over.
  public var restarts: Int
  /// Training samples run, over all starts.
  public var samples: Int
  /// Where the time went, over all starts.
  public var seconds: LoopSeconds

  /// The figure that counts: the mean of the last three epochs.
  public var accuracy: Double {
    let last = testAccuracy.suffix(3)
    return last.isEmpty ? 0 : last.reduce(0, +) / Double(last.count)
  }
}
