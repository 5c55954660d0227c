import ChipInterface
import Compiler
import FirmwareModels
import HardwareSpec

/// e-prop: a cue is remembered over 300 ticks in the thresholds of adaptive neurons.
///
/// One of two groups of inputs fires in the cue. The answer is asked for 300 ticks after its end by
/// a third group, the same for both cues. The synapses of the cues start alike and too weak to make a
/// hidden neuron fire, so that at first no threshold says anything about the cue: a readout alone
/// cannot learn the task, and hidden synapses learn from an error that comes when the cue is long
/// gone.
public struct EPropTask: LearningTask {
  /// The name on the command line.
  public let name = "e-prop"
  /// One sentence on what is learnt.
  public let summary = "which of two cues came is answered 300 ticks after its end"
  /// The rules that run.
  public let rules = ["e-prop", "error-descent"]
  /// Passes over 25 trials.
  public let defaultEpochs = 6

  /// What is taken away; without any of these parts the answer stays at chance.
  enum Control: String, CaseIterable {
    case fixedThresholds = "thresholds that do not adapt"
    case fixedHidden = "hidden synapses that do not learn"
    case shortTags = "tags that are gone after an epoch"
  }

  private let cueTicks = 40, delayTicks = 300, answerTicks = 56, start = 14
  private let channels = 8, hiddenCount = 40, trialsPerEpoch = 25, testTrials = 200
  private let targetError = 60

  private var askTick: Int { start + cueTicks + delayTicks }
  private var ticks: Int { askTick + answerTicks + 7 }

  /// Makes the task.
  public init() {}

  /// The network and its parts.
  private struct Parts {
    var network: OnChipNetwork
    var cues, question, gate, hidden, readout: OnChipNetwork.Group
    var learnt: [OnChipNetwork.ProjectionID] = []
  }

  /// Learns over epochs of 25 trials, then counts right answers in 200 trials on frozen weights; the
  /// same again without each of the parts that it takes.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let runs = 1 + Double(Control.allCases.count)
    let (accuracy, curve, learning) = try learn(without: nil, setting, on: chip) { done, right in
      setting.progress(
        .init(fraction: done / runs, note: "right \((right * 100).rounded()) %"))
    }
    var figures = [
      LearningFigure(
        "right answers 300 ticks after the cue, fraction of trials", measured: accuracy,
        chance: 0.5, required: 0.9)
    ]
    for (i, control) in Control.allCases.enumerated() {
      let (accuracy, _, _) = try learn(without: control, setting, on: chip) { done, _ in
        setting.progress(
          .init(fraction: (done + Double(i) + 1) / runs, note: control.rawValue))
      }
      figures.append(
        LearningFigure(
          "control: \(control.rawValue)", measured: accuracy, chance: 0.5, required: 0.7,
          .atMost))
    }
    return LearningResult(
      figures: figures,
      measures: [
        ("right answers in the first epoch", curve.first ?? 0),
        ("trials learnt from", Double(curve.count * trialsPerEpoch)),
      ],
      curve: curve, counters: learning.counters, hardwareSeconds: learning.hardwareSeconds)
  }

  private func learn(
    without control: Control?, _ setting: LearningSetting, on chip: any Chip,
    progress: (Double, Double) -> Void
  ) throws(TrainingError) -> (accuracy: Double, curve: [Double], session: LearningSession) {
    var random = SequentialRandom(seed: setting.seed, stream: 0x4550_524F)
    let parts = try parts(without: control, on: chip.info.spec, &random)
    let image = try parts.network.image(durationTicks: ticks)
    let first = setting.seed &* 1_000_000
    let learning = try LearningSession(
      image, on: chip, firstSample: first, cancellation: setting.cancellation)
    var curve: [Double] = []
    for epoch in 0..<setting.epochs {
      curve.append(try right(of: trialsPerEpoch, teaching: true, learning, parts, &random))
      progress(Double(epoch + 1) / Double(setting.epochs), curve.last ?? 0)
    }
    let weights = try learning.weights(of: parts.learnt)
    let judged = try LearningSession(
      try image.frozen(weights), on: chip, firstSample: first &+ 900_000,
      cancellation: setting.cancellation)
    let accuracy = try right(of: testTrials, teaching: false, judged, parts, &random)
    return (accuracy, curve, learning)
  }

  // MARK: Network

  private func parts(
    without control: Control?, on spec: ChipSpec, _ random: inout SequentialRandom
  ) throws(TrainingError) -> Parts {
    var network = OnChipNetwork(name, on: spec)
    let cues = network.addInputs(2 * channels)
    let question = network.addInputs(channels)
    let gate = network.addInputs(1)
    let hidden = network.addNeurons(
      "hidden", hiddenCount, hiddenNeuron(adapts: control != .fixedThresholds))
    let readout = network.addNeurons("readout", 2, readoutNeuron)
    let eProp = network.addRule(try program(short: control == .shortTags, on: spec))
    let descent = network.addRule(try LearningProgram.named("error-descent", on: spec))
    let learnsHidden = control != .fixedHidden
    let hiddenRule = learnsHidden ? OnChipNetwork.Plasticity(eProp, isSigned: true) : nil
    var parts = Parts(
      network: network, cues: cues, question: question, gate: gate, hidden: hidden,
      readout: readout)
    for (source, weight) in [(cues, 1), (question, 4)] {
      let id = parts.network.connect(
        source, to: hidden, weights: Array(repeating: weight, count: source.count * hiddenCount),
        plasticity: hiddenRule)
      if learnsHidden { parts.learnt.append(id) }
    }
    parts.network.connect(hidden, to: hidden, weights: recurrentWeights(&random))
    parts.learnt.append(
      parts.network.connect(
        hidden, to: readout, weights: random.weights(2 * hiddenCount, mean: 1, spread: 2),
        plasticity: .init(descent, isSigned: true)))
    parts.network.connect(gate, to: readout, weights: [-15, -15])
    if learnsHidden {
      parts.network.feedBack(
        readout, to: hidden,
        weights: (0..<2 * hiddenCount).map { _ in
          (random.happens(0.5) ? 1 : -1) * (8 + random.below(8))
        }, shift: 5)
    }
    return parts
  }

  /// Small weights, and none of a neuron to itself.
  private func recurrentWeights(_ random: inout SequentialRandom) -> [Int] {
    var weights = random.weights(hiddenCount * hiddenCount, mean: 0, spread: 1)
    for i in 0..<hiddenCount { weights[i * hiddenCount + i] = 0 }
    return weights
  }

  /// The rule; as a control with tags that an epoch clears.
  private func program(short: Bool, on spec: ChipSpec) throws(TrainingError) -> LearningProgram {
    guard short, let learning = spec.learning,
      let text = RuleLibrary.text(of: "e-prop")
    else { return try LearningProgram.named("e-prop", on: spec) }
    let short = text.replacing("2^-6*t*u0", with: "t*u0")
    do {
      let rule = try LearningRule(parsing: short, file: "e-prop.rule")
      return LearningProgram(try rule.assemble(for: learning))
    } catch { throw .rule(name: "e-prop", faults: [error.description]) }
  }

  private func hiddenNeuron(adapts: Bool) -> OnChipNeuron {
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.025)
    neuron.refractoryTicks = 4
    (neuron.leakCode, neuron.codesToThreshold) = (85, 85)
    if adapts { neuron.thresholdStep = .init(height: 0.667, ticks: 1500) }
    return neuron
  }

  private var readoutNeuron: OnChipNeuron {
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.05)
    neuron.refractoryTicks = 6
    (neuron.leakCode, neuron.codesToThreshold) = (85, 85)
    return neuron
  }

  // MARK: Trials

  /// The fraction of right answers in some trials with cues drawn anew.
  private func right(
    of count: Int, teaching: Bool, _ session: LearningSession, _ parts: Parts,
    _ random: inout SequentialRandom
  ) throws(TrainingError) -> Double {
    let cues = (0..<count).map { _ in random.below(2) }
    let trials = cues.map { trial(cue: $0, teaching: teaching, session.image, parts, &random) }
    let record = try session.run(trials, ticks: ticks)
    let units = session.image.units(of: parts.readout)
    var right = 0.0
    for (i, cue) in cues.enumerated() {
      let counts = record.counts(units, trial: i, from: askTick)
      // Equal counts are half an answer.
      right += counts[cue] > counts[1 - cue] ? 1 : counts[cue] == counts[1 - cue] ? 0.5 : 0
    }
    return right / Double(count)
  }

  private func trial(
    cue: Int, teaching: Bool, _ image: OnChipImage, _ parts: Parts,
    _ random: inout SequentialRandom
  ) -> LearningTrial {
    var trial = LearningTrial()
    let first = image.channels(of: parts.cues).lowerBound + cue * channels
    let question = image.channels(of: parts.question)
    for tick in start..<start + cueTicks {
      for channel in first..<first + channels where random.happens(0.12) {
        trial.spike(channel, at: tick)
      }
    }
    for tick in askTick..<askTick + answerTicks {
      for channel in question where random.happens(0.06) { trial.spike(channel, at: tick) }
    }
    // The readout is held down until it is asked.
    let gate = image.channels(of: parts.gate).lowerBound
    for tick in stride(from: 0, to: askTick - 5, by: 6) { trial.spike(gate, at: tick) }
    guard teaching else { return trial }
    let unit = image.units(of: parts.readout).lowerBound + cue
    for tick in stride(from: askTick + 14, to: askTick + answerTicks, by: 10) {
      trial.error(targetError, to: unit, at: tick)
    }
    return trial
  }
}
