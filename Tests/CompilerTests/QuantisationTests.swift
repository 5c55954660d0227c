import ChipInterface
import Compiler
import HardwareSpec
import NIR
import Testing

@Suite("Weights become steps by layer, neuron and row pair")
struct QuantisationTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func options(
    _ scale: CompileOptions.WeightScale, _ rounding: CompileOptions.WeightRounding = .nearest
  ) -> CompileOptions {
    var options = CompileOptions(spec)
    (options.scale, options.rounding) = (scale, rounding)
    return options
  }

  /// Rows of receivers whose weights differ by powers of ten from row to row.
  private func uneven(_ receivers: Int, _ senders: Int, seed: UInt64) -> [[Double]] {
    var random = SequentialRandom(seed: seed, stream: 11)
    return (0..<receivers).map { receiver in
      let size = [0.01, 0.1, 1][receiver % 3]
      return (0..<senders).map { _ in size * random.normal() }
    }
  }

  private func squaredError(_ quantised: QuantisedNetwork) -> Double {
    let (projection, steps) = (quantised.projections[0], quantised.projections[0].steps)
    let synapses = quantised.network.projections[0].synapses
    return steps.indices.reduce(0) { sum, i in
      let scale =
        projection.receiverScales.isEmpty
        ? 1 : projection.receiverScales[Int(synapses.receivers[i])]
      let error = synapses.weights[i] - Double(steps[i]) * projection.weightPerStep * scale
      return sum + error * error
    }
  }

  // gain = weightPerStep · jump · voltsPerUnit; the jump of these neurons is 1.
  @Test func everyNeuronHasItsOwnStep() throws {
    let rows = uneven(9, 20, seed: 1)
    let quantised = try Compiler.quantised(single(rows, cubaLIF(9)), options(.neuron))
    let (projection, population) = (quantised.projections[0], quantised.populations[0])
    for (neuron, row) in rows.enumerated() {
      let step = projection.weightPerStep * projection.receiverScales[neuron]
      let steps = row.indices.map { projection.steps[$0 * 9 + neuron] }
      #expect(steps.map { abs($0) }.max() == 15)
      for (weight, stored) in zip(row, steps) {
        #expect(abs(weight - Double(stored) * step) <= 0.5001 * step)
      }
      let circuit = NominalCircuit(population.circuits[neuron], on: spec)
      let volts = population.scale.voltsPerUnit(ofNeuron: neuron)
      #expect(abs(circuit.excitatoryGain / (step * volts) - 1) < 1e-12)
      #expect(abs((circuit.threshold - circuit.leak) / volts - 1) < 0.01)
    }
    #expect(population.scale.neuronFactors.isEmpty)
    let layer = try Compiler.quantised(single(rows, cubaLIF(9)), options(.layer))
    #expect(squaredError(quantised) < 0.5 * squaredError(layer))
    #expect(layer.projections[0].deadReceivers == 3)
    #expect(projection.deadReceivers == 0)
  }

  @Test func thresholdsTakeUpWhatGainsDoNotReach() throws {
    // 15 steps of 0.1 mV to 64 mV against a threshold of 0.246 V: weights of 0.0061 to 3.9.
    let rows = [[0.003, -0.003], [0.5, 0.25], [20, 8]]
    let quantised = try Compiler.quantised(single(rows, cubaLIF(3)), options(.neuron))
    let (projection, population) = (quantised.projections[0], quantised.populations[0])
    let circuits = population.circuits.map { NominalCircuit($0, on: spec) }
    #expect(population.circuits.map(\.excitatoryGain)[0] == 0)
    #expect(population.circuits.map(\.excitatoryGain)[2] > 1010)
    for neuron in 0..<3 {
      let step = projection.weightPerStep * projection.receiverScales[neuron]
      let distance = circuits[neuron].threshold - circuits[neuron].leak
      // What fires the neuron: steps until the threshold.
      #expect(abs(circuits[neuron].excitatoryGain / distance / step - 1) < 0.01)
    }
    #expect(projection.steps.map { abs($0) }.max() == 15 && projection.clipped == 0)
    let report = try Compiler.compile(single(rows, cubaLIF(3)), name: "n", options(.neuron)).report
    let moved = report.approximations.compactMap { approximation -> Int? in
      guard case .movedThresholds("pop", let neurons, _) = approximation else { return nil }
      return neurons
    }
    #expect(moved == [2])
  }

  @Test func aLayerBeyondTheGainsMovesItsThresholds() throws {
    let graph = try single([[9, 8, -9], [1, 2, 3]], cubaLIF(2))
    let quantised = try Compiler.quantised(graph, options(.layer))
    let (projection, population) = (quantised.projections[0], quantised.populations[0])
    #expect(projection.clipped == 0 && projection.receiverScales.isEmpty)
    #expect(projection.steps == [15, 2, 13, 3, -15, 5])
    let codes = population.scale.codesPerUnit(spec.readout)
    #expect(codes < 31 && codes > 29)
    let circuit = NominalCircuit(population.circuits[0], on: spec)
    #expect(abs((circuit.threshold - circuit.leak) / population.scale.voltsPerUnit - 1) < 1e-9)
    // Eight codes are the least; what is then too large clips.
    #expect(try misfits(single([[90, 80, -90]], cubaLIF(1)), options(.layer)).count == 1)
  }

  @Test(arguments: CompileOptions.WeightRounding.allCases)
  func rowPairsAreNeverWorseThanALayer(rounding: CompileOptions.WeightRounding) throws {
    for seed in 0..<6 as Range<UInt64> {
      var random = SequentialRandom(seed: seed, stream: 12)
      let senders = [3, 40, 100, 200, 256, 60][Int(seed)]
      let sizes = (0..<senders).map { _ in random.uniform() < 0.1 ? 1.0 : 0.1 }
      let rows = (0..<5).map { _ in sizes.map { $0 * random.normal() } }
      let graph = try single(rows, cubaLIF(5))
      let layer = try Compiler.quantised(graph, options(.layer, rounding))
      let spread = try Compiler.quantised(graph, options(.rowPair, rounding))
      let (before, after) = (squaredError(layer), squaredError(spread))
      // The DAC rounds the gains of the two by 0.3 % each.
      #expect(after <= before * 1.02 + 1e-12, "seed \(seed): \(after) of \(before)")
      if senders < 256 { #expect(after < 0.7 * before, "seed \(seed): \(after) of \(before)") }
      let result = try Compiler.compile(graph, name: "net", options(.rowPair, rounding))
      let map = result.image.io.projections[0]
      #expect(map.lineCount <= 256)
      let back = try Quantiser(map, on: spec).weights(in: result.image, on: spec)
      let projection = spread.projections[0]
      for (weight, steps) in zip(back, projection.steps) {
        #expect(abs(weight - Double(steps) * projection.weightPerStep) < 1e-12, "seed \(seed)")
      }
    }
  }

  @Test(arguments: [CompileOptions.WeightScale.layer, .neuron])
  func leastErrorFindsLattices(scale: CompileOptions.WeightScale) throws {
    var random = SequentialRandom(seed: 4, stream: 13)
    for levels in [1, 2, 4, 7, 11, 15] {
      let rows = (0..<6).map { receiver in
        let unit = scale == .neuron ? 0.03 * Double(receiver + 1) : 0.07
        return (0..<24).map { sender -> Double in
          let level = sender == 0 ? levels : Int(random.uniform() * Double(levels)) + 1
          return random.uniform() < 0.5 ? -unit * Double(level) : unit * Double(level)
        }
      }
      let quantised = try Compiler.quantised(
        single(rows, cubaLIF(6)), options(scale, .leastError))
      #expect(quantised.projections[0].signalToNoise == nil, "\(levels) levels")
      #expect(quantised.populations[0].thresholdError < 0.001)
      let steps = quantised.projections[0].steps
      let unit = Int(steps[0].magnitude) / levels
      #expect(unit >= 1 && steps.allSatisfy { $0 != 0 })
    }
  }

  @Test func leastErrorIsNeverWorse() throws {
    for seed in 0..<10 as Range<UInt64> {
      let rows = uneven(6, 50, seed: seed)
      for scale in [CompileOptions.WeightScale.layer, .neuron] {
        let graph = try single(rows, cubaLIF(6))
        let nearest = try Compiler.quantised(graph, options(scale))
        let least = try Compiler.quantised(graph, options(scale, .leastError))
        #expect(squaredError(least) <= squaredError(nearest) * 1.0001, "seed \(seed) \(scale)")
        #expect(least.projections[0].clipped <= 3)
      }
    }
  }

  @Test func unlikeWishesAreMetByRowPairs() throws {
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [1])),
        NIRNamedNode("a", .linear(NIRLinear(weight: matrix([[1.4]])))),
        NIRNamedNode("b", .linear(NIRLinear(weight: matrix([[-2.9]])))),
        NIRNamedNode("p", cubaLIF(1)),
      ],
      edges: [NIREdge("in", "a"), NIREdge("in", "b"), NIREdge("a", "p"), NIREdge("b", "p")])
    var unlike = options(.rowPair)
    unlike.projections = [.init("a", weightPerStep: 0.1), .init("b", weightPerStep: 0.2)]
    let quantised = try Compiler.quantised(graph, unlike)
    #expect(quantised.projections.map(\.senderCopies) == [[], [2]])
    #expect(quantised.projections.map(\.steps) == [[14], [-29]])
    unlike.scale = .layer
    #expect(try misfits(graph, unlike).map(\.code) == ["E0316", "E0317"])
  }

  // bss1-like stores w and gives w + 1.15485 − 0.0196367 w² steps of charge.
  @Test func otherWeightLawsTakeTheNearestCharge() throws {
    let chip = try ChipLibrary.chip("bss1-like")
    let law = chip.synapse.weightLaw
    #expect(law != .linear)
    var options = CompileOptions(chip)
    options.maxClip = 1
    var random = SequentialRandom(seed: 2, stream: 14)
    let row = (0..<60).map { _ in 0.1 * random.normal() }
    let graph = try single([row], cubaLIF(1, tauMem: 0.05, tauSyn: 0.005, wIn: 5))
    let quantised = try Compiler.quantised(graph, options)
    let projection = quantised.projections[0]
    let charges = (-15...15).map { ($0 < 0 ? -1 : 1) * law.charge(abs($0)) }
    for (weight, stored) in zip(row, projection.steps) {
      let charge = weight / projection.weightPerStep
      let least = charges.map { abs($0 - charge) }.min() ?? 0
      #expect(abs(abs(charges[Int(stored) + 15] - charge) - least) < 1e-9)
    }
    let result = try Compiler.compile(graph, name: "net", options)
    let quantiser = try Quantiser(result.image.io.projections[0], on: chip)
    let blocks = try result.image.weightBlocks(of: quantiser.map, on: chip)
    #expect(try quantiser.quantise(row).blocks == blocks)
    let back = try quantiser.weights(of: blocks)
    #expect(
      abs(
        back[0] - law.charge(Int(projection.steps[0].magnitude)).magnitude
          * projection.weightPerStep * (projection.steps[0] < 0 ? -1 : 1)) < 1e-12)
  }

  /// Large biases make volts shrink; an exact step must not lift them beyond the rails again.
  @Test(arguments: CompileOptions.WeightScale.allCases)
  func exactStepsKeepPotentialsWithinTheRails(scale: CompileOptions.WeightScale) throws {
    let graph = try chain([
      ("in", .input(shape: [2])),
      (
        "w",
        .affine(
          NIRAffine(
            weight: matrix([[1, 0.5], [0.3, -0.7], [0.2, 0.9]]), bias: values([0.24, -0.3, 0.01])))
      ), ("pop", cubaLIF(3)),
    ])
    let quantised = try Compiler.quantised(graph, options(scale, .leastError))
    for circuit in quantised.populations[0].circuits.map({ NominalCircuit($0, on: spec) }) {
      #expect(spec.neuron.railVolts.contains(circuit.leak))
    }
    #expect(quantised.projections[0].clipped == 0)
  }
}
