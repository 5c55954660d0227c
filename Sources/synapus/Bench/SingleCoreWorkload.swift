import ChipInterface
import HardwareSpec

/// W1: one core, 256 random inputs, dense random weights, 256 LIF neurons, all spikes recorded.
///
/// The weights 2·U{−40..60} of the definition are scaled to the chip's range; time constants are
/// those of du 1024 and dv 128 (4 and 32 steps); the threshold gives 0.17 spikes per neuron and
/// step.
struct SingleCoreWorkload {
  /// What the circuits are.
  enum Circuit: String, CaseIterable {
    /// Leaky integrate-and-fire.
    case lif
    /// Adaptive exponential circuits, and short-term plasticity on every row pair.
    case adexSTP = "adex-stp"
  }

  let steps: Int
  let image: ChipImage
  let experiment: Experiment

  init(_ spec: ChipSpec, steps: Int, circuit: Circuit = .lif) {
    self.steps = steps
    let inputs = min(256, spec.geometry.rowPairsPerCore)
    let neurons = min(256, spec.geometry.circuitsPerCore)
    var random = SequentialRandom(seed: 1, stream: 1)
    let scale = Double(spec.synapse.largestWeight) / 120
    let weights = (0..<inputs * neurons).map { _ in
      Int8((Double(2 * (Int(random.next() % 101) - 40)) * scale).rounded())
    }
    let swing = 70 * spec.readout.lsbVolts
    var settings = CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.45, reset: 0.45, threshold: 0.45 + swing, membraneTicks: 32, excitatoryTicks: 4,
        inhibitoryTicks: 4, excitatoryGain: Self.gain(spec, inputs),
        inhibitoryGain: Self.gain(spec, inputs),
        refractoryTicks: 1, fires: true), on: spec)
    if circuit == .adexSTP { settings.options = Self.adEx(spec, swing: swing) }
    var image = ChipImage.singleCore(
      spec, circuits: Array(repeating: settings, count: neurons), inputs: inputs, weights: weights,
      durationTicks: steps)
    if circuit == .adexSTP {
      image.cores[0].rowPlasticity = (0..<inputs).map {
        RowPlasticity(pair: $0, utilisation: 4, recoveryTime: 8, facilitates: $0 % 2 == 1)
      }
    }
    self.image = image
    experiment = Experiment(
      durationTicks: steps, inputs: Self.inputs(inputs, steps, spec.time.cyclesPerTick, &random),
      sampleNumbers: [0], recorded: RecordingRequest(spikes: true))
  }

  /// Adaptation with a of half the leak and b of a tenth of the swing over 100 ticks; an upswing
  /// of a tenth of the swing that begins below the threshold.
  private static func adEx(_ spec: ChipSpec, swing: Double) -> CircuitOptions {
    var wanted = NominalOptions()
    wanted.adaptation = .init(conductance: 0.5, increment: 0.1 * swing, ticks: 100)
    wanted.exponential = .init(slope: 0.1 * swing, threshold: 0.45 + 0.6 * swing)
    return CircuitOptions(nearest: wanted, on: spec)
  }

  /// The gain at which the mean drive, some 5 events of 10 mean steps a tick, fires 0.17 a step.
  private static func gain(_ spec: ChipSpec, _ inputs: Int) -> Double {
    let meanWeight = 10.0 * Double(spec.synapse.largestWeight) / 120
    let events = 0.02 * Double(inputs)
    let meanCurrent = events * meanWeight * 4
    return 3.75 * 70 * spec.readout.lsbVolts / meanCurrent
  }

  /// Each input fires in each step with probability 0.02, at a random cycle.
  private static func inputs(
    _ channels: Int, _ steps: Int, _ cyclesPerTick: Int, _ random: inout SequentialRandom
  ) -> SpikeBatch {
    var batch = SpikeBatch()
    for step in 0..<steps {
      var events: [(cycle: UInt32, unit: UInt32)] = []
      for channel in 0..<channels where random.uniform() < 0.02 {
        let cycle = step * cyclesPerTick + Int(random.next() % UInt64(cyclesPerTick))
        events.append((UInt32(cycle), UInt32(channel)))
      }
      events.sort { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
      batch.cycles += events.map(\.cycle)
      batch.units += events.map(\.unit)
    }
    batch.offsets.append(batch.cycles.count)
    return batch
  }
}
