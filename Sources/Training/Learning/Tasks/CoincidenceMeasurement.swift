import ChipInterface
import HardwareSpec

/// Neurons that hear a synchronous and an asynchronous group of inputs, all at one rate.
struct CoincidenceMeasurement {
  /// What came out.
  struct Outcome {
    /// Share of all weight that the synchronous inputs hold, before and after.
    var initialShare, share: Double
    var curve: [Double]
    var counters: RunCounters
    var hardwareSeconds: Double
  }

  let program: LearningProgram
  private let groupSize = 16, neuronCount = 16, ticks = 6000, interval = 80.0
  private let participation = 0.8

  init(program: LearningProgram) { self.program = program }

  func run(_ setting: LearningSetting, on chip: any Chip) throws(TrainingError) -> Outcome {
    var network = OnChipNetwork("coincidence", on: chip.info.spec)
    let inputs = network.addInputs(2 * groupSize)
    // Eight of sixteen coincident inputs at the initial weight reach threshold.
    let neuron = OnChipNeuron(membraneTicks: 10, synapticTicks: 3, peakPerStep: 0.008)
    let neurons = network.addNeurons("neurons", neuronCount, neuron)
    let rule = network.addRule(program)
    let synapses = network.connect(
      inputs, to: neurons, weights: Array(repeating: 8, count: inputs.count * neuronCount),
      plasticity: .init(rule))
    let image = try network.image(durationTicks: ticks)
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 1000 &+ 500,
      cancellation: setting.cancellation)
    var random = SequentialRandom(seed: setting.seed, stream: 0x434F_494E)
    var curve: [Double] = []
    for epoch in 0..<setting.epochs {
      let record = try session.run(
        [trial(&random)], ticks: ticks, probes: image.probes(.weight, of: synapses))
      curve.append(
        share(image.synapses(of: synapses, from: record.registers, sample: 0)))
      setting.progress(
        .init(
          fraction: 0.5 + 0.5 * Double(epoch + 1) / Double(setting.epochs), note: "coincidences"))
    }
    return Outcome(
      initialShare: 0.5, share: curve.last ?? 0.5, curve: curve, counters: session.counters,
      hardwareSeconds: session.hardwareSeconds)
  }

  /// Common events reach most of the first group within two ticks; the second group has as many
  /// events, each at a time of its own.
  private func trial(_ random: inout SequentialRandom) -> LearningTrial {
    var trial = LearningTrial()
    for event in poisson(interval, &random) {
      for channel in 0..<groupSize where random.uniform() < participation {
        trial.spike(channel, at: min(ticks - 2, event + Int(random.uniform() * 2)))
      }
    }
    for channel in groupSize..<2 * groupSize {
      for event in poisson(interval / participation, &random) { trial.spike(channel, at: event) }
    }
    return trial
  }

  private func poisson(_ interval: Double, _ random: inout SequentialRandom) -> [Int] {
    var (times, time) = ([Int](), 0.0)
    while true {
      time -= interval * DeterministicMath.log(random.uniform())
      guard time < Double(ticks - 4) else { return times }
      times.append(Int(time))
    }
  }

  private func share(_ weights: [Double]) -> Double {
    let total = weights.reduce(0, +)
    return total > 0 ? weights[..<(groupSize * neuronCount)].reduce(0, +) / total : 0.5
  }
}
