import HardwareSpec

extension ChipImage {
  /// An image of one population on the first core: input channel `i` drives row pair `i`.
  ///
  /// For measurements and benchmarks that set circuits by hand. `weights` are signed steps, shape
  /// [input, circuit]; at most `rowPairsPerCore` inputs and `circuitsPerCore` circuits.
  public static func singleCore(
    _ spec: ChipSpec, circuits: [CircuitSettings], inputs: Int, weights: [Int8],
    durationTicks: Int
  ) -> ChipImage {
    let geometry = spec.geometry
    precondition(circuits.count <= geometry.circuitsPerCore, "too many circuits for one core")
    precondition(inputs <= geometry.rowPairsPerCore, "too many inputs for one core")
    precondition(weights.count == inputs * circuits.count, "one weight for each synapse")
    let core = geometry.cores[0]
    var coreImage = CoreImage(core, circuits: circuits, on: geometry)
    for input in 0..<inputs {
      for column in 0..<circuits.count {
        let weight = weights[input * circuits.count + column]
        let row = weight < 0 ? 2 * input + 1 : 2 * input
        coreImage.weights[row * geometry.circuitsPerCore + column] = weight.magnitude
      }
    }
    let range = CircuitRange(core: core, firstColumn: 0, count: circuits.count)
    let block = ProjectionBlock(
      core: core, firstPair: 0, pairCount: inputs, firstColumn: 0, columnCount: circuits.count,
      firstLine: 0, firstTarget: 0)
    return ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: [coreImage],
      inputRoutes: (0..<inputs).map { pair in
        RowPairOnChip(core, pair: pair, on: geometry).map { [$0] } ?? []
      },
      spikeRoutes: [],
      io: ImageIO(
        network: "single core", populations: [Population(name: "neurons", ranges: [range])],
        projections: [
          ProjectionMap(
            name: "weights", source: nil, target: "neurons", sourceCount: inputs,
            targetCount: circuits.count, copies: 1, weightPerStep: 1, blocks: [block])
        ],
        durationTicks: durationTicks, dt: spec.time.tickSeconds * spec.time.acceleration,
        coding: "", readout: ReadoutRule(population: "neurons", measure: .mostSpikes)))
  }
}
