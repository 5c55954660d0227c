import ChipInterface
import HardwareSpec

/// Trains a task over epochs of shuffled mini-batches, and judges it after each.
public final class Trainer {
  /// The task.
  public let task: TrainingTask
  /// How it is run.
  public let options: TrainingOptions
  private let image: ChipImage
  private let precision: WeightPrecision
  private let phase: TrainingPhase
  private let chip: any Chip
  private let judged: (any Chip)?

  /// Prepares a training on `chip`.
  ///
  /// With `judged`, accuracy is measured on that chip instead of on the one whose answers are
  /// injected: with an ideal `chip` this is the negative control of training in the loop.
  public init(
    task: TrainingTask, image: ChipImage, chip: any Chip, judged: (any Chip)? = nil,
    precision: WeightPrecision, phase: TrainingPhase, options: TrainingOptions
  ) throws(TrainingError) {
    try task.validate()
    (self.task, self.image, self.chip, self.judged) = (task, image, chip, judged)
    (self.precision, self.phase, self.options) = (precision, phase, options)
    do { try judged?.load(image) } catch { throw .chip(error) }
  }

  /// Trains from random weights; starts over from others when the task's rule calls it stuck.
  public func trainFromScratch(
    epochs: Int
  ) throws(TrainingError) -> (weights: ShadowWeights, outcome: TrainingOutcome) {
    var (samples, seconds) = (0, LoopSeconds())
    for start in 0... {
      let weights = task.startWeights(netSeed: options.netSeed, start: start)
      // With the hidden weights left at random no start is better than another.
      let mayRestart = start < (task.settings.restart?.times ?? 0) && options.layers == .all
      var course = try follow(
        from: weights, epochs: epochs, rate: task.settings.scratch, start: start,
        rule: mayRestart ? task.settings.restart : nil)
      samples += course.outcome.samples
      seconds += course.outcome.seconds
      if course.isStuck { continue }
      (course.outcome.samples, course.outcome.seconds) = (samples, seconds)
      return (course.weights, course.outcome)
    }
    preconditionFailure("the last start always returns")
  }

  /// Trains on from weights, with the rate for fine-tuning and Adam's moments at zero.
  public func fineTune(
    _ weights: ShadowWeights, epochs: Int
  ) throws(TrainingError) -> (weights: ShadowWeights, outcome: TrainingOutcome) {
    let course = try follow(
      from: weights, epochs: epochs, rate: task.settings.fineTune, start: 0, rule: nil)
    return (course.weights, course.outcome)
  }

  /// The accuracy of weights as they are, in one noisy trial over the test samples.
  public func evaluate(_ weights: ShadowWeights, trial: Int = 0) throws(TrainingError) -> Double {
    try judge(loop(weights), start: 0, epoch: trial)
  }

  private struct Course {
    var weights: ShadowWeights
    var outcome: TrainingOutcome
    var isStuck = false
  }

  private func follow(
    from weights: ShadowWeights, epochs: Int, rate: LearningRate, start: Int, rule: RestartRule?
  ) throws(TrainingError) -> Course {
    let loop = try loop(weights)
    var outcome = TrainingOutcome(
      testAccuracy: [], loss: [], restarts: start, samples: 0, seconds: LoopSeconds())
    for epoch in 0..<epochs {
      var progress = TrainingProgress(epoch: epoch, epochs: epochs, restarts: start)
      try train(loop, rate: rate.rate(epoch: epoch), &progress)
      let accuracy = try judge(loop, start: start, epoch: epoch)
      outcome.testAccuracy.append(accuracy)
      outcome.loss.append(progress.loss)
      outcome.samples += task.train.count
      outcome.seconds = loop.seconds
      progress.testAccuracy = accuracy
      progress.seconds = loop.seconds
      options.observer?(progress)
      if let rule, epoch + 1 == rule.afterEpochs, accuracy < rule.below {
        return Course(weights: loop.weights, outcome: outcome, isStuck: true)
      }
    }
    return Course(weights: loop.weights, outcome: outcome)
  }

  private func train(
    _ loop: TrainingLoop, rate: Double, _ progress: inout TrainingProgress
  ) throws(TrainingError) {
    let (epoch, start, size) = (progress.epoch, progress.restarts, task.settings.batch)
    let order = order(start: start, epoch: epoch)
    progress.batches = (order.count + size - 1) / size
    var (correct, spikes, loss) = (0, 0, 0.0)
    for batch in 0..<progress.batches {
      let chosen = order[batch * size..<min((batch + 1) * size, order.count)]
      let result = try loop.train(
        task.train.spikes.selecting(chosen), labels: chosen.map { task.train.labels[$0] },
        numbers: chosen.map {
          phase.sampleNumber(start: start, epoch: epoch, test: false, sample: $0)
        }, rate: rate)
      guard result.loss.isFinite else { throw .diverged(epoch: epoch, batch: batch) }
      correct += result.correct
      spikes += result.hiddenSpikes
      loss += result.loss * Double(chosen.count)
      let done = Double(min((batch + 1) * size, order.count))
      progress.batch = batch + 1
      (progress.loss, progress.trainAccuracy) = (loss / done, Double(correct) / done)
      progress.hiddenSpikes = Double(spikes) / done / Double(task.shape.hidden)
      progress.seconds = loop.seconds
      if batch + 1 < progress.batches { options.observer?(progress) }
    }
  }

  private func judge(_ loop: TrainingLoop, start: Int, epoch: Int) throws(TrainingError) -> Double {
    try loop.evaluate(
      task.test,
      firstNumber: phase.sampleNumber(start: start, epoch: epoch, test: true, sample: 0),
      on: judged)
  }

  private func loop(_ weights: ShadowWeights) throws(TrainingError) -> TrainingLoop {
    try TrainingLoop(
      chip: chip, image: image, weights: weights, loss: task.settings.loss, precision: precision,
      layers: options.layers, adcEvery: options.adcEvery, threads: options.threads,
      cancellation: options.cancellation)
  }

  /// The order of the training samples in an epoch.
  private func order(start: Int, epoch: Int) -> [Int] {
    let stream = 1 << 32 | UInt64(start) << 16 | UInt64(epoch)
    var random = SequentialRandom(seed: options.netSeed, stream: stream)
    return random.permutation(task.train.count)
  }
}

extension TrainingTask {
  /// Proves that samples, sizes and recipe can be trained with.
  func validate() throws(TrainingError) {
    guard train.count > 0, test.count > 0 else {
      throw .noSamples(train: train.count, test: test.count)
    }
    for label in train.labels + test.labels where !(0..<shape.outputs).contains(label) {
      throw .labelOutOfRange(label: label, classes: shape.outputs)
    }
    guard settings.batch >= 1 else {
      throw .setting(name: "the batch size", value: Double(settings.batch), allowed: "1 or more")
    }
    for rate in [settings.scratch.first, settings.fineTune.first] where !(0...1).contains(rate) {
      throw .setting(name: "the learning rate", value: rate, allowed: "0 to 1")
    }
  }
}

extension TrainingProgress {
  init(epoch: Int, epochs: Int, restarts: Int) {
    (self.epoch, self.epochs, self.batch, self.batches) = (epoch, epochs, 0, 0)
    (loss, trainAccuracy, testAccuracy, hiddenSpikes) = (0, 0, nil, 0)
    (self.restarts, seconds) = (restarts, LoopSeconds())
  }
}
