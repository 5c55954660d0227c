import CTrainingKernels
import ChipInterface
import Foundation

/// One network on one chip, trained from what the chip answers.
///
/// A batch is: run it on the chip; differentiate the nominal model with the chip's spikes and ADC
/// codes in place of its own; one Adam step on the float shadow weights; write them, rounded.
/// Software training is the same with an ideal chip.
public final class TrainingLoop {
  /// The network, as the image holds it.
  public let network: TrainableImage
  /// The host's model of it.
  public let model: NominalModel
  /// How the chip holds the weights.
  public let precision: WeightPrecision
  /// Which weights are trained.
  public let layers: TrainedLayers
  /// Where the time went so far.
  public private(set) var seconds = LoopSeconds()
  private let chip: any Chip
  private let runner: BatchRunner
  private let kernel: BackwardKernel
  private let input, hidden: TrainedProjection
  private let effective: AlignedFloats
  private let cancellation: Cancellation?
  private var steps = 0

  /// Puts the image on the chip and the weights over it.
  ///
  /// `chip` is the one whose answers are injected.
  public init(
    chip: any Chip, image: ChipImage, weights: ShadowWeights, loss: LossSettings,
    precision: WeightPrecision, layers: TrainedLayers = .all, adcEvery: Int? = nil,
    threads: Int = 2, cancellation: Cancellation? = nil
  ) throws(TrainingError) {
    let spec = chip.info.spec
    network = try TrainableImage(image, on: spec)
    model = try network.model(adcEvery: adcEvery ?? spec.readout.sampleEveryTicks, loss: loss)
    guard weights.shape == network.shape else {
      throw .weightsOfAnotherShape(weights: weights.shape, image: network.shape)
    }
    (self.chip, self.precision, self.layers) = (chip, precision, layers)
    self.cancellation = cancellation
    runner = BatchRunner(network: network, ticks: model.ticks, adcEvery: model.adcEvery)
    kernel = BackwardKernel(model: model, threads: threads)
    input = TrainedProjection(
      network.inputMap, thetaPerStep: network.inputThetaPerStep,
      largestStep: spec.synapse.largestWeight, weights: weights.input)
    hidden = TrainedProjection(
      network.hiddenMap, thetaPerStep: network.hiddenThetaPerStep,
      largestStep: spec.synapse.largestWeight, weights: weights.hidden)
    effective = AlignedFloats(
      count: network.shape.outputs * AlignedFloats.stride(network.shape.hidden))
    try load(image, on: chip)
    try writeWeights()
  }

  /// The shadow weights.
  public var weights: ShadowWeights {
    ShadowWeights(shape: network.shape, input: input.weights, hidden: hidden.weights)
  }

  /// The weights as the chip holds them.
  public func weightBlocks() -> [WeightBlock] {
    input.blocks(precision, effective: nil) + hidden.blocks(precision, effective: effective)
  }

  /// Trains on one mini-batch: chip, backward pass, update, write.
  public func train(
    _ samples: SpikeBatch, labels: [Int], numbers: [UInt64], rate: Double
  ) throws(TrainingError) -> BatchResult {
    let started = ContinuousClock.now
    let recording = try runner.record(samples, numbers: numbers, on: chip, cancellation)
    let ran = ContinuousClock.now
    let batch = try InjectedBatch(
      model: model, inputs: samples, recording: recording, labels: labels)
    let sums = kernel.accumulate(batch, outputWeights: effective)
    update(rate: rate)
    let updated = ContinuousClock.now
    try writeWeights()
    seconds.chip += (ran - started).inSeconds
    seconds.backward += (updated - ran).inSeconds
    seconds.write += (ContinuousClock.now - updated).inSeconds
    return BatchResult(
      loss: sums.loss, correct: Int(sums.correct), hiddenSpikes: Int(sums.hidden_spikes))
  }

  /// Classifies samples on a chip that holds the image, after writing the weights to it.
  ///
  /// - Returns: The fraction of samples that were classified correctly.
  public func evaluate(
    _ samples: LabelledSpikes, firstNumber: UInt64, on other: (any Chip)? = nil, batch: Int = 200
  ) throws(TrainingError) -> Double {
    let started = ContinuousClock.now
    if let other { try write(weightBlocks(), to: other) }
    var correct = 0
    for first in stride(from: 0, to: samples.count, by: batch) {
      let range = first..<min(first + batch, samples.count)
      let found = try runner.classify(
        samples.spikes.selecting(range), numbers: range.map { firstNumber + UInt64($0) },
        on: other ?? chip, cancellation)
      correct += zip(found, samples.labels[range]).filter { $0 == $1 }.count
    }
    seconds.evaluation += (ContinuousClock.now - started).inSeconds
    return Double(correct) / Double(max(samples.count, 1))
  }

  private func update(rate: Double) {
    steps += 1
    let step = synapus_adam_step(
      rate: Float(rate), beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
      correction1: Float(1 - pow(0.9, Double(steps))),
      correction2: Float(1 - pow(0.999, Double(steps))), largest: 0)
    if layers == .all {
      input.update(kernel.inputPartials, step)
    } else {
      kernel.inputPartials.forEach { $0.fill(0) }
    }
    hidden.update(kernel.hiddenPartials, step)
  }

  private func writeWeights() throws(TrainingError) {
    var blocks = hidden.blocks(precision, effective: effective)
    if layers == .all || steps == 0 { blocks += input.blocks(precision, effective: nil) }
    try write(blocks, to: chip)
  }

  private func write(_ blocks: [WeightBlock], to chip: any Chip) throws(TrainingError) {
    do { try chip.write(blocks) } catch { throw .chip(error) }
  }

  private func load(_ image: ChipImage, on chip: any Chip) throws(TrainingError) {
    do { try chip.load(image) } catch { throw .chip(error) }
  }
}

/// Which weights training moves.
public enum TrainedLayers: String, CaseIterable, Sendable {
  /// All of them.
  case all
  /// Those between hidden neurons and outputs.
  case readout
}

/// What one mini-batch gave.
public struct BatchResult: Equatable, Sendable {
  /// Mean loss over the samples.
  public var loss: Double
  /// Samples classified correctly, and hidden spikes over all samples.
  public var correct, hiddenSpikes: Int
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
