import ChipInterface
import HardwareSpec

/// Two ways to learn with weights of four bits: rounding by chance, and gathering in the tag.
///
/// All neurons of a row hear the same input and fire at the same teacher's spikes, so that the
/// synapses of a row should stay equal. How far they drift apart is the price of coarse weights.
public struct FourBitTask: LearningTask {
  /// The name on the command line.
  public let name = "four-bit"
  /// One sentence on what is learnt.
  public let summary = "changes of a tenth of a step, rounded by chance or gathered in the tag"
  /// The rules that run.
  public let rules = ["four-bit-rounding", "four-bit-carry"]
  /// Samples of a thousand ticks.
  public let defaultEpochs = 4

  private let inputs = 32, neurons = 32, ticks = 1000

  /// Makes the task.
  public init() {}

  /// Runs both rules on the same spikes, and compares what they made of the same weights.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let rounded = try drift("four-bit-rounding", setting, chip)
    setting.progress(.init(fraction: 0.5, note: "rounded"))
    let gathered = try drift("four-bit-carry", setting, chip)
    var result = LearningResult(
      figures: [
        LearningFigure(
          "spread of synapses that should be equal, gathered in the tag, steps",
          measured: gathered.spread, chance: rounded.spread, required: 0.5 * rounded.spread, .atMost
        )
      ],
      measures: [
        ("mean change of a weight, rounded by chance, steps", rounded.mean),
        ("mean change of a weight, gathered in the tag, steps", gathered.mean),
        ("spread, rounded by chance, steps", rounded.spread),
        ("weights written in 1,000 ticks, rounded by chance", rounded.writes),
        ("weights written in 1,000 ticks, gathered in the tag", gathered.writes),
        ("engine cycles an epoch, rounded by chance", rounded.cycles),
        ("engine cycles an epoch, gathered in the tag", gathered.cycles),
      ])
    result.counters = rounded.counters
    result.counters += gathered.counters
    return result
  }

  /// What a rule did to the weights.
  private struct Drift {
    var mean = 0.0, spread = 0.0, writes = 0.0, cycles = 0.0
    var counters = RunCounters()
  }

  private func drift(
    _ rule: String, _ setting: LearningSetting, _ chip: any Chip
  ) throws(TrainingError) -> Drift {
    let image = try image(rule, chip.info.spec)
    do { try chip.load(image) } catch { throw .chip(error) }
    var drift = Drift()
    for sample in 0..<max(1, setting.epochs) {
      let recording: Recording
      do {
        recording = try chip.run(
          experiment(setting.seed &* 1000 &+ UInt64(sample), chip.info.spec),
          cancellation: setting.cancellation)
      } catch { throw .chip(error) }
      drift.counters += recording.counters
      (drift.mean, drift.spread) = moments(recording.registers[0])
    }
    let thousands = Double(drift.counters.ticks) / 1000
    drift.writes = Double(drift.counters.weightUpdates) / thousands
    drift.cycles = Double(drift.counters.learningCycles) / Double(drift.counters.ticks)
    return drift
  }

  /// Mean over all synapses, and the standard deviation within rows.
  private func moments(_ weights: [Double]) -> (mean: Double, spread: Double) {
    var (sum, squares) = (0.0, 0.0)
    for row in 0..<inputs {
      let own = weights[row * neurons..<(row + 1) * neurons]
      let mean = own.reduce(0, +) / Double(neurons)
      sum += mean
      squares += own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(neurons - 1)
    }
    return (sum / Double(inputs), (squares / Double(inputs)).squareRoot())
  }

  /// Neurons that do not fire by themselves, all of whose synapses learn.
  private func image(
    _ rule: String, _ spec: ChipSpec
  ) throws(TrainingError) -> ChipImage {
    let program = try LearningProgram.named(rule, on: spec)
    guard spec.digital == nil, spec.geometry.rowPairsPerCore >= inputs,
      spec.geometry.circuitsPerCore >= neurons,
      spec.learning?.gradedEventsPerTick ?? 0 >= neurons
    else {
      throw .rule(
        name: rule,
        faults: [
          "the task needs analog circuits and \(neurons) graded events a tick; try synapus-1"
        ])
    }
    let circuit = CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.5, reset: 0.5, threshold: 0.9, membraneTicks: 20, excitatoryTicks: 10,
        inhibitoryTicks: 10, excitatoryGain: 1e-4, inhibitoryGain: 1e-4, refractoryTicks: 1,
        fires: true), on: spec)
    var image = ChipImage.singleCore(
      spec, circuits: Array(repeating: circuit, count: neurons), inputs: inputs,
      weights: Array(repeating: 0, count: inputs * neurons), durationTicks: ticks)
    image.programs = [program]
    image.cores[0].plasticBlocks = [
      PlasticBlock(
        firstPair: 0, pairCount: inputs, firstColumn: 0, columnCount: neurons, program: 0)
    ]
    return image
  }

  /// Inputs at random, and a teacher that fires all neurons at once, at random too.
  private func experiment(_ number: UInt64, _ spec: ChipSpec) -> Experiment {
    var random = SequentialRandom(seed: number, stream: 0x3442_4954)
    var batch = SpikeBatch()
    var events: [GradedEvents.Event] = []
    for tick in 0..<ticks {
      let cycle = UInt32(tick * spec.time.cyclesPerTick)
      for input in 0..<inputs where random.uniform() < 0.02 {
        batch.cycles.append(cycle)
        batch.units.append(UInt32(input))
      }
      if random.uniform() < 0.02 {
        for unit in 0..<neurons {
          events.append(.init(tick: UInt32(tick), channel: .teacher, unit: UInt32(unit)))
        }
      }
    }
    batch.offsets.append(batch.cycles.count)
    var recorded = RecordingRequest(spikes: false)
    recorded.registers = [RegisterProbe(.weight, core: 0)]
    var experiment = Experiment(
      durationTicks: ticks, inputs: batch, sampleNumbers: [number], recorded: recorded)
    experiment.graded = GradedEvents([events])
    return experiment
  }
}
