import ChipInterface
import Datasets
import HardwareSpec

/// Unsupervised STDP before a supervised readout: what it gains on handwritten digits.
///
/// Neurons first take on features of the pictures without labels; then ten neurons learn by the
/// delta rule to name the digit. The same readout on the features' initial random weights is what
/// the figure is held against.
public struct DigitsTask: LearningTask {
  /// The name on the command line.
  public let name = "digits"
  /// One sentence on what is learnt.
  public let summary = "features by STDP, without labels, help a supervised readout of digits"
  /// The rules that run.
  public let rules = ["digit-features", "delta"]
  /// Passes over the pictures, of the features and of each readout.
  public let defaultEpochs = 2

  private let most: Int?

  /// Makes the task; `pictures` takes only the first so many of the training and half as many of the
  /// test part.
  public init(pictures: Int? = nil) { most = pictures }

  /// Learns features, then a readout on them, and one on features that learnt nothing.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let digits = try load(setting.dataPath)
    let spec = chip.info.spec
    let delta = try LearningProgram.named("delta", on: spec)
    let features = DigitFeatures(
      program: try .named("digit-features", on: spec), seed: setting.seed)
    let report = { (start: Double, share: Double, note: String) in
      { (done: Double) in setting.progress(.init(fraction: start + share * done, note: note)) }
    }
    let learnt = try features.learn(
      digits.train, epochs: setting.epochs, setting, on: chip, report(0, 0.3, "features"))
    var counters = learnt.session.counters
    var (seconds, accuracies) = (learnt.session.hardwareSeconds, [Double]())
    let initial = features.initialWeights(largest: spec.synapse.largestWeight)
    for (i, weights) in [initial, learnt.weights].enumerated() {
      let readout = try DigitReadout(
        delta, features: features, weights: weights, setting, on: chip)
      try readout.learn(
        digits.train, epochs: setting.epochs, report(0.3 + 0.35 * Double(i), 0.3, "readout"))
      accuracies.append(try readout.accuracy(digits.test))
      counters += readout.session.counters
      seconds += readout.session.hardwareSeconds
    }
    return LearningResult(
      figures: [
        LearningFigure(
          "accuracy gained by STDP before the readout", measured: accuracies[1] - accuracies[0],
          chance: 0, required: 0.05),
        LearningFigure(
          "accuracy with features by STDP", measured: accuracies[1], chance: accuracies[0],
          required: 0.65),
      ],
      measures: [
        ("accuracy with random features", accuracies[0]),
        ("pictures learnt from", Double(digits.train.count)),
        ("pictures judged by", Double(digits.test.count)),
      ],
      counters: counters, hardwareSeconds: seconds)
  }

  private func load(_ path: String?) throws(TrainingError) -> DividedSamples {
    let digits: DividedSamples
    do { digits = try Digits.load(file: path) } catch { throw .dataset(error) }
    guard let most else { return digits }
    return DividedSamples(
      train: digits.train[0..<min(most, digits.train.count)],
      test: digits.test[0..<min(most / 2, digits.test.count)])
  }
}
