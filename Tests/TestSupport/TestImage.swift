import ChipInterface
import HardwareSpec

/// A small image for tests of any chip: inputs drive a firing layer, which drives a readout layer.
public enum TestImage {
  /// Input channels, neurons of the population `hidden`, and of `label`.
  public static let (inputs, hidden, labels) = (8, 12, 3)
  /// How long a sample runs, in ticks.
  public static let ticks = 60

  /// Makes the image for a chip, with seeded weights, all on core 0.
  ///
  /// Pairs `0..<8` belong to the inputs and `8..<20` to the hidden neurons; hidden neurons sit in
  /// columns `0..<12` and readouts in `12..<15`.
  public static func make(for spec: ChipSpec, seed: UInt64 = 1) throws -> ChipImage {
    let geometry = spec.geometry
    let core = try required(CoreOnChip(0, on: geometry), "core 0")
    let circuits = (0..<hidden + labels).map { circuit(fires: $0 < hidden, spec) }
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash,
      cores: [CoreImage(core, circuits: circuits, on: geometry)],
      inputRoutes: try (0..<inputs).map { [try pair(core, $0, geometry)] },
      spikeRoutes: try (0..<hidden).map { neuron in
        SpikeRoute(
          source: try required(CircuitOnChip(core, column: neuron, on: geometry), "column"),
          targets: [try pair(core, inputs + neuron, geometry)])
      },
      io: io(core))
    fill(&image.cores[0].weights, geometry, seed)
    return image
  }

  /// A mini-batch for the image: every sample has about 40 input spikes.
  public static func experiment(
    for spec: ChipSpec, samples: Int, seed: UInt64 = 1,
    recorded: RecordingRequest = RecordingRequest(adcPopulations: ["label", "hidden"])
  ) -> Experiment {
    var random = SequentialRandom(seed: seed, stream: 77)
    let cycles = UInt32(ticks * spec.time.cyclesPerTick)
    var batch = SpikeBatch()
    for _ in 0..<samples {
      let spikes = (0..<40).map { _ in
        (UInt32.random(in: 0..<cycles, using: &random), UInt32.random(in: 0..<8, using: &random))
      }.sorted { $0 < $1 }
      batch.cycles += spikes.map(\.0)
      batch.units += spikes.map(\.1)
      batch.offsets.append(batch.cycles.count)
    }
    return Experiment(
      durationTicks: ticks, inputs: batch, sampleNumbers: (0..<samples).map { 100 + UInt64($0) },
      recorded: recorded)
  }

  /// The weights between inputs and hidden neurons as one block, drawn from a seed.
  public static func block(for spec: ChipSpec, seed: UInt64) throws -> WeightBlock {
    let draw = CounterRandom(seed: seed, stream: 78)
    let span = 2 * spec.synapse.largestWeight + 1
    let values = (0..<inputs * hidden).map { i in
      Int8(truncatingIfNeeded: Int(draw.uniform(i) * Double(span)) - spec.synapse.largestWeight)
    }
    return WeightBlock(
      core: try required(CoreOnChip(0, on: spec.geometry), "core 0"), firstPair: 0,
      pairCount: inputs, firstColumn: 0, columnCount: hidden, values: .steps(values))
  }

  private static func pair(
    _ core: CoreOnChip, _ pair: Int, _ geometry: ChipGeometry
  ) throws -> RowPairOnChip {
    try required(RowPairOnChip(core, pair: pair, on: geometry), "row pair \(pair)")
  }

  private static func circuit(fires: Bool, _ spec: ChipSpec) -> CircuitSettings {
    let neuron = spec.neuron
    func volts(_ value: Double) -> UInt16 { UInt16(neuron.potential.nearestCode(for: value)) }
    let tau = UInt16(neuron.membraneTime.nearestCode(for: 20 * spec.time.tickSeconds))
    let tauSynapse = UInt16(neuron.synapticTime.nearestCode(for: 20 * spec.time.tickSeconds))
    let gain = UInt16(neuron.gain.nearestCode(for: 0.02))
    return CircuitSettings(
      leak: volts(0.6), reset: volts(0.55), threshold: volts(0.7), membraneTime: tau,
      excitatoryTime: tauSynapse, inhibitoryTime: tauSynapse, excitatoryGain: gain,
      inhibitoryGain: gain, refractoryCount: 2, fires: fires)
  }

  private static func io(_ core: CoreOnChip) -> ImageIO {
    ImageIO(
      network: "test",
      populations: [
        Population(
          name: "hidden", ranges: [CircuitRange(core: core, firstColumn: 0, count: hidden)]),
        Population(
          name: "label", ranges: [CircuitRange(core: core, firstColumn: hidden, count: labels)]),
      ],
      projections: [
        projection("in", nil, "hidden", inputs, hidden, firstPair: 0, firstColumn: 0, core),
        projection(
          "out", "hidden", "label", hidden, labels, firstPair: inputs, firstColumn: hidden, core),
      ],
      durationTicks: ticks, dt: 1e-3, coding: "",
      readout: ReadoutRule(population: "label", measure: .highestPotential))
  }

  private static func projection(
    _ name: String, _ source: String?, _ target: String, _ sources: Int, _ targets: Int,
    firstPair: Int, firstColumn: Int, _ core: CoreOnChip
  ) -> ProjectionMap {
    let block = ProjectionBlock(
      core: core, firstPair: firstPair, pairCount: sources, firstColumn: firstColumn,
      columnCount: targets, firstLine: 0, firstTarget: 0)
    return ProjectionMap(
      name: name, source: source, target: target, sourceCount: sources, targetCount: targets,
      copies: 1, weightPerStep: 0.1, blocks: [block])
  }

  /// Fills the rectangles in use: two of three synapses excite.
  private static func fill(_ weights: inout [UInt8], _ geometry: ChipGeometry, _ seed: UInt64) {
    let draw = CounterRandom(seed: seed, stream: 79)
    for pair in 0..<inputs + hidden {
      let columns = pair < inputs ? 0..<hidden : hidden..<hidden + labels
      for column in columns {
        let row = 2 * pair + (draw.uniform(pair, column, 1) < 2.0 / 3 ? 0 : 1)
        let value = 1 + Int(draw.uniform(pair, column) * 12)
        weights[row * geometry.circuitsPerCore + column] = UInt8(value)
      }
    }
  }
}
