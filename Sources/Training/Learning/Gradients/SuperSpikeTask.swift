import ChipInterface
import HardwareSpec

/// SuperSpike: neurons learn to fire a given spike train for a frozen Poisson input.
///
/// As in figure 1 of Zenke and Ganguli 2018: 250 inputs fire one Poisson pattern, the same in every
/// trial, and each of four neurons has a target train of its own. The host sends the input and, at
/// the target's times, errors.
public struct SuperSpikeTask: LearningTask {
  /// The name on the command line.
  public let name = "superspike"
  /// One sentence on what is learnt.
  public let summary = "neurons fire target spike trains for a frozen Poisson input"
  /// The rules that run.
  public let rules = ["superspike"]
  /// Passes over 20 trials.
  public let defaultEpochs = 30

  private let inputs = 250, neurons = 4, targetSpikes = 6
  private let ticks = 512, trialsPerEpoch = 20, testTrials = 20
  private let targetError = 60, filterTicks = 40.0

  /// Makes the task.
  public init() {}

  /// Learns over epochs of 20 trials; before and after, the distance is measured on frozen weights.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    var random = SequentialRandom(seed: setting.seed, stream: 0x5355_5053)
    let (pattern, targets) = (pattern(&random), targets(&random))
    let weights = random.weights(inputs * neurons, mean: 1, spread: 4)
    var network = OnChipNetwork(name, on: chip.info.spec)
    let input = network.addInputs(inputs)
    let output = network.addNeurons("neurons", neurons, neuron)
    let rule = network.addRule(try LearningProgram.named("superspike", on: chip.info.spec))
    let synapses = network.connect(
      input, to: output, weights: weights, plasticity: .init(rule, isSigned: true))
    let image = try network.image(durationTicks: ticks)

    func distances(
      _ image: OnChipImage, _ session: LearningSession, _ trials: [LearningTrial]
    ) throws(TrainingError) -> Double {
      SpikeTrains.meanDistance(
        try session.run(trials, ticks: ticks), image.units(of: output), targets,
        timeConstant: filterTicks)
    }
    let test = Array(
      repeating: trial(pattern, errors: [], image.units(of: output)), count: testTrials)
    let first = setting.seed &* 1_000_000
    let before = try distances(
      image, session(try image.frozen([:]), chip, first &+ 900_000, setting), test)

    let learning = try session(image, chip, first, setting)
    let taught = trial(pattern, errors: targets, image.units(of: output))
    var curve: [Double] = []
    for epoch in 0..<setting.epochs {
      curve.append(
        try distances(image, learning, Array(repeating: taught, count: trialsPerEpoch)))
      setting.progress(
        .init(fraction: Double(epoch + 1) / Double(setting.epochs), note: note(curve.last ?? 0)))
    }
    let learnt = try learning.weights(of: [synapses])
    let after = try distances(
      image, session(try image.frozen(learnt), chip, first &+ 950_000, setting), test)
    return result(before, after, curve, learning)
  }

  private func result(
    _ before: Double, _ after: Double, _ curve: [Double], _ session: LearningSession
  ) -> LearningResult {
    let silent = (Double(targetSpikes) / 2).squareRoot()
    return LearningResult(
      figures: [
        LearningFigure(
          "van Rossum distance before learning, over that after", measured: before / after,
          chance: 1, required: 5),
        LearningFigure(
          "van Rossum distance after, over that of a silent neuron", measured: after / silent,
          chance: before / silent, required: 0.5, .atMost),
      ],
      measures: [
        ("van Rossum distance before", before), ("van Rossum distance after", after),
        ("van Rossum distance of a silent neuron", silent),
        ("loss of Zenke and Ganguli before, over that after", before * before / (after * after)),
        ("trials learnt from", Double(curve.count * trialsPerEpoch)),
      ],
      curve: curve, counters: session.counters, hardwareSeconds: session.hardwareSeconds)
  }

  private var neuron: OnChipNeuron {
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.025)
    neuron.refractoryTicks = 4
    (neuron.leakCode, neuron.codesToThreshold) = (85, 85)
    return neuron
  }

  private func session(
    _ image: OnChipImage, _ chip: any Chip, _ first: UInt64, _ setting: LearningSetting
  ) throws(TrainingError) -> LearningSession {
    try LearningSession(
      image, on: chip, firstSample: first, cancellation: setting.cancellation)
  }

  private func note(_ distance: Double) -> String {
    "distance \((distance * 100).rounded() / 100)"
  }

  // MARK: Input and targets

  /// Six spikes an input on average.
  private func pattern(_ random: inout SequentialRandom) -> [(tick: Int, channel: Int)] {
    var spikes: [(tick: Int, channel: Int)] = []
    for tick in 0..<ticks {
      for channel in 0..<inputs where random.happens(0.012) { spikes.append((tick, channel)) }
    }
    return spikes
  }

  /// One spike somewhere in the first half of each of six stretches.
  private func targets(_ random: inout SequentialRandom) -> [[Int]] {
    let stretch = (ticks - 80) / targetSpikes
    return (0..<neurons).map { _ in
      (0..<targetSpikes).map { (i: Int) -> Int in 60 + i * stretch + random.below(stretch / 2) }
    }
  }

  private func trial(
    _ pattern: [(tick: Int, channel: Int)], errors targets: [[Int]], _ units: Range<Int>
  ) -> LearningTrial {
    var trial = LearningTrial()
    trial.spikes = pattern
    for (unit, target) in zip(units, targets) {
      for tick in target { trial.error(targetError, to: unit, at: tick) }
    }
    return trial
  }
}
