import ChipInterface
import HardwareSpec

/// Homeostasis: neurons that differ by mismatch scale their synapses until all fire at one rate.
///
/// Synaptic scaling after van Rossum, Bi and Turrigiano 2000: `dw/dt = β w (a_goal − a)`, where `a`
/// is a slow trace of the neuron's own spikes.
public struct HomeostasisTask: LearningTask {
  /// The name on the command line.
  public let name = "homeostasis"
  /// One sentence on what is learnt.
  public let summary = "neurons that differ by mismatch come to fire at one rate"
  /// The rules that run.
  public let rules = ["homeostasis"]
  /// Samples of 16,384 ticks.
  public let defaultEpochs = 16

  private let inputs = 24, neuronCount = 128, ticks = 16_384, interval = 40.0
  private let initialWeight = 7
  /// The trace at which the rule leaves weights alone.
  private let goal = 40.0

  /// Makes the task.
  public init() {}

  /// Measures the rates, lets the rule work, and measures the rates again with weights fixed.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("homeostasis", on: chip.info.spec)
    var network = OnChipNetwork(name, on: chip.info.spec)
    let input = network.addInputs(inputs)
    let neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 10, peakPerStep: 0.007)
    let neurons = network.addNeurons("neurons", neuronCount, neuron)
    let rule = network.addRule(program)
    let synapses = network.connect(
      input, to: neurons, weights: Array(repeating: initialWeight, count: inputs * neuronCount),
      plasticity: .init(rule))
    let image = try network.image(durationTicks: ticks)
    let test = try trial(setting.seed, 0)
    let initial = try rates(image.frozen([:]), neurons, test, setting, chip)
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 1000, cancellation: setting.cancellation)
    var (weights, curve) = ([Double](), [initial.spread])
    for epoch in 0..<setting.epochs {
      let record = try session.run(
        [trial(setting.seed, epoch + 1)], ticks: ticks, probes: image.probes(.weight, of: synapses))
      let counts = record.counts(image.units(of: neurons), trial: 0, from: ticks / 2)
      curve.append(RateStatistics(counts, ticks: ticks / 2).spread)
      weights = image.synapses(of: synapses, from: record.registers, sample: 0)
      setting.progress(
        .init(fraction: Double(epoch + 1) / Double(setting.epochs + 1), note: "scaling"))
    }
    let final = try rates(image.frozen([synapses: weights]), neurons, test, setting, chip)
    let target = goal / (program.y1.impulse * program.y1.timeConstant)
    return LearningResult(
      figures: [
        LearningFigure(
          "spread of rates over neurons, of their mean", measured: final.spread,
          chance: initial.spread, required: 0.12, .atMost),
        LearningFigure(
          "distance of the mean rate from its target, of the target",
          measured: abs(final.mean / target - 1), chance: abs(initial.mean / target - 1),
          required: 0.15, .atMost),
      ],
      measures: [
        ("target rate, spikes a tick", target), ("mean rate before, spikes a tick", initial.mean),
        ("mean rate after, spikes a tick", final.mean),
      ],
      curve: curve, counters: session.counters, hardwareSeconds: session.hardwareSeconds)
  }

  private func rates(
    _ image: OnChipImage, _ neurons: OnChipNetwork.Group, _ trial: LearningTrial,
    _ setting: LearningSetting, _ chip: any Chip
  ) throws(TrainingError) -> RateStatistics {
    let session = try LearningSession(
      image, on: chip, firstSample: setting.seed &* 1000 &+ 999,
      cancellation: setting.cancellation)
    let record = try session.run([trial], ticks: ticks)
    return RateStatistics(record.counts(image.units(of: neurons), trial: 0), ticks: ticks)
  }

  /// Poisson spikes on all inputs.
  private func trial(_ seed: UInt64, _ epoch: Int) throws(TrainingError) -> LearningTrial {
    var random = SequentialRandom(seed: seed, stream: 0x484F_4D45 + UInt64(epoch) << 32)
    var trial = LearningTrial()
    for channel in 0..<inputs {
      for tick in 0..<ticks - 2 where random.uniform() < 1 / interval {
        trial.spike(channel, at: tick)
      }
    }
    return trial
  }
}

/// The rates of neurons, in spikes a tick.
struct RateStatistics {
  /// Mean over neurons, and standard deviation over mean.
  let mean, spread: Double

  init(_ counts: [Int], ticks: Int) {
    let rates = counts.map { Double($0) / Double(ticks) }
    let mean = rates.reduce(0, +) / Double(max(rates.count, 1))
    let squares = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    (self.mean, spread) = (
      mean, mean > 0 ? (squares / Double(rates.count)).squareRoot() / mean : .infinity
    )
  }
}
