import Analysis
import ChipInterface
import HardwareSpec
import Testing

/// Activation sparsity and synaptic operations of networks small enough to be counted by hand.
@Suite struct RunMetricsTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func settings(fires: Bool) -> CircuitSettings {
    CircuitSettings(
      leak: 100, reset: 100, threshold: 400, membraneTime: 500, excitatoryTime: 500,
      inhibitoryTime: 500, excitatoryGain: 500, inhibitoryGain: 500, refractoryCount: 1,
      fires: fires)
  }

  /// Two inputs, two hidden neurons that fire, one that only integrates; a zero weight in each
  /// projection, and two copies of the inputs.
  private func image() -> ChipImage {
    let core = spec.geometry.cores[2]
    var image = CoreImage(
      core, circuits: [settings(fires: true), settings(fires: true), settings(fires: false)],
      on: spec.geometry)
    func set(_ pair: Int, _ column: Int, _ weight: Int) {
      image.weights[(2 * pair + (weight < 0 ? 1 : 0)) * 256 + column] = UInt8(abs(weight))
    }
    // Input 0 drives pairs 0 and 1, input 1 pairs 2 and 3; one copy of a weight may be zero.
    set(0, 0, 3)
    set(1, 0, 0)
    set(0, 1, -2)
    set(1, 1, -2)
    set(2, 1, 1)
    // Hidden neuron 0 reaches the readout, 1 does not.
    set(4, 2, 5)
    var inputs = ProjectionMap(
      name: "in", source: nil, target: "hidden", sourceCount: 2, targetCount: 2, copies: 2,
      weightPerStep: 1, blocks: [])
    inputs.blocks = [
      ProjectionBlock(
        core: core, firstPair: 0, pairCount: 4, firstColumn: 0, columnCount: 2, firstLine: 0,
        firstTarget: 0)
    ]
    var outputs = ProjectionMap(
      name: "out", source: "hidden", target: "readout", sourceCount: 2, targetCount: 1, copies: 1,
      weightPerStep: 1, blocks: [])
    outputs.blocks = [
      ProjectionBlock(
        core: core, firstPair: 4, pairCount: 2, firstColumn: 2, columnCount: 1, firstLine: 0,
        firstTarget: 0)
    ]
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: [image], inputRoutes: [[], []],
      spikeRoutes: [],
      io: ImageIO(
        network: "net",
        populations: [
          Population(name: "hidden", ranges: [.init(core: core, firstColumn: 0, count: 2)]),
          Population(name: "readout", ranges: [.init(core: core, firstColumn: 2, count: 1)]),
        ], projections: [inputs, outputs], durationTicks: 10, dt: 1e-3, coding: "",
        readout: ReadoutRule(population: "readout", measure: .highestPotential)))
  }

  private func batch(_ samples: [[(tick: Int, unit: Int)]]) -> SpikeBatch {
    var batch = SpikeBatch()
    for sample in samples {
      for spike in sample {
        batch.cycles.append(UInt32(spike.tick * 64 + 5))
        batch.units.append(UInt32(spike.unit))
      }
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  @Test func countsAreThoseMadeByHand() throws {
    let inputs = batch([[(0, 0), (3, 0), (4, 1)], [(1, 1)]])
    // Neuron 0 fires three times, twice in one tick of the first sample; neuron 1 once.
    let spikes = batch([[(5, 0), (5, 0), (7, 1)], [(9, 0)]])
    let metrics = RunMetrics(of: image(), inputs: inputs, spikes: spikes, ticks: 10, on: spec)
    // Active: (5, 0), (7, 1), (9, 0) of 2 neurons x 10 ticks x 2 samples; the readout has none.
    #expect(metrics.activationSparsity == 1 - 3.0 / 40)
    #expect(metrics.layers.map(\.spikes) == [4, 0])
    #expect(metrics.layers[0].activationSparsity == 1 - 3.0 / 40)
    #expect(metrics.layers[1].activationSparsity == nil)
    // Six weights: input 0 has two, input 1 one of two; of the hidden neurons only the first.
    #expect(metrics.connectionSparsity == 1 - 4.0 / 6)
    // Input 0 twice by 2, input 1 twice by 1, neuron 0 three times by 1: 9 over two samples.
    #expect(metrics.synapticOperations.effectiveACs == 4.5)
    #expect(metrics.synapticOperations.effectiveMACs == 0)
    #expect(metrics.synapticOperations.dense == 60)
    #expect(metrics.samples == 2 && metrics.ticks == 10)
  }

  @Test func silenceIsSparse() {
    let none = batch([[], []])
    let metrics = RunMetrics(of: image(), inputs: none, spikes: none, ticks: 4, on: spec)
    #expect(metrics.activationSparsity == 1 && metrics.synapticOperations.effectiveACs == 0)
    let all = batch([(0..<4).flatMap { [($0, 0), ($0, 1)] }])
    let busy = RunMetrics(of: image(), inputs: batch([[]]), spikes: all, ticks: 4, on: spec)
    #expect(busy.activationSparsity == 0)
  }

  @Test func nothingIsDividedByZero() {
    var empty = image()
    (empty.io.populations, empty.io.projections) = ([], [])
    let metrics = RunMetrics(
      of: empty, inputs: SpikeBatch(), spikes: SpikeBatch(), ticks: 0, on: spec)
    #expect(metrics.activationSparsity == 0 && metrics.connectionSparsity == 0)
    #expect(metrics.synapticOperations.dense == 0)
  }
}
