import ChipInterface
import HardwareSpec

/// Burst-dependent plasticity: one neuron sends two signals at once, and the rule reads one of them.
///
/// Events, single spikes or bursts, follow the input to the soma; the share of events that are bursts
/// follows the input to the dendrite (Naud and Sprekeler 2018). Here a spike comes back as a delayed
/// kick that alone does not reach threshold and does so on top of the dendrite's input, as a
/// back-propagating spike does with a calcium plateau. The rule strengthens synapses while bursts
/// are more frequent than on average (Payeur et al. 2021).
public struct BurstTask: LearningTask {
  /// The name on the command line.
  public let name = "burst"
  /// One sentence on what is learnt.
  public let summary =
    "events and bursts of one neuron carry two signals, and synapses follow the bursts"
  /// The rules that run.
  public let rules = ["burst", "burst-balance"]
  /// Samples of which the two signals are decoded.
  public let defaultEpochs = 120

  /// Makes the task.
  public init() {}

  /// Decodes two signals from every neuron, then lets synapses learn where bursts are frequent.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("burst", on: chip.info.spec)
    let balance = try LearningProgram.named("burst-balance", on: chip.info.spec)
    var code = MultiplexedCode(balance: balance)
    try code.run(setting, on: chip)
    let learnt = try BurstLearning(program: program, balance: balance).run(setting, on: chip)
    var counters = code.counters
    counters += learnt.counters
    let (events, bursts, crosstalk) = code.errors
    return LearningResult(
      figures: [
        LearningFigure(
          "error of the somatic signal in the event rate, of its size", measured: events,
          chance: 1, required: 0.35, .atMost),
        LearningFigure(
          "error of the dendritic signal in the burst probability, of its size",
          measured: bursts, chance: 1, required: 0.6, .atMost),
        LearningFigure(
          "synapse groups that follow the burst probability, fraction",
          measured: learnt.right, chance: 0.5, required: 0.8),
      ],
      measures: [
        ("somatic signal in the burst probability, squared correlation", crosstalk),
        ("burst probability, lowest", code.range.0), ("burst probability, highest", code.range.1),
        ("neurons decoded", Double(code.decoded)),
        ("weight where bursts are frequent, steps", learnt.frequent),
        ("weight where bursts are rare, steps", learnt.rare),
      ],
      counters: counters, hardwareSeconds: code.hardwareSeconds + learnt.hardwareSeconds)
  }
}

/// Neurons with a somatic input, a dendritic input and a delayed kick by their own spikes.
struct BurstingNeurons {
  static let count = 24
  /// Ticks between two chances of an event.
  static let slot = 80
  let soma, dendrite, balance, neurons: OnChipNetwork.Group
  private static let dendriteInputs = 16, balanceInputs = 8, balanceInterval = 48
  private static let kicks = 4

  /// Adds the neurons and their fixed inputs to a network.
  init(in network: inout OnChipNetwork, balance program: LearningProgram) {
    let (count, largest) = (Self.count, network.spec.synapse.largestWeight)
    soma = network.addInputs(8)
    dendrite = network.addInputs(Self.dendriteInputs)
    balance = network.addInputs(Self.balanceInputs)
    var neuron = OnChipNeuron(membraneTicks: 12, synapticTicks: 4, peakPerStep: 0.01333)
    neuron.refractoryTicks = 14
    neuron.thresholdStep = .init(height: 0.4, ticks: 40)
    neurons = network.addNeurons("neurons", count, neuron)
    network.connect(soma, to: neurons, weights: Array(repeating: largest, count: 8 * count))
    network.connect(
      dendrite, to: neurons, weights: Array(repeating: 8, count: Self.dendriteInputs * count))
    let rule = network.addRule(program)
    network.connect(
      balance, to: neurons, weights: Array(repeating: 0, count: Self.balanceInputs * count),
      plasticity: .init(rule, isSigned: true))
    for _ in 0..<Self.kicks {
      network.connect(
        neurons, to: neurons,
        weights: (0..<count * count).map { $0 / count == $0 % count ? largest : 0 },
        delayTicks: 15)
    }
  }

  /// One slot: perhaps an event at the soma, and Poisson spikes at the dendrite, whose strength goes
  /// from 0 to 1; the inputs that balance each neuron fire steadily.
  func add(
    slotAt start: Int, event: Bool, dendrite strength: Double, to trial: inout LearningTrial,
    _ image: OnChipImage, _ random: inout SequentialRandom
  ) {
    if event {
      let tick = start + Int(random.uniform() * 20)
      for channel in image.channels(of: soma) { trial.spike(channel, at: tick) }
    }
    for (i, channel) in image.channels(of: balance).enumerated() {
      let interval = Self.balanceInterval
      for tick in start..<start + Self.slot
      where tick % interval == i * interval / Self.balanceInputs {
        trial.spike(channel, at: tick)
      }
    }
    let rate = 0.002 + 0.009 * strength
    for channel in image.channels(of: dendrite) {
      for tick in start..<start + Self.slot where random.uniform() < rate {
        trial.spike(channel, at: tick)
      }
    }
  }
}

/// Events and bursts in one neuron's spikes.
struct BurstTrain {
  /// When events begin, and which of them are bursts.
  private(set) var events: [(tick: Int, isBurst: Bool)] = []

  /// An event is a spike after `burstTicks` without one; a second spike within makes it a burst.
  init(_ ticks: some Sequence<Int>, burstTicks: Int) {
    var last = Int.min / 2
    for tick in ticks {
      if tick - last > burstTicks {
        events.append((tick, false))
      } else if !events.isEmpty {
        events[events.count - 1].isBurst = true
      }
      last = tick
    }
  }
}

/// The two signals of many samples, and what single neurons' spikes tell of them.
struct MultiplexedCode {
  private let balance: LearningProgram
  /// Samples that balance the neurons before any is decoded.
  private let balancingSamples = 30
  private let bins = 16, slotsPerBin = 4
  private var slots: Int { bins * slotsPerBin }
  private var ticks: Int { (slots + 1) * BurstingNeurons.slot }
  /// By neuron and bin.
  private var events: [[Double]] = [], bursts: [[Double]] = []
  private(set) var counters = RunCounters()
  private(set) var hardwareSeconds = 0.0

  init(balance: LearningProgram) { self.balance = balance }

  /// The signals, from 0 to 1: one goes twice up and down in a sample, the other three times.
  private func somatic(_ bin: Int) -> Double { wave(bin, 2) }
  private func dendritic(_ bin: Int) -> Double { wave(bin, 3) }
  private func wave(_ bin: Int, _ cycles: Int) -> Double {
    let position = (Double(bin * cycles) + 0.5) / Double(bins)
    let phase = position - position.rounded(.down)
    return phase < 0.5 ? 2 * phase : 2 - 2 * phase
  }

  mutating func run(_ setting: LearningSetting, on chip: any Chip) throws(TrainingError) {
    var network = OnChipNetwork("multiplexed code", on: chip.info.spec)
    let cells = BurstingNeurons(in: &network, balance: balance)
    let image = try network.image(durationTicks: ticks)
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 10_000, cancellation: setting.cancellation)
    var random = SequentialRandom(seed: setting.seed, stream: 0x4255_5253)
    events = Array(repeating: Array(repeating: 0, count: bins), count: BurstingNeurons.count)
    bursts = events
    for epoch in -balancingSamples..<setting.epochs {
      var trial = LearningTrial()
      for slot in 0..<slots {
        let bin = slot / slotsPerBin
        cells.add(
          slotAt: slot * BurstingNeurons.slot,
          event: random.uniform() < 0.2 + 0.7 * somatic(bin), dendrite: dendritic(bin),
          to: &trial, image, &random)
      }
      let record = try session.run([trial], ticks: ticks)
      if epoch >= 0 { take(record, image.units(of: cells.neurons)) }
      let done = Double(epoch + balancingSamples + 1) / Double(setting.epochs + balancingSamples)
      setting.progress(.init(fraction: 0.7 * done, note: "two signals"))
    }
    (counters, hardwareSeconds) = (session.counters, session.hardwareSeconds)
  }

  private mutating func take(_ record: LearningRecord, _ units: Range<Int>) {
    for (neuron, unit) in units.enumerated() {
      let ticks = record.spikes[0].filter { $0.unit == unit }.map(\.tick)
      for event in BurstTrain(ticks, burstTicks: balance.burstTicks).events {
        let bin = event.tick / (BurstingNeurons.slot * slotsPerBin)
        guard bin < bins else { continue }
        events[neuron][bin] += 1
        if event.isBurst { bursts[neuron][bin] += 1 }
      }
    }
  }

  /// Medians over neurons of the burst probability in the bins of the weakest and the strongest
  /// dendritic input.
  var range: (Double, Double) {
    let order = (0..<bins).sorted { dendritic($0) < dendritic($1) }
    let medians = [order[0], order[bins - 1]].map { bin in
      let values = events.indices.filter { events[$0][bin] > 0 }
        .map { bursts[$0][bin] / events[$0][bin] }.sorted()
      return values.isEmpty ? 0 : values[values.count / 2]
    }
    return (medians[0], medians[1])
  }

  /// Neurons that had an event in every bin.
  var decoded: Int { events.count { $0.allSatisfy { $0 > 0 } } }

  /// Medians over neurons: the errors of the best straight lines from event rate to the somatic and
  /// from burst probability to the dendritic signal, and how much of the former the latter holds.
  var errors: (events: Double, bursts: Double, crosstalk: Double) {
    let (soma, dendrite) = ((0..<bins).map(somatic), (0..<bins).map(dendritic))
    var found: [[Double]] = [[], [], []]
    for neuron in events.indices where events[neuron].allSatisfy({ $0 > 0 }) {
      let probability = zip(bursts[neuron], events[neuron]).map { $0 / $1 }
      found[0].append((1 - correlation(events[neuron], soma)).squareRoot())
      found[1].append((1 - correlation(probability, dendrite)).squareRoot())
      found[2].append(correlation(probability, soma))
    }
    let medians = found.map { $0.sorted() }.map { $0.isEmpty ? 1 : $0[$0.count / 2] }
    return (medians[0], medians[1], medians[2])
  }

  /// The square of the correlation coefficient; 0 where one of the two is constant.
  private func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let count = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
    var (product, squaresA, squaresB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squaresA += (x - meanA) * (x - meanA)
      squaresB += (y - meanB) * (y - meanB)
    }
    return squaresA * squaresB > 0 ? min(1, product * product / (squaresA * squaresB)) : 0
  }
}

/// Synapses that are active while bursts are frequent, and others while they are rare.
struct BurstLearning {
  /// What came out: the fraction of groups of synapses on the right side, and their mean weights.
  struct Outcome {
    var right, frequent, rare: Double
    var counters: RunCounters
    var hardwareSeconds: Double
  }

  let program, balance: LearningProgram
  private let groupSize = 4, slots = 320, slotsPerBlock = 8
  /// Samples in which the plastic inputs are silent and the neurons are balanced.
  private let balancingSamples = 6

  func run(_ setting: LearningSetting, on chip: any Chip) throws(TrainingError) -> Outcome {
    var network = OnChipNetwork("burst rule", on: chip.info.spec)
    let cells = BurstingNeurons(in: &network, balance: balance)
    let inputs = network.addInputs(2 * groupSize)
    let rule = network.addRule(program)
    let synapses = network.connect(
      inputs, to: cells.neurons,
      weights: Array(repeating: 0, count: inputs.count * BurstingNeurons.count),
      plasticity: .init(rule, isSigned: true))
    let ticks = (slots + 1) * BurstingNeurons.slot
    let image = try network.image(durationTicks: ticks)
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 10_000 &+ 5000,
      cancellation: setting.cancellation)
    var random = SequentialRandom(seed: setting.seed, stream: 0x4255_4C45)
    for _ in 0..<balancingSamples {
      try session.run([trial(cells, image, nil, &random)], ticks: ticks)
    }
    let record = try session.run(
      [trial(cells, image, inputs, &random)], ticks: ticks,
      probes: image.probes(.weight, of: synapses))
    setting.progress(.init(fraction: 1, note: "bursts strengthen"))
    let weights = image.synapses(of: synapses, from: record.registers, sample: 0)
    return outcome(weights, session)
  }

  /// Blocks of strong and of weak dendritic input take turns, each with inputs of its own.
  private func trial(
    _ cells: BurstingNeurons, _ image: OnChipImage, _ inputs: OnChipNetwork.Group?,
    _ random: inout SequentialRandom
  ) -> LearningTrial {
    var trial = LearningTrial()
    let first = inputs.map { image.channels(of: $0).lowerBound }
    for slot in 0..<slots {
      let isStrong = (slot / slotsPerBlock).isMultiple(of: 2)
      let start = slot * BurstingNeurons.slot
      cells.add(
        slotAt: start, event: random.uniform() < 0.6, dendrite: isStrong ? 1 : 0, to: &trial,
        image, &random)
      guard let first else { continue }
      for i in 0..<groupSize {
        let channel = first + (isStrong ? 0 : groupSize) + i
        for tick in start..<start + BurstingNeurons.slot where random.uniform() < 1.0 / 80 {
          trial.spike(channel, at: tick)
        }
      }
    }
    return trial
  }

  private func outcome(_ weights: [Double], _ session: LearningSession) -> Outcome {
    let count = BurstingNeurons.count
    var (right, means) = (0.0, [0.0, 0.0])
    for neuron in 0..<count {
      for group in 0...1 {
        let sum = (0..<groupSize).reduce(0.0) { sum, i in
          sum + weights[(group * groupSize + i) * count + neuron]
        }
        means[group] += sum / Double(groupSize * count)
        if sum == 0 { right += 0.5 } else if (sum > 0) == (group == 0) { right += 1 }
      }
    }
    return Outcome(
      right: right / Double(2 * count), frequent: means[0], rare: means[1],
      counters: session.counters, hardwareSeconds: session.hardwareSeconds)
  }
}
