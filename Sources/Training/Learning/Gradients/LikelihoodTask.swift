import ChipInterface
import HardwareSpec

/// The likelihood rule: neurons that fire by chance raise the probability of a spike pattern.
///
/// Background sources on the chip make each of four neurons fire by chance. 200 inputs fire one
/// Poisson pattern, the same in every presentation, and each neuron has four wanted spikes. A sample
/// is 20 presentations in a row: the sources draw the same numbers in every sample, but other ones in
/// each presentation.
public struct LikelihoodTask: LearningTask {
  /// The name on the command line.
  public let name = "likelihood"
  /// One sentence on what is learnt.
  public let summary = "neurons that fire by chance make a spike pattern likely"
  /// The rules that run.
  public let rules = ["likelihood"]
  /// Passes over 20 presentations.
  public let defaultEpochs = 20

  private let inputs = 200, neurons = 4, wantedSpikes = 4, sourcesPerNeuron = 8
  private let presentation = 280, binTicks = 14, presentations = 20, testSamples = 3
  private let wantedError = 127
  /// The table of p is centred 42 of 85 codes below the threshold: noise carries a membrane that
  /// was seen there over the threshold within an epoch in half of the cases.
  private let escapeCentre = 0.506

  private var ticks: Int { presentation * presentations }
  private var bins: Int { presentation / binTicks }

  /// Makes the task.
  public init() {}

  /// Learns over epochs of 20 presentations; before and after, probabilities are counted on frozen
  /// weights.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    var random = SequentialRandom(seed: setting.seed, stream: 0x4C49_4B45)
    let wanted = wantedTicks(&random)
    var network = OnChipNetwork(name, on: chip.info.spec)
    let input = network.addInputs(inputs)
    let output = network.addNeurons(
      "neurons", neurons, SymbolSums.neuron(peakPerStep: 0.01667, refractoryTicks: 4))
    let rule = network.addRule(try LearningProgram.named("likelihood", on: chip.info.spec))
    let synapses = network.connect(
      input, to: output, weights: random.weights(inputs * neurons, mean: 0, spread: 3),
      plasticity: .init(rule, isSigned: true, membraneCentre: escapeCentre))
    addNoise(to: output, &network, seed: setting.seed)
    let image = try network.image(durationTicks: ticks)
    let trial = trial(image.units(of: output), wanted, &random)
    let first = setting.seed &* 1_000_000
    let before = try likelihood(image, [:], output, trial, wanted, first &+ 900_000, setting, chip)
    let learning = try LearningSession(
      image, on: chip, firstSample: first, cancellation: setting.cancellation)
    for epoch in 0..<setting.epochs {
      try learning.run([trial], ticks: ticks)
      setting.progress(.init(fraction: Double(epoch + 1) / Double(setting.epochs)))
    }
    let after = try likelihood(
      image, try learning.weights(of: [synapses]), output, trial, wanted, first &+ 950_000,
      setting, chip)
    return result(before, after, setting, learning)
  }

  private func result(
    _ before: Likelihood, _ after: Likelihood, _ setting: LearningSetting,
    _ session: LearningSession
  ) -> LearningResult {
    LearningResult(
      figures: [
        LearningFigure(
          "log-likelihood of the pattern, nats a wanted spike", measured: after.perSpike,
          chance: constantRate, required: -1.2)
      ],
      measures: [
        ("log-likelihood before", before.perSpike),
        ("probability of a spike where one is wanted, before", before.hit),
        ("probability of a spike where one is wanted, after", after.hit),
        ("probability of a spike elsewhere, before", before.falseAlarm),
        ("probability of a spike elsewhere, after", after.falseAlarm),
        ("presentations learnt from", Double(setting.epochs * presentations)),
      ],
      curve: [before.perSpike, after.perSpike], counters: session.counters,
      hardwareSeconds: session.hardwareSeconds)
  }

  // MARK: Network, input and wanted spikes

  /// Eight sources a neuron, half of them inhibitory, each about 0.03 events a tick.
  private func addNoise(
    to output: OnChipNetwork.Group, _ network: inout OnChipNetwork, seed: UInt64
  ) {
    let sources = network.addBackground(
      sourcesPerNeuron * neurons, periodCycles: 64, probability: 8,
      seed: UInt32(truncatingIfNeeded: seed &* 1000))
    var weights = [Int](repeating: 0, count: sources.count * neurons)
    for source in 0..<sources.count {
      weights[source * neurons + source / sourcesPerNeuron] = source % 2 == 0 ? 12 : -12
    }
    network.connect(sources, to: output, weights: weights)
  }

  private func wantedTicks(_ random: inout SequentialRandom) -> [[Int]] {
    let stretch = (presentation - 56) / wantedSpikes
    return (0..<neurons).map { _ in
      (0..<wantedSpikes).map { (i: Int) -> Int in 49 + i * stretch + random.below(stretch / 2) }
    }
  }

  /// A sample: the pattern and the wanted spikes, presentation after presentation.
  private func trial(
    _ units: Range<Int>, _ wanted: [[Int]], _ random: inout SequentialRandom
  ) -> LearningTrial {
    var trial = LearningTrial()
    for tick in 0..<presentation {
      for channel in 0..<inputs where random.happens(0.012) {
        for i in 0..<presentations { trial.spike(channel, at: tick + i * presentation) }
      }
    }
    for (unit, ticks) in zip(units, wanted) {
      for tick in ticks {
        for i in 0..<presentations {
          trial.error(wantedError, to: unit, at: tick + i * presentation)
        }
      }
    }
    return trial
  }

  // MARK: Likelihood

  private struct Likelihood {
    /// The logarithm of the pattern's probability over its spikes.
    var perSpike = 0.0
    /// The mean probability of a spike in bins with and without a wanted one.
    var hit = 0.0, falseAlarm = 0.0
  }

  /// What a neuron reaches that fires in every bin with the pattern's mean probability.
  private var constantRate: Double {
    let p = Double(wantedSpikes) / Double(bins)
    return DeterministicMath.log(p)
      + Double(bins - wantedSpikes) / Double(wantedSpikes) * DeterministicMath.log(1 - p)
  }

  /// Counts how often each neuron fires in each bin of 14 ticks, on frozen weights and without
  /// errors.
  private func likelihood(
    _ image: OnChipImage, _ weights: [OnChipNetwork.ProjectionID: [Double]],
    _ output: OnChipNetwork.Group, _ trial: LearningTrial, _ wanted: [[Int]], _ first: UInt64,
    _ setting: LearningSetting, _ chip: any Chip
  ) throws(TrainingError) -> Likelihood {
    let session = try LearningSession(
      try image.frozen(weights), on: chip, firstSample: first,
      cancellation: setting.cancellation)
    var trial = trial
    trial.graded = []
    let record = try session.run(
      Array(repeating: trial, count: testSamples), ticks: ticks)
    let units = image.units(of: output)
    var fired = Set<[Int]>()
    for (sample, spikes) in record.spikes.enumerated() {
      for spike in spikes where units.contains(spike.unit) {
        fired.insert([spike.unit - units.lowerBound, spike.tick / binTicks, sample])
      }
    }
    var counts = [[Double]](repeating: Array(repeating: 0, count: bins), count: neurons)
    for place in fired { counts[place[0]][place[1] % bins] += 1 }
    return likelihood(counts, wanted)
  }

  /// Bins are independent given the input; half a count keeps every probability off 0 and 1.
  private func likelihood(_ counts: [[Double]], _ wanted: [[Int]]) -> Likelihood {
    var sum = Likelihood()
    let trials = Double(presentations * testSamples)
    for (neuron, ticks) in wanted.enumerated() {
      let wantedBins = Set(ticks.map { $0 / binTicks })
      for bin in 0..<bins {
        let p = (counts[neuron][bin] + 0.5) / (trials + 1)
        let isWanted = wantedBins.contains(bin)
        sum.perSpike += DeterministicMath.log(isWanted ? p : 1 - p)
        if isWanted { sum.hit += p } else { sum.falseAlarm += p }
      }
    }
    let spikes = Double(neurons * wantedSpikes)
    sum.perSpike /= spikes
    sum.hit /= spikes
    sum.falseAlarm /= Double(neurons * bins) - spikes
    return sum
  }
}
