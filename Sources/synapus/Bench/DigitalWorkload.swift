import ChipInterface
import HardwareSpec

/// W1, W2x and W2g on a digital chip of current-based neurons, as they are defined: no number is
/// scaled.
struct DigitalWorkload {
  let image: ChipImage
  let experiment: Experiment
  let neuronCount: Int

  /// Neurons of a core.
  private static let neurons = 256

  private init(
    _ spec: ChipSpec, _ cores: [CoreImage], inputs: [[RowPairOnChip]], spikes: [SpikeRoute],
    steps: Int, events: SpikeBatch
  ) {
    let ranges = cores.map { CircuitRange(core: $0.core, firstColumn: 0, count: $0.neuronCount) }
    let io = ImageIO(
      network: "bench", populations: [Population(name: "neurons", ranges: ranges)],
      projections: [], durationTicks: steps, dt: spec.time.tickSeconds, coding: "",
      readout: ReadoutRule(population: "neurons", measure: .mostSpikes))
    image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: inputs,
      spikeRoutes: spikes, io: io)
    experiment = Experiment(
      durationTicks: steps, inputs: events, sampleNumbers: [0],
      recorded: RecordingRequest(spikes: true))
    neuronCount = cores.reduce(0) { $0 + $1.neuronCount }
  }

  /// One core, 256 inputs with p = 0.02 a step, dense weights 2·U{−40..60}.
  static func w1(_ spec: ChipSpec, steps: Int) -> DigitalWorkload {
    var random = SequentialRandom(seed: 1, stream: 11)
    let core = spec.geometry.cores[0]
    let row = (0..<neurons).map { UInt16($0) }
    let projection = DigitalProjection(
      firstAxon: 0, starts: (0...256).map { UInt32($0 * neurons) },
      targets: Array(repeatElement(row, count: 256).joined()),
      weights: (0..<256 * neurons).map { _ in Int16(2 * random.integer(-40...60)) })
    let neuron = CurrentBasedNeuron(currentDecay: 1024, voltageDecay: 128, threshold: 2000)
    let registers = CurrentBasedCore(
      neurons: Array(repeating: neuron, count: neurons), projections: [projection])
    return DigitalWorkload(
      spec, [CoreImage(core, digital: .currentBased(registers))],
      inputs: (0..<256).map { pair in
        RowPairOnChip(core, pair: pair, on: spec.geometry).map { [$0] } ?? []
      }, spikes: [], steps: steps, events: .independent(256, probability: 0.02, steps, &random))
  }

  /// Sixteen cores; each hears 16 neurons of each, and each of those reaches 10 % of its neurons.
  static func w2x(_ spec: ChipSpec, steps: Int) -> DigitalWorkload {
    recurrent(
      spec, axons: 256, stream: 12, weights: 1...8, threshold: 100, bias: 90...170,
      voltage: 0...6399, steps: steps
    ) { source, column in
      [(core: column / 16, axon: 16 * source + column % 16)]
    }
  }

  /// 4,096 neurons in sixteen cores; every ordered pair is connected with p = 0.1.
  static func w2g(_ spec: ChipSpec, steps: Int) -> DigitalWorkload {
    recurrent(
      spec, axons: 4096, stream: 13, weights: 1...4, threshold: 1000, bias: 900...1700,
      voltage: 0...63_999, steps: steps
    ) { source, column in
      (0..<16).map { (core: $0, axon: source * neurons + column) }
    }
  }

  /// Neurons with a bias, du 2048 and dv 0, weights ±2·U, each synapse with p = 0.1.
  private static func recurrent(
    _ spec: ChipSpec, axons: Int, stream: UInt64, weights: ClosedRange<Int>, threshold: Int32,
    bias: ClosedRange<Int>, voltage: ClosedRange<Int>, steps: Int,
    targets: (_ source: Int, _ column: Int) -> [(core: Int, axon: Int)]
  ) -> DigitalWorkload {
    var random = SequentialRandom(seed: 2, stream: stream)
    let used = Array(spec.geometry.cores.prefix(16))
    let cores = used.map { core in
      let registers = (0..<neurons).map { _ in
        CurrentBasedNeuron(
          currentDecay: 2048, voltageDecay: 0, threshold: threshold,
          biasMantissa: Int16(random.integer(bias)),
          initialVoltage: Int32(random.integer(voltage)))
      }
      let projection = DigitalProjection.random(
        axons: axons, neurons: neurons, probability: 0.1, weights: weights, &random)
      return CoreImage(
        core,
        digital: .currentBased(CurrentBasedCore(neurons: registers, projections: [projection])))
    }
    var routes: [SpikeRoute] = []
    for (j, core) in used.enumerated() {
      for column in 0..<neurons {
        let axons = targets(j, column).compactMap {
          RowPairOnChip(used[$0.core], pair: $0.axon, on: spec.geometry)
        }
        if let source = CircuitOnChip(core, column: column, on: spec.geometry) {
          routes.append(SpikeRoute(source: source, targets: axons))
        }
      }
    }
    return DigitalWorkload(
      spec, cores, inputs: [], spikes: routes, steps: steps,
      events: SpikeBatch(offsets: [0, 0], cycles: [], units: []))
  }
}

extension DigitalProjection {
  /// Synapses between all axons and neurons with a probability, weights ±2·U.
  fileprivate static func random(
    axons: Int, neurons: Int, probability: Double, weights range: ClosedRange<Int>,
    _ random: inout SequentialRandom
  ) -> DigitalProjection {
    var (starts, targets, weights): ([UInt32], [UInt16], [Int16]) = ([0], [], [])
    for _ in 0..<axons {
      for column in 0..<neurons where random.uniform() < probability {
        targets.append(UInt16(column))
        let magnitude = 2 * random.integer(range)
        weights.append(Int16(random.uniform() < 0.5 ? magnitude : -magnitude))
      }
      starts.append(UInt32(targets.count))
    }
    return DigitalProjection(firstAxon: 0, starts: starts, targets: targets, weights: weights)
  }
}

extension SequentialRandom {
  fileprivate mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }
}

extension SpikeBatch {
  /// Inputs that each fire in each step with the same probability.
  fileprivate static func independent(
    _ channels: Int, probability: Double, _ steps: Int, _ random: inout SequentialRandom
  ) -> SpikeBatch {
    var batch = SpikeBatch()
    for step in 0..<steps {
      for channel in 0..<channels where random.uniform() < probability {
        batch.cycles.append(UInt32(step))
        batch.units.append(UInt32(channel))
      }
    }
    batch.offsets.append(batch.cycles.count)
    return batch
  }
}
