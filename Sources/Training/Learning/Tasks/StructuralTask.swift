import ChipInterface
import HardwareSpec

/// Structural plasticity: neurons with few synapses look for the inputs that tell their class.
///
/// Every dendrite of a neuron can hear eight inputs and has two synapses; weak ones are moved to
/// another input (Billaudelle et al. 2021, Neural Networks 133:11). A teacher makes neurons fire
/// while their class is shown.
public struct StructuralTask: LearningTask {
  /// The name on the command line.
  public let name = "structural"
  /// One sentence on what is learnt.
  public let summary = "synapses move until they sit on the inputs that tell a neuron's class"
  /// The rules that run.
  public let rules = ["structural"]
  /// Passes over one sample of each class.
  public let defaultEpochs = 40

  private let inputs = 64, classes = 4, copies = 12, ticks = 512
  private var neuronCount: Int { classes * copies }

  /// Makes the task.
  public init() {}

  /// Learns with a teacher, then counts synapses, and classes named right without a teacher.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("structural", on: chip.info.spec)
    guard let rewiring = program.rewiring else {
      throw .rule(name: "structural", faults: ["it has no line 'rewiring:'"])
    }
    var random = SequentialRandom(seed: setting.seed, stream: 0x5354_5255)
    let fields = receptiveFields(rewiring, &random)
    var network = OnChipNetwork(name, on: chip.info.spec)
    let (input, teacher) = (network.addInputs(inputs), network.addInputs(6 * classes))
    let neuron = OnChipNeuron(
      membraneTicks: 12, synapticTicks: 4, peakPerStep: 0.0222)
    let neurons = network.addNeurons("neurons", neuronCount, neuron)
    let rule = network.addRule(program)
    let initial = randomSynapses(rewiring, &random)
    let synapses = network.connect(
      input, to: neurons, weights: initial, plasticity: .init(rule))
    let largest = chip.info.spec.synapse.largestWeight
    network.connect(
      teacher, to: neurons,
      weights: (0..<6 * classes * neuronCount).map {
        $0 / neuronCount / 6 == $0 % neuronCount / copies ? largest : 0
      })
    let image = try network.image(durationTicks: ticks)
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 10_000, cancellation: setting.cancellation)
    var (weights, curve) = (initial.map(Double.init), [Double]())
    for epoch in 0..<setting.epochs {
      let trials = random.permutation(classes).map {
        trial(ofClass: $0, fields, image, input, teacher: teacher, &random)
      }
      let record = try session.run(
        trials, ticks: ticks, probes: image.probes(.weight, of: synapses))
      weights = image.synapses(of: synapses, from: record.registers, sample: classes - 1)
      curve.append(informative(weights, fields))
      setting.progress(
        .init(fraction: Double(epoch + 1) / Double(setting.epochs + 2), note: "moving"))
    }
    let judge = StructuralJudge(classes: classes, copies: copies, ticks: ticks)
    let tests = (0..<100).map { i in
      trial(ofClass: i % classes, fields, image, input, teacher: nil, &random)
    }
    let before = try judge.accuracy(image.frozen([:]), neurons, tests, setting, chip)
    let after = try judge.accuracy(
      image.frozen([synapses: weights]), neurons, tests, setting, chip)
    let share = Double(rewiring.synapsesPerGroup) / Double(rewiring.groupPairs)
    return LearningResult(
      figures: [
        LearningFigure(
          "synapses on informative inputs, fraction", measured: informative(weights, fields),
          chance: informative(initial.map(Double.init), fields), required: 0.8),
        LearningFigure(
          "classes named right without a teacher, fraction", measured: after, chance: before,
          required: 0.9),
      ],
      measures: [
        ("synapses a neuron", Double(weights.count { $0 > 0 }) / Double(neuronCount)),
        ("inputs that have a synapse where all sit at random", share),
      ],
      curve: curve, counters: session.counters, hardwareSeconds: session.hardwareSeconds)
  }

  /// Of each dendrite's inputs as many tell a class as the dendrite has synapses.
  private func receptiveFields(
    _ rewiring: Rewiring, _ random: inout SequentialRandom
  ) -> [Set<Int>] {
    (0..<classes).map { _ in Set(chosen(rewiring, &random)) }
  }

  private func chosen(_ rewiring: Rewiring, _ random: inout SequentialRandom) -> [Int] {
    stride(from: 0, to: inputs, by: rewiring.groupPairs).flatMap { first in
      random.permutation(rewiring.groupPairs).prefix(rewiring.synapsesPerGroup).map { first + $0 }
    }
  }

  private func randomSynapses(
    _ rewiring: Rewiring, _ random: inout SequentialRandom
  ) -> [Int] {
    var weights = [Int](repeating: 0, count: inputs * neuronCount)
    for neuron in 0..<neuronCount {
      for input in chosen(rewiring, &random) {
        weights[input * neuronCount + neuron] = rewiring.initialWeight
      }
    }
    return weights
  }

  /// Inputs that tell the class fire four times as often as the others.
  private func trial(
    ofClass label: Int, _ fields: [Set<Int>], _ image: OnChipImage,
    _ input: OnChipNetwork.Group, teacher: OnChipNetwork.Group?,
    _ random: inout SequentialRandom
  ) -> LearningTrial {
    var trial = LearningTrial()
    let first = image.channels(of: input).lowerBound
    for channel in 0..<inputs {
      let rate =
        fields[label].contains(channel) ? 0.08 : 0.02
      for tick in 0..<ticks - 2 where random.uniform() < rate {
        trial.spike(first + channel, at: tick)
      }
    }
    guard let teacher else { return trial }
    let channels = image.channels(of: teacher).dropFirst(6 * label).prefix(6)
    var tick = 60
    while tick < ticks - 12 {
      for channel in channels { trial.spike(channel, at: tick) }
      tick += 20 + Int(random.uniform() * 20)
    }
    return trial
  }

  /// The fraction of synapses that sit on inputs that tell the neuron's class.
  private func informative(_ weights: [Double], _ fields: [Set<Int>]) -> Double {
    var (right, all) = (0.0, 0.0)
    for (i, weight) in weights.enumerated() where weight > 0 {
      all += 1
      if fields[i % neuronCount / copies].contains(i / neuronCount) { right += 1 }
    }
    return all > 0 ? right / all : 0
  }
}

/// Judges by which class's neurons fire most.
private struct StructuralJudge {
  let classes, copies, ticks: Int

  func accuracy(
    _ image: OnChipImage, _ neurons: OnChipNetwork.Group, _ trials: [LearningTrial],
    _ setting: LearningSetting, _ chip: any Chip
  ) throws(TrainingError) -> Double {
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 10_000 &+ 9000,
      cancellation: setting.cancellation)
    let record = try session.run(trials, ticks: ticks)
    var right = 0
    for i in trials.indices {
      let counts = record.counts(image.units(of: neurons), trial: i)
      let sums = (0..<classes).map { counts[$0 * copies..<($0 + 1) * copies].reduce(0, +) }
      if let best = sums.max(), best > 0, sums.firstIndex(of: best) == i % classes { right += 1 }
    }
    return Double(right) / Double(trials.count)
  }
}
