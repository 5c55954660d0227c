import ChipInterface
import HardwareSpec

/// DECOLLE: two layers learn from the errors of their own fixed random readouts.
///
/// The class is the sum of two symbols modulo 3, see ``SymbolSums``. Each layer has six readout
/// neurons, two a class, with fixed random synapses; a readout's error returns to its layer by the
/// same weights, which are known as they never change. No error passes from layer to layer. The
/// second layer's readout gives the answer.
public struct DecolleTask: LearningTask {
  /// The name on the command line.
  public let name = "decolle"
  /// One sentence on what is learnt.
  public let summary = "two layers with fixed random readouts add two symbols modulo 3"
  /// The rules that run.
  public let rules = ["decolle", "error-descent"]
  /// Passes over 50 trials.
  public let defaultEpochs = 30

  private let layerSize = 40, copies = 4
  private let trialsPerEpoch = 50, testTrials = 300
  private let sums = SymbolSums(rate: 0.1, error: 40)

  /// Makes the task.
  public init() {}

  private struct Parts {
    var network: OnChipNetwork
    var input: OnChipNetwork.Group
    var readouts: [OnChipNetwork.Group] = []
    var learnt: [OnChipNetwork.ProjectionID] = []
  }

  /// What is learnt.
  private enum Kind: String, CaseIterable {
    case decolle
    case untrained = "hidden synapses that do not learn"
    case linear = "a learning readout of the inputs, no hidden layer"
  }

  /// Learns over epochs of 50 trials, then counts right answers in 300 trials on frozen weights; the
  /// same for two controls.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    var figures: [LearningFigure] = []
    var result: LearningResult?
    for (i, kind) in Kind.allCases.enumerated() {
      let outcome = try learn(kind, setting, on: chip) { done, right in
        setting.progress(
          .init(
            fraction: (Double(i) + done) / Double(Kind.allCases.count),
            note: "\(kind.rawValue): right \((right * 100).rounded()) %"))
      }
      figures.append(figure(kind, outcome.accuracies.last ?? .nan))
      if kind == .decolle { result = self.result(outcome) }
    }
    var learnt = result ?? LearningResult(figures: [])
    learnt.figures = figures
    return learnt
  }

  private struct Outcome {
    var accuracies: [Double]
    var curve: [Double]
    var session: LearningSession
  }

  private func learn(
    _ kind: Kind, _ setting: LearningSetting, on chip: any Chip,
    progress: (Double, Double) -> Void
  ) throws(TrainingError) -> Outcome {
    var random = SequentialRandom(seed: setting.seed, stream: 0x4445_434F)
    let parts =
      kind == .linear
      ? try linearParts(on: chip.info.spec, &random)
      : try parts(on: chip.info.spec, learns: kind == .decolle, &random)
    let image = try parts.network.image(durationTicks: SymbolSums.ticks)
    let first = setting.seed &* 1_000_000
    let learning = try LearningSession(
      image, on: chip, firstSample: first, cancellation: setting.cancellation)
    let channels = image.channels(of: parts.input)
    let readouts = parts.readouts.map { image.units(of: $0) }
    var curve: [Double] = []
    for epoch in 0..<setting.epochs {
      curve.append(
        try sums.accuracy(
          learning, trials: trialsPerEpoch, channels: channels,
          readout: readouts[readouts.count - 1], teaching: readouts, &random))
      progress(Double(epoch + 1) / Double(setting.epochs), curve.last ?? 0)
    }
    let weights = try learning.weights(of: parts.learnt)
    let judged = try LearningSession(
      try image.frozen(weights), on: chip, firstSample: first &+ 900_000,
      cancellation: setting.cancellation)
    var accuracies: [Double] = []
    for readout in readouts {
      accuracies.append(
        try sums.accuracy(
          judged, trials: testTrials, channels: channels, readout: readout, teaching: [], &random))
    }
    return Outcome(accuracies: accuracies, curve: curve, session: learning)
  }

  private func figure(_ kind: Kind, _ accuracy: Double) -> LearningFigure {
    let chance = 1 / Double(SymbolSums.symbols)
    guard kind == .decolle else {
      return LearningFigure(
        "control: \(kind.rawValue)", measured: accuracy, chance: chance, required: 0.6, .atMost)
    }
    return LearningFigure(
      "right sums at the second layer's readout, fraction of trials", measured: accuracy,
      chance: chance, required: 0.9)
  }

  private func result(_ outcome: Outcome) -> LearningResult {
    LearningResult(
      figures: [],
      measures: [
        ("right sums at the first layer's readout", outcome.accuracies[0]),
        ("trials learnt from", Double(outcome.curve.count * trialsPerEpoch)),
      ],
      curve: outcome.curve, counters: outcome.session.counters,
      hardwareSeconds: outcome.session.hardwareSeconds)
  }

  // MARK: Network

  /// A readout that learns on the inputs themselves.
  private func linearParts(
    on spec: ChipSpec, _ random: inout SequentialRandom
  ) throws(TrainingError) -> Parts {
    var network = OnChipNetwork(name, on: spec)
    let input = network.addInputs(SymbolSums.channels)
    let rule = network.addRule(try LearningProgram.named("error-descent", on: spec))
    let count = SymbolSums.symbols * copies
    let readout = network.addNeurons(
      "readout", count, SymbolSums.neuron(peakPerStep: 0.0167, refractoryTicks: 5))
    let learnt = network.connect(
      input, to: readout,
      weights: random.weights(SymbolSums.channels * count, mean: 1, spread: 4),
      plasticity: .init(rule, isSigned: true))
    return Parts(network: network, input: input, readouts: [readout], learnt: [learnt])
  }

  private func parts(
    on spec: ChipSpec, learns: Bool, _ random: inout SequentialRandom
  ) throws(TrainingError) -> Parts {
    var network = OnChipNetwork(name, on: spec)
    let input = network.addInputs(SymbolSums.channels)
    let rule = network.addRule(try LearningProgram.named("decolle", on: spec))
    let readoutRule = network.addRule(readoutProgram)
    var parts = Parts(network: network, input: input)
    var below = input
    for layer in 0..<2 {
      let hidden = parts.network.addNeurons(
        "layer \(layer + 1)", layerSize,
        SymbolSums.neuron(peakPerStep: 0.025, refractoryTicks: 4))
      let weights = random.weights(
        below.count * layerSize, mean: layer == 0 ? 2 : 1, spread: layer == 0 ? 2 : 4)
      parts.learnt.append(
        parts.network.connect(
          below, to: hidden, weights: weights, plasticity: .init(rule, isSigned: true)))
      parts.readouts.append(
        addReadout(
          of: hidden, layer, readoutRule, sendsErrors: learns, &parts.network, &random))
      below = hidden
    }
    return parts
  }

  /// Adds a layer's readout with random synapses, and its error's way back by the same weights.
  private func addReadout(
    of hidden: OnChipNetwork.Group, _ layer: Int, _ rule: OnChipNetwork.RuleID,
    sendsErrors: Bool, _ network: inout OnChipNetwork, _ random: inout SequentialRandom
  ) -> OnChipNetwork.Group {
    let count = SymbolSums.symbols * copies
    let readout = network.addNeurons(
      "readout \(layer + 1)", count, SymbolSums.neuron(peakPerStep: 0.025, refractoryTicks: 5))
    let weights = random.weights(layerSize * count, mean: 0, spread: 6)
    network.connect(hidden, to: readout, weights: weights, plasticity: .init(rule, isSigned: true))
    if sendsErrors { network.feedBack(readout, to: hidden, weights: weights, shift: 4) }
    return readout
  }

  /// A program without products: its neurons only keep the error, wanted less own spikes.
  private var readoutProgram: LearningProgram {
    var program = LearningProgram(name: "decolle-readout", words: [], epochTicks: 7)
    program.error = GradedSettings(timeConstant: 7, ownSpike: -sums.error)
    return program
  }
}
