import ChipInterface

/// How a training is run; none of it changes what is to be learnt.
public struct TrainingOptions: Sendable {
  /// The seed of initial weights and of the order of samples.
  public var netSeed: UInt64
  /// Which weights are trained.
  public var layers: TrainedLayers
  /// Ticks between two ADC samples; nil takes the chip's fastest.
  public var adcEvery: Int?
  /// Threads of the backward pass.
  public var threads: Int
  /// Ends the training from another thread.
  public var cancellation: Cancellation?
  /// Told after every batch.
  public var observer: (@Sendable (TrainingProgress) -> Void)?

  /// Makes options.
  public init(
    netSeed: UInt64 = 0, layers: TrainedLayers = .all, adcEvery: Int? = nil, threads: Int = 2,
    cancellation: Cancellation? = nil,
    observer: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    (self.netSeed, self.layers, self.adcEvery) = (netSeed, layers, adcEvery)
    (self.threads, self.cancellation, self.observer) = (threads, cancellation, observer)
  }
}

/// What a training is for; it keeps the trial noise of one training apart from another's.
public enum TrainingPhase: UInt64, Sendable {
  /// Float weights on the ideal chip.
  case float = 1
  /// Rounded weights on the ideal chip.
  case quantised
  /// Rounded weights on the chip that is to learn.
  case loop
  /// Evaluation without training.
  case evaluation

  /// The number of a sample, unique for each phase, start, epoch, purpose and sample.
  func sampleNumber(start: Int, epoch: Int, test: Bool, sample: Int) -> UInt64 {
    rawValue << 60 | UInt64(start & 0xFFF) << 48 | UInt64(epoch & 0xFFFF) << 32
      | (test ? 1 << 31 : 0) | UInt64(sample & 0x7FFF_FFFF)
  }
}
