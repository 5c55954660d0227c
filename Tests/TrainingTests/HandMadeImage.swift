import ChipInterface
import HardwareSpec
import Training

/// Images of small two-layer networks, put together by hand.
enum HandMadeImage {
  /// Lays a network out on core 0, or with its outputs on core 1 when the rows do not suffice.
  static func of(
    _ shape: NetworkShape, settings: HyperParameters, ticks: Int, on spec: ChipSpec
  ) throws -> ChipImage {
    let geometry = spec.geometry
    let lines = shape.inputs * shape.inputCopies
    let shares =
      lines + shape.hidden <= geometry.rowPairsPerCore
      && shape.hidden + shape.outputs <= geometry.circuitsPerCore
    let cores = geometry.cores
    let (first, second) = (cores[0], shares ? cores[0] : cores[1])
    let (outputColumn, hiddenPair) = (shares ? shape.hidden : 0, shares ? lines : 0)
    let hiddenStep = settings.largestInputWeight / Double(spec.synapse.largestWeight)
    let outputStep = settings.largestHiddenWeight / Double(spec.synapse.largestWeight)
    let hidden = Array(
      repeating: circuit(spec, leakCode: 80, step: hiddenStep, fires: true), count: shape.hidden)
    let output = Array(
      repeating: circuit(spec, leakCode: 128, step: outputStep, fires: false),
      count: shape.outputs)
    let images =
      shares
      ? [CoreImage(first, circuits: hidden + output, on: geometry)]
      : [
        CoreImage(first, circuits: hidden, on: geometry),
        CoreImage(second, circuits: output, on: geometry),
      ]
    let inputMap = ProjectionMap(
      name: "w1", source: nil, target: "hidden", sourceCount: shape.inputs,
      targetCount: shape.hidden, copies: shape.inputCopies, weightPerStep: hiddenStep,
      blocks: [
        ProjectionBlock(
          core: first, firstPair: 0, pairCount: lines, firstColumn: 0, columnCount: shape.hidden,
          firstLine: 0, firstTarget: 0)
      ])
    let hiddenMap = ProjectionMap(
      name: "w2", source: "hidden", target: "output", sourceCount: shape.hidden,
      targetCount: shape.outputs, copies: 1, weightPerStep: outputStep,
      blocks: [
        ProjectionBlock(
          core: second, firstPair: hiddenPair, pairCount: shape.hidden, firstColumn: outputColumn,
          columnCount: shape.outputs, firstLine: 0, firstTarget: 0)
      ])
    let io = ImageIO(
      network: "test",
      populations: [
        Population(
          name: "hidden",
          ranges: [CircuitRange(core: first, firstColumn: 0, count: shape.hidden)]),
        Population(
          name: "output",
          ranges: [CircuitRange(core: second, firstColumn: outputColumn, count: shape.outputs)]),
      ], projections: [inputMap, hiddenMap], durationTicks: ticks, dt: 1e-3, coding: "",
      readout: ReadoutRule(population: "output", measure: .highestPotential))
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: images,
      inputRoutes: try (0..<shape.inputs).map { input in
        try (0..<shape.inputCopies).map {
          try unwrap(RowPairOnChip(first, pair: input * shape.inputCopies + $0, on: geometry))
        }
      },
      spikeRoutes: try (0..<shape.hidden).map {
        SpikeRoute(
          source: try unwrap(CircuitOnChip(first, column: $0, on: geometry)),
          targets: [try unwrap(RowPairOnChip(second, pair: hiddenPair + $0, on: geometry))])
      }, io: io)
  }

  private struct Missing: Error {}

  private static func unwrap<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
  }

  /// A circuit with time constants of 20 ticks and 70 ADC codes to the threshold.
  private static func circuit(
    _ spec: ChipSpec, leakCode: Double, step: Double, fires: Bool
  ) -> CircuitSettings {
    let (neuron, readout) = (spec.neuron, spec.readout)
    let tau = 20 * spec.time.tickSeconds
    let leak = readout.zeroVolts + leakCode * readout.lsbVolts
    let theta = 70 * readout.lsbVolts
    let gain = UInt16(neuron.gain.nearestCode(for: step * theta))
    return CircuitSettings(
      leak: UInt16(neuron.potential.nearestCode(for: leak)),
      reset: UInt16(neuron.potential.nearestCode(for: leak)),
      threshold: UInt16(neuron.potential.nearestCode(for: leak + theta)),
      membraneTime: UInt16(neuron.membraneTime.nearestCode(for: tau)),
      excitatoryTime: UInt16(neuron.synapticTime.nearestCode(for: tau)),
      inhibitoryTime: UInt16(neuron.synapticTime.nearestCode(for: tau)), excitatoryGain: gain,
      inhibitoryGain: gain, refractoryCount: 1, fires: fires)
  }
}
