import ChipInterface
import HardwareSpec

/// Inference of 16 x 16 images by 256-246-10 neurons, laid out as on the silicon: counts of events
/// are what matters, the weights are random.
///
/// Each neuron is one circuit in each half, since a half has only 128 pairs of rows. On the silicon
/// a synapse takes an event by its 6-bit address, so that hidden spikes share rows with inputs;
/// images have no addresses, so hidden neurons share the last pairs of each half among themselves.
struct ImageRun {
  private static let (hidden, labels, sharedPairs, ticks) = (246, 10, 10, 40)
  let image: ChipImage
  private let spec: ChipSpec

  init(_ spec: ChipSpec) {
    self.spec = spec
    let geometry = spec.geometry
    let cores = Array(geometry.cores.prefix(2))
    let inputPairs = geometry.rowPairsPerCore - Self.sharedPairs
    image = ChipImage(
      chipName: spec.name, specHash: spec.hash,
      cores: cores.map { Self.core($0, inputPairs, spec) },
      inputRoutes: cores.flatMap { core in
        (0..<inputPairs).map { Self.pairs(core, [$0], geometry) }
      },
      spikeRoutes: cores.flatMap { core in
        (0..<Self.hidden).compactMap { Self.route(core, $0, inputPairs, geometry) }
      }, io: Self.io(cores))
  }

  /// Images of about 80 active pixels, one spike each within the first 30 ticks; the labels'
  /// membranes are read as fast as the chip can.
  func experiment(images: Int) -> Experiment {
    let draw = CounterRandom(seed: 4, stream: 40)
    let cycles = Double(30 * spec.time.cyclesPerTick)
    var batch = SpikeBatch()
    for sample in 0..<images {
      let active = image.inputRoutes.indices.filter { draw.uniform(sample, $0, 0) < 80.0 / 256 }
      let spikes = active.map { pixel in
        (cycle: UInt32(draw.uniform(sample, pixel, 1) * cycles), unit: UInt32(pixel))
      }.sorted { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
      batch.cycles += spikes.map(\.cycle)
      batch.units += spikes.map(\.unit)
      batch.offsets.append(batch.cycles.count)
    }
    return Experiment(
      durationTicks: Self.ticks, inputs: batch, sampleNumbers: (0..<UInt64(images)).map { $0 },
      recorded: RecordingRequest(
        adcPopulations: ["label"], adcEvery: spec.readout.sampleEveryTicks))
  }

  private static func pairs(
    _ core: CoreOnChip, _ numbers: [Int], _ geometry: ChipGeometry
  ) -> [RowPairOnChip] {
    numbers.compactMap { RowPairOnChip(core, pair: $0, on: geometry) }
  }

  private static func route(
    _ core: CoreOnChip, _ neuron: Int, _ inputPairs: Int, _ geometry: ChipGeometry
  ) -> SpikeRoute? {
    CircuitOnChip(core, column: neuron, on: geometry).map {
      SpikeRoute(
        source: $0, targets: pairs(core, [inputPairs + neuron % sharedPairs], geometry))
    }
  }

  /// One half: inputs drive hidden circuits, the shared pairs drive labels.
  private static func core(_ core: CoreOnChip, _ inputPairs: Int, _ spec: ChipSpec) -> CoreImage {
    let swing = 60 * spec.readout.lsbVolts
    func circuit(fires: Bool) -> CircuitSettings {
      CircuitSettings(
        nearest: NominalCircuit(
          leak: 0.5, reset: 0.5, threshold: 0.5 + swing, membraneTicks: 20, excitatoryTicks: 20,
          inhibitoryTicks: 20, excitatoryGain: swing / 120, inhibitoryGain: swing / 120,
          refractoryTicks: 4, fires: fires), on: spec)
    }
    let circuits = (0..<hidden + labels).map { circuit(fires: $0 < hidden) }
    var image = CoreImage(core, circuits: circuits, on: spec.geometry)
    let draw = CounterRandom(seed: 4, stream: 41)
    for pair in 0..<inputPairs + sharedPairs {
      for column in pair < inputPairs ? 0..<hidden : hidden..<hidden + labels {
        let weight = draw.normal(core.index, pair, column) * Double(spec.synapse.largestWeight) / 4
        let steps = Int(min(max(weight, -60), 60).rounded())
        let row = steps < 0 ? 2 * pair + 1 : 2 * pair
        image.weights[row * spec.geometry.circuitsPerCore + column] =
          UInt8(min(abs(steps), spec.synapse.largestWeight))
      }
    }
    return image
  }

  private static func io(_ cores: [CoreOnChip]) -> ImageIO {
    func population(_ name: String, first: Int, count: Int) -> Population {
      Population(
        name: name,
        ranges: cores.map { CircuitRange(core: $0, firstColumn: first, count: count) })
    }
    return ImageIO(
      network: "images",
      populations: [
        population("hidden", first: 0, count: hidden),
        population("label", first: hidden, count: labels),
      ], projections: [], durationTicks: ticks, dt: 256e-6, coding: "",
      readout: ReadoutRule(population: "label", measure: .highestPotential))
  }
}
