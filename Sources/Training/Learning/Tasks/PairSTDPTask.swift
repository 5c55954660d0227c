import ChipInterface
import HardwareSpec

/// Pair STDP: its window, measured by pairs at many lags, and what it is for.
///
/// The window is held against the law `Δw = A₊ e^(−Δt/τ₊)` for `Δt > 0`, `−A₋ e^(Δt/τ₋)` for
/// `Δt < 0` (Song, Miller and Abbott 2000). As its use, neurons that hear a synchronous and an
/// asynchronous group of inputs at one rate come to listen to the synchronous group.
public struct PairSTDPTask: LearningTask {
  /// The name on the command line.
  public let name = "pair-stdp"
  /// One sentence on what is learnt.
  public let summary =
    "the STDP window follows its exponentials, and neurons come to hear coincident inputs"
  /// The rules that run.
  public let rules = ["pair-stdp"]
  /// Samples of the coincidence part.
  public let defaultEpochs = 12

  /// Makes the task.
  public init() {}

  /// Measures the window, then lets neurons find coincidences; an epoch is one sample of inputs.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("pair-stdp", on: chip.info.spec)
    var window = PairingMeasurement(program: program, lags: Array(stride(from: -45, to: 46, by: 3)))
    try window.run(setting, on: chip, share: 0...0.5)
    let law = PairLaw(program)
    let (deviation, size) = window.deviation(from: law)
    let coincidence = try CoincidenceMeasurement(program: program).run(setting, on: chip)
    var counters = window.counters
    counters += coincidence.counters
    return LearningResult(
      figures: [
        LearningFigure(
          "deviation of the window from its law, of the amplitude", measured: deviation,
          chance: size, required: 0.06, .atMost),
        LearningFigure(
          "share of the weight that synchronous inputs hold", measured: coincidence.share,
          chance: 0.5, required: 0.8),
      ],
      measures: [
        ("weight change at the shortest lag after, steps a pair", window.change(atLag: 3)),
        ("weight change at the shortest lag before, steps a pair", window.change(atLag: -3)),
        ("pairs measured", Double(window.pairCount)),
        ("share of the weight before learning", coincidence.initialShare),
      ],
      curve: coincidence.curve, counters: counters,
      hardwareSeconds: window.hardwareSeconds + coincidence.hardwareSeconds)
  }
}

/// What one pair changes, by the numbers of the rule as the engine stores it.
struct PairLaw {
  /// Amplitudes in steps of weight, time constants in ticks.
  let potentiation, depression, causalTicks, acausalTicks: Double

  /// The law of `dw = 2^-7*x1*y0 - 2^-7*y1*x0`.
  init(_ program: LearningProgram) {
    (potentiation, depression) = (program.x1.impulse / 128, program.y1.impulse / 128)
    (causalTicks, acausalTicks) = (program.x1.timeConstant, program.y1.timeConstant)
  }

  /// The change by a pair whose postsynaptic spike comes `lag` ticks after the other.
  func change(lag: Double) -> Double {
    if lag > 0 { return potentiation * DeterministicMath.exp(-lag / causalTicks) }
    if lag < 0 { return -depression * DeterministicMath.exp(lag / acausalTicks) }
    return potentiation - depression
  }
}

/// Neurons that a strong input makes fire at known times, and signed synapses without weight.
struct DrivenNeurons {
  private static let driverCount = 8
  let image: OnChipImage
  let driver, inputs, neurons: OnChipNetwork.Group
  let synapses: OnChipNetwork.ProjectionID

  /// `inputs` plastic channels onto `count` fast neurons; eight driver channels fire them.
  init(
    _ program: LearningProgram, inputs inputCount: Int, neurons count: Int, ticks: Int,
    on spec: ChipSpec
  ) throws(TrainingError) {
    var network = OnChipNetwork(program.name, on: spec)
    driver = network.addInputs(Self.driverCount)
    inputs = network.addInputs(inputCount)
    var neuron = OnChipNeuron(membraneTicks: 6, synapticTicks: 2, peakPerStep: 1 / 80)
    neuron.refractoryTicks = 12
    neurons = network.addNeurons("neurons", count, neuron)
    network.connect(
      driver, to: neurons,
      weights: Array(repeating: spec.synapse.largestWeight, count: Self.driverCount * count))
    let rule = network.addRule(program)
    synapses = network.connect(
      inputs, to: neurons, weights: Array(repeating: 0, count: inputCount * count),
      plasticity: .init(rule, isSigned: true))
    image = try network.image(durationTicks: ticks)
  }

  /// Makes all neurons fire about three ticks later.
  func drive(_ trial: inout LearningTrial, at tick: Int) {
    for channel in image.channels(of: driver) { trial.spike(channel, at: tick) }
  }
}

/// The weight changes by pairs of a pre- and a postsynaptic spike at chosen lags.
struct PairingMeasurement {
  private let program: LearningProgram
  private let lags: [Int]
  private let neuronCount = 64, pairsPerRun = 16, runs = 4, spacing = 160
  /// By lag in ticks: the sum of changes, and how many pairs made them.
  private var sums: [Int: (change: Double, pairs: Int)] = [:]
  private(set) var counters = RunCounters()
  private(set) var hardwareSeconds = 0.0

  init(program: LearningProgram, lags: [Int]) { (self.program, self.lags) = (program, lags) }

  /// The pairs that were measured.
  var pairCount: Int { sums.values.reduce(0) { $0 + $1.pairs } }

  mutating func run(
    _ setting: LearningSetting, on chip: any Chip, share: ClosedRange<Double>
  ) throws(TrainingError) {
    let ticks = (pairsPerRun + 1) * spacing
    let network = try DrivenNeurons(
      program, inputs: lags.count, neurons: neuronCount, ticks: ticks, on: chip.info.spec)
    for run in 0..<runs {
      // A fresh load is a fresh start of all weights.
      let session = try LearningSession(
        network.image, on: chip, firstSample: setting.seed &* 1000 &+ UInt64(run),
        cancellation: setting.cancellation)
      let record = try session.run(
        [trial(network)], ticks: ticks,
        probes: network.image.probes(.weight, of: network.synapses))
      take(record, network)
      counters += session.counters
      hardwareSeconds += session.hardwareSeconds
      let done = Double(run + 1) / Double(runs)
      setting.progress(
        .init(
          fraction: share.lowerBound + done * (share.upperBound - share.lowerBound),
          note: "window"))
    }
  }

  private func trial(_ network: DrivenNeurons) -> LearningTrial {
    var trial = LearningTrial()
    let channels = network.image.channels(of: network.inputs)
    for pair in 0..<pairsPerRun {
      let tick = (pair + 1) * spacing - spacing / 2
      network.drive(&trial, at: tick)
      for (channel, lag) in zip(channels, lags) { trial.spike(channel, at: tick - lag) }
    }
    return trial
  }

  /// Sorts the changes by the lag at which each neuron really fired.
  private mutating func take(_ record: LearningRecord, _ network: DrivenNeurons) {
    let weights = network.image.synapses(
      of: network.synapses, from: record.registers, sample: 0)
    let units = network.image.units(of: network.neurons)
    for (neuron, unit) in units.enumerated() {
      let times = record.spikes[0].filter { $0.unit == unit }.map(\.tick)
      guard times.count == pairsPerRun else { continue }
      let latency = times.enumerated().reduce(0.0) { sum, spike in
        sum + Double(spike.element - ((spike.offset + 1) * spacing - spacing / 2) - 1)
      }
      let delay = Int((latency / Double(pairsPerRun)).rounded())
      for (input, lag) in lags.enumerated() {
        let change = weights[input * neuronCount + neuron]
        sums[lag + delay, default: (0, 0)].change += change
        sums[lag + delay, default: (0, 0)].pairs += pairsPerRun
      }
    }
  }

  /// The mean change by one pair, steps of weight, at the measured lag nearest to one.
  func change(atLag lag: Int) -> Double {
    guard let nearest = sums.keys.min(by: { (abs($0 - lag), $0) < (abs($1 - lag), $1) }),
      let entry = sums[nearest]
    else { return 0 }
    return entry.change / Double(entry.pairs)
  }

  /// Root mean square over all lags, as a fraction of the larger amplitude: of the measured
  /// change's distance from the law, and of the law itself.
  ///
  /// Lags of one tick and less are left out: jitter turns their order about.
  func deviation(from law: PairLaw) -> (deviation: Double, size: Double) {
    var (deviations, sizes, count) = (0.0, 0.0, 0.0)
    for (lag, entry) in sums.sorted(by: { $0.key < $1.key }) where abs(lag) > 1 {
      let expected = law.change(lag: Double(lag))
      let pairs = Double(entry.pairs)
      let distance = entry.change / pairs - expected
      deviations += distance * distance * pairs
      sizes += expected * expected * pairs
      count += pairs
    }
    let amplitude = max(law.potentiation, law.depression)
    return (
      (deviations / count).squareRoot() / amplitude, (sizes / count).squareRoot() / amplitude
    )
  }
}
