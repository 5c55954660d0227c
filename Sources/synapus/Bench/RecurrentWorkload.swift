import ChipInterface
import HardwareSpec

/// Recurrent networks without input, kept alive by a bias: W2x on 16 cores, W6 on any mesh.
///
/// The bias U{90..170} of the definition becomes a rest above the threshold; the weights ±U{1..8}
/// steps keep their range; leak, gain and bias are set for 2.5 (W2x) or 2 % (W6) of the neurons
/// firing in a tick.
struct RecurrentWorkload {
  /// Who hears whom.
  enum Wiring {
    /// Each core hears 16 neurons of each of 16 cores, and each of them reaches one core.
    case all16
    /// Each neuron drives one row pair of a core within three hops.
    case nearby
  }

  let image: ChipImage
  let experiment: Experiment

  /// Neurons of a core.
  private static let neurons = 256

  /// Makes a workload; nil when the chip's cores are too few or too small.
  init?(_ spec: ChipSpec, _ wiring: Wiring, steps: Int) {
    let geometry = spec.geometry
    guard geometry.circuitsPerCore >= Self.neurons, geometry.rowPairsPerCore >= 256,
      wiring == .nearby || geometry.coreCount >= 16
    else { return nil }
    let used = wiring == .all16 ? Array(geometry.cores.prefix(16)) : geometry.cores
    let drive = wiring == .all16 ? 0.71 : 0.64
    var random = SequentialRandom(seed: 2, stream: 2)
    let cores = used.map { Self.core($0, spec, drive: drive, &random) }
    image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: [],
      spikeRoutes: Self.routes(used, wiring, geometry, &random),
      io: Self.description(used, spec, steps: steps))
    experiment = Experiment(
      durationTicks: steps, inputs: SpikeBatch(offsets: [0, 0], cycles: [], units: []),
      sampleNumbers: [0], recorded: RecordingRequest(spikes: true))
  }

  private static func core(
    _ core: CoreOnChip, _ spec: ChipSpec, drive: Double, _ random: inout SequentialRandom
  ) -> CoreImage {
    let circuits = (0..<neurons).map { _ in circuit(spec, drive: drive, &random) }
    var image = CoreImage(core, circuits: circuits, on: spec.geometry)
    let largest = min(8, spec.synapse.largestWeight)
    for pair in 0..<256 {
      for column in 0..<neurons where random.uniform() < 0.1 {
        let row = random.uniform() < 0.5 ? 2 * pair : 2 * pair + 1
        image.weights[row * spec.geometry.circuitsPerCore + column] = UInt8(
          1 + Int(random.next() % UInt64(largest)))
      }
    }
    return image
  }

  /// A circuit that fires by itself every 40 ticks or so.
  private static func circuit(
    _ spec: ChipSpec, drive: Double, _ random: inout SequentialRandom
  ) -> CircuitSettings {
    let swing = 30 * spec.readout.lsbVolts
    let bias = Double(90 + Int(random.next() % 81)) / 130 * 3.4 * drive
    let (membrane, synaptic) = (117.0, 5.0)
    let gain = 0.02 * swing * membrane / synaptic
    return CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.43 + bias * swing, reset: 0.43, threshold: 0.43 + swing,
        membraneTicks: membrane, excitatoryTicks: synaptic, inhibitoryTicks: synaptic,
        excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 1, fires: true), on: spec)
  }

  private static func routes(
    _ cores: [CoreOnChip], _ wiring: Wiring, _ geometry: ChipGeometry,
    _ random: inout SequentialRandom
  ) -> [SpikeRoute] {
    var routes: [SpikeRoute] = []
    for (j, core) in cores.enumerated() {
      let near = wiring == .nearby ? cores.filter { geometry.isNear($0, core) } : []
      for column in 0..<neurons {
        let target: RowPairOnChip?
        switch wiring {
        case .all16:
          target = RowPairOnChip(cores[column / 16], pair: 16 * j + column % 16, on: geometry)
        case .nearby:
          target = RowPairOnChip(
            near[Int(random.next() % UInt64(near.count))], pair: Int(random.next() % 256),
            on: geometry)
        }
        if let source = CircuitOnChip(core, column: column, on: geometry), let target {
          routes.append(SpikeRoute(source: source, targets: [target]))
        }
      }
    }
    return routes
  }

  private static func description(
    _ cores: [CoreOnChip], _ spec: ChipSpec, steps: Int
  ) -> ImageIO {
    let ranges = cores.map { CircuitRange(core: $0, firstColumn: 0, count: neurons) }
    return ImageIO(
      network: "recurrent", populations: [Population(name: "neurons", ranges: ranges)],
      projections: [], durationTicks: steps, dt: spec.time.tickSeconds * spec.time.acceleration,
      coding: "", readout: ReadoutRule(population: "neurons", measure: .mostSpikes))
  }
}

extension ChipGeometry {
  /// Whether two cores are up to three hops apart; looks at columns first, for there are many.
  fileprivate func isNear(_ a: CoreOnChip, _ b: CoreOnChip) -> Bool {
    abs(a.index / meshColumns - b.index / meshColumns) <= 3 && hops(from: a, to: b) <= 3
  }
}
