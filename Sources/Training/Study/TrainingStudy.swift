import ChipInterface
import Compiler
import HardwareSpec

/// The stages of the main experiment: train in software, deploy, train in the loop, explain the gap.
///
/// Chips come from outside, so every stage runs the same in one process and over a network.
public struct TrainingStudy: Sendable {
  /// What is to be learnt.
  public let task: TrainingTask
  /// How training is run.
  public let options: TrainingOptions
  /// The network on the chip, with the weights that training starts from.
  public let image: ChipImage

  /// Compiles the task's network for a chip.
  public init(
    task: TrainingTask, spec: ChipSpec, options: TrainingOptions
  ) throws(TrainingError) {
    (self.task, self.options) = (task, options)
    image = try task.compile(task.startWeights(netSeed: options.netSeed), for: spec).image
  }

  /// What a stage of training gives.
  public typealias Trained = (weights: ShadowWeights, outcome: TrainingOutcome)

  /// Software training with real weights, on an ideal chip.
  public func float(on ideal: any Chip, epochs: Int) throws(TrainingError) -> Trained {
    try trainer(ideal, .exact, .float).trainFromScratch(epochs: epochs)
  }

  /// Software training with rounded weights, on an ideal chip: quantisation-aware training.
  public func quantised(on ideal: any Chip, epochs: Int) throws(TrainingError) -> Trained {
    try trainer(ideal, .rounded, .quantised).trainFromScratch(epochs: epochs)
  }

  /// The accuracy of rounded weights on a chip, without training: deployment, and transfer of a
  /// network that was trained in the loop on another chip.
  public func evaluate(
    _ weights: ShadowWeights, on chip: any Chip, precision: WeightPrecision = .rounded,
    trial: Int = 0
  ) throws(TrainingError) -> Double {
    try trainer(chip, precision, .evaluation).evaluate(weights, trial: trial)
  }

  /// Training in the loop on a chip, from weights that were trained elsewhere.
  ///
  /// With `injecting`, that chip's answers are injected while `chip` is judged: with an ideal chip
  /// this is the negative control, which must not heal anything.
  public func inTheLoop(
    _ weights: ShadowWeights, on chip: any Chip, epochs: Int, injecting: (any Chip)? = nil
  ) throws(TrainingError) -> Trained {
    let trainer = try Trainer(
      task: task, image: image, chip: injecting ?? chip, judged: injecting == nil ? nil : chip,
      precision: .rounded, phase: .loop, options: options)
    return try trainer.fineTune(weights, epochs: epochs)
  }

  /// Training in the loop on a chip from random weights.
  public func inTheLoopFromScratch(
    on chip: any Chip, epochs: Int
  ) throws(TrainingError) -> Trained {
    try trainer(chip, .rounded, .loop).trainFromScratch(epochs: epochs)
  }

  /// The effects that ``gap(_:ideal:effects:makeChip:)`` switches on, one after the other.
  public static let gapEffects = ["synapse", "mismatch", "noise", "jitter", "adc"]

  /// The accuracy while effects are switched on one after the other.
  ///
  /// `makeChip` makes the device with only the effects listed. The first steps are real weights and
  /// whole steps on the ideal chip.
  public func gap(
    _ weights: ShadowWeights, ideal: any Chip,
    effects: [String] = Self.gapEffects,
    makeChip: ([String]) throws -> any Chip
  ) throws -> [GapStep] {
    var steps = [
      GapStep(
        effect: "real weights", accuracy: try evaluate(weights, on: ideal, precision: .exact)),
      GapStep(effect: "whole steps", accuracy: try evaluate(weights, on: ideal)),
    ]
    for count in 1...max(effects.count, 1) where count <= effects.count {
      let chip = try makeChip(Array(effects.prefix(count)))
      steps.append(
        GapStep(effect: effects[count - 1], accuracy: try evaluate(weights, on: chip)))
    }
    return steps
  }

  private func trainer(
    _ chip: any Chip, _ precision: WeightPrecision, _ phase: TrainingPhase
  ) throws(TrainingError) -> Trainer {
    try Trainer(
      task: task, image: image, chip: chip, precision: precision, phase: phase, options: options)
  }
}
