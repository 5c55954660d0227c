import ChipInterface
import HardwareSpec

/// One task, three ways for the error to come back to hidden neurons: symmetric, random, uniform.
///
/// The class is the sum of two symbols modulo 3, see ``SymbolSums``; hidden and readout synapses
/// learn. Random feedback is fixed when the network is made; uniform feedback gives all hidden
/// neurons the same sum of errors. Symmetric feedback needs the readout's weights, which no wire of
/// the chip carries: there the host reads them every 100 trials and loads the image anew with them
/// as feedback and all weights as they were.
public struct FeedbackTask: LearningTask {
  /// How errors come back.
  public enum Kind: String, CaseIterable, Sendable {
    case symmetric, random, uniform
  }

  /// The name on the command line.
  public let name = "feedback"
  /// One sentence on what is learnt.
  public let summary =
    "hidden neurons learn from random feedback as from symmetric, not from uniform"
  /// The rules that run.
  public let rules = ["feedback", "error-descent"]
  /// Passes over 100 trials.
  public let defaultEpochs = 20

  private let hiddenCount = 20, copies = 2
  private let trialsPerEpoch = 100, testTrials = 300
  private let sums = SymbolSums(rate: 0.08, error: 60)

  /// Makes the task.
  public init() {}

  /// Learns with each kind of feedback, from the same weights.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    var outcomes: [Kind: Outcome] = [:]
    for (i, kind) in Kind.allCases.enumerated() {
      outcomes[kind] = try learn(kind, setting, on: chip) { done, right in
        setting.progress(
          .init(
            fraction: (Double(i) + done) / Double(Kind.allCases.count),
            note: "\(kind.rawValue): right \((right * 100).rounded()) %"))
      }
    }
    let random = outcomes[.random]?.accuracy ?? .nan
    let uniform = outcomes[.uniform]?.accuracy ?? .nan
    let symmetric = outcomes[.symmetric]?.accuracy ?? .nan
    var counters = RunCounters()
    for kind in Kind.allCases { if let outcome = outcomes[kind] { counters += outcome.counters } }
    let chance = 1 / Double(SymbolSums.symbols)
    return LearningResult(
      figures: [
        LearningFigure(
          "right sums with random feedback, fraction of trials", measured: random,
          chance: chance, required: 0.9),
        LearningFigure(
          "right sums with symmetric feedback, fraction of trials", measured: symmetric,
          chance: chance, required: 0.9),
        LearningFigure(
          "right sums with uniform feedback, fraction of trials", measured: uniform,
          chance: chance, required: 0.7, .atMost),
      ],
      measures: [("trials learnt from", Double(setting.epochs * trialsPerEpoch))],
      curve: outcomes[.random]?.curve ?? [], counters: counters,
      hardwareSeconds: outcomes.values.map(\.hardwareSeconds).sorted().reduce(0, +))
  }

  private struct Outcome {
    var accuracy: Double
    var curve: [Double]
    var counters: RunCounters
    var hardwareSeconds: Double
  }

  /// Learns with one kind of feedback, and judges on frozen weights.
  private func learn(
    _ kind: Kind, _ setting: LearningSetting, on chip: any Chip,
    progress: (Double, Double) -> Void
  ) throws(TrainingError) -> Outcome {
    var random = SequentialRandom(seed: setting.seed, stream: 0x4645_4544)
    var weights = Weights(hidden: hiddenCount, readout: readoutCount, &random)
    if kind == .uniform { weights.feedback = weights.feedback.map { _ in 8 } }
    let first = setting.seed &* 1_000_000
    func session(_ parts: Parts, _ image: OnChipImage, _ number: UInt64)
      throws(TrainingError) -> LearningSession
    {
      try LearningSession(
        image, on: chip, firstSample: number, cancellation: setting.cancellation)
    }
    var parts = try parts(weights, on: chip.info.spec)
    var image = try parts.network.image(durationTicks: SymbolSums.ticks)
    var learning = try session(parts, image, first)
    var outcome = Outcome(accuracy: 0, curve: [], counters: .init(), hardwareSeconds: 0)
    for epoch in 0..<setting.epochs {
      if kind == .symmetric, epoch > 0 {
        (outcome.counters, outcome.hardwareSeconds) = sum(outcome, learning)
        weights.take(try learning.weights(of: parts.learnt), parts.learnt)
        weights.feedback = weights.transposedReadout
        parts = try self.parts(weights, on: chip.info.spec)
        image = try parts.network.image(durationTicks: SymbolSums.ticks)
        learning = try session(parts, image, first &+ UInt64(epoch * 1000))
      }
      let right = try accuracy(learning, parts, trials: trialsPerEpoch, teaching: true, &random)
      outcome.curve.append(right)
      progress(Double(epoch + 1) / Double(setting.epochs), right)
    }
    (outcome.counters, outcome.hardwareSeconds) = sum(outcome, learning)
    let frozen = try image.frozen(try learning.weights(of: parts.learnt))
    outcome.accuracy = try accuracy(
      session(parts, frozen, first &+ 900_000), parts, trials: testTrials, teaching: false,
      &random)
    return outcome
  }

  private func sum(_ outcome: Outcome, _ session: LearningSession) -> (RunCounters, Double) {
    var counters = outcome.counters
    counters += session.counters
    return (counters, outcome.hardwareSeconds + session.hardwareSeconds)
  }

  private func accuracy(
    _ session: LearningSession, _ parts: Parts, trials: Int, teaching: Bool,
    _ random: inout SequentialRandom
  ) throws(TrainingError) -> Double {
    let readout = session.image.units(of: parts.readout)
    return try sums.accuracy(
      session, trials: trials, channels: session.image.channels(of: parts.input),
      readout: readout, teaching: teaching ? [readout] : [], &random)
  }

  // MARK: Network

  private var readoutCount: Int { SymbolSums.symbols * copies }

  /// Stored steps of both projections, shape [sender, receiver], and the feedback, shape
  /// [hidden, readout].
  private struct Weights {
    var hidden, readout, feedback: [Int]
    private let readoutCount: Int

    /// Hidden synapses start nearly alike, so that the hidden layer must learn.
    init(hidden hiddenCount: Int, readout readoutCount: Int, _ random: inout SequentialRandom) {
      self.readoutCount = readoutCount
      hidden = random.weights(SymbolSums.channels * hiddenCount, mean: 2, spread: 1)
      readout = random.weights(hiddenCount * readoutCount, mean: 1, spread: 4)
      let copies = readoutCount / SymbolSums.symbols
      feedback = []
      for _ in 0..<hiddenCount {
        for _ in 0..<SymbolSums.symbols {
          let weight = (random.happens(0.5) ? 1 : -1) * (4 + random.below(8))
          feedback += Array(repeating: weight, count: copies)
        }
      }
    }

    /// The readout's weights as feedback: [hidden, readout] is their own shape.
    var transposedReadout: [Int] { readout }

    mutating func take(
      _ learnt: [OnChipNetwork.ProjectionID: [Double]], _ ids: [OnChipNetwork.ProjectionID]
    ) {
      hidden = learnt[ids[0]].map { $0.map { Int($0) } } ?? hidden
      readout = learnt[ids[1]].map { $0.map { Int($0) } } ?? readout
    }
  }

  private struct Parts {
    var network: OnChipNetwork
    var input, readout: OnChipNetwork.Group
    var learnt: [OnChipNetwork.ProjectionID]
  }

  private func parts(_ weights: Weights, on spec: ChipSpec) throws(TrainingError) -> Parts {
    var network = OnChipNetwork(name, on: spec)
    let input = network.addInputs(SymbolSums.channels)
    let hidden = network.addNeurons(
      "hidden", hiddenCount, SymbolSums.neuron(peakPerStep: 0.025, refractoryTicks: 4))
    let readout = network.addNeurons(
      "readout", readoutCount, SymbolSums.neuron(peakPerStep: 0.0167, refractoryTicks: 5))
    let rule = network.addRule(try LearningProgram.named("feedback", on: spec))
    let descent = network.addRule(try LearningProgram.named("error-descent", on: spec))
    let learnt = [
      network.connect(
        input, to: hidden, weights: weights.hidden, plasticity: .init(rule, isSigned: true)),
      network.connect(
        hidden, to: readout, weights: weights.readout,
        plasticity: .init(descent, isSigned: true)),
    ]
    network.feedBack(readout, to: hidden, weights: weights.feedback, shift: 5)
    return Parts(network: network, input: input, readout: readout, learnt: learnt)
  }
}
