import ChipInterface
import Compiler
import Foundation
import HardwareSpec
import Testing

/// Register-level networks on digital chips: placement, axons, weights, limits.
@Suite struct RegisterNetworkTests {
  private let loihi: ChipSpec
  private static let plain = CurrentBasedNeuron(
    currentDecay: 410, voltageDecay: 205, threshold: 90)

  init() throws { loihi = try ChipLibrary.chip("loihi") }

  private func network(
    inputs: Int, _ sizes: [Int], _ projections: [RegisterProjection]
  ) -> RegisterNetwork {
    let populations = sizes.enumerated().map {
      RegisterPopulation(name: "p\($0)", neurons: Array(repeating: Self.plain, count: $1))
    }
    return RegisterNetwork(
      name: "test", steps: 10,
      body: .currentBased(
        CurrentBasedNetwork(
          inputCount: inputs, populations: populations, projections: projections)))
  }

  private func compiled(_ network: RegisterNetwork, maxClip: Double = 1) throws -> Compilation {
    var options = CompileOptions(loihi)
    options.maxClip = maxClip
    return try Compiler.compile(network, options)
  }

  private func core(_ image: ChipImage, _ index: Int) throws -> CurrentBasedCore {
    guard case .currentBased(let core)? = image.cores[index].digital else {
      throw CocoaError(.featureUnsupported)
    }
    return core
  }

  private func dense(
    _ name: String, _ source: String?, _ target: String, _ weights: [[Int]]
  ) -> RegisterProjection {
    RegisterProjection(name: name, source: source, target: target, weights: weights)
  }

  @Test func aSenderOfTwoProjectionsTakesTwoAxons() throws {
    let image = try compiled(
      network(
        inputs: 2, [2, 1],
        [
          dense("a", nil, "p0", [[2, 4], [6, 8]]), dense("b", nil, "p1", [[10, 12]]),
          dense("c", "p0", "p1", [[-14, 16]]), dense("d", "p0", "p0", [[2, -2], [4, -4]]),
        ])
    ).image
    #expect(image.cores.count == 1)
    let core = try core(image, 0)
    #expect(core.projections.map(\.firstAxon) == [0, 2, 4, 6])
    #expect(core.projections.map(\.targets) == [[0, 1, 0, 1], [2, 2], [2, 2], [0, 1, 0, 1]])
    #expect(core.projections[0].weights == [2, 6, 4, 8], "axon by axon")
    #expect(image.inputRoutes.map { $0.map(\.pair) } == [[0, 2], [1, 3]])
    #expect(image.spikeRoutes.map { $0.targets.map(\.pair) } == [[4, 6], [5, 7]])
    #expect(image.io.populations.map(\.count) == [2, 1])
  }

  @Test func axonsHaveNoSenderWithoutSynapses() throws {
    let sparse = RegisterProjection(
      name: "a", source: nil, target: "p0",
      synapses: [
        RegisterSynapse(sender: 5, receiver: 1, weight: 8, delay: 3, tag: -7),
        RegisterSynapse(sender: 2, receiver: 0, weight: -6),
      ])
    let core = try core(try compiled(network(inputs: 9, [2], [sparse])).image, 0)
    let projection = core.projections[0]
    #expect(projection.starts == [0, 1, 2] && projection.targets == [0, 1])
    #expect(projection.weights == [-6, 8] && projection.delays == [0, 3])
    #expect(projection.tags == [0, -7] && projection.signMode == .mixed)
  }

  /// lava's rounding: inhibitory weights are mirrored, mixed ones lose one bit more, downwards.
  @Test func weightsAreRoundedAsLavaDoes() throws {
    let cases: [(weights: [Int], bits: Int, mode: SignMode?, stored: [Int16], lost: (Int, Int))] = [
      ([-81, 27, 300, -300], 8, nil, [-82, 26, 254, -256], (2, 3)),
      ([81, 0, 300], 8, nil, [81, 0, 255], (1, 0)),
      ([-81, 0, -300], 8, nil, [-81, 0, -255], (1, 0)),
      ([81, 7, 300], 5, nil, [80, 0, 248], (1, 3)),
      ([-81, -7], 5, nil, [-80, 0], (0, 2)),
      ([81, 7], 8, .mixed, [80, 6], (0, 2)), ([-5, 9], 8, .excitatory, [0, 9], (1, 0)),
      ([-5, 9], 8, .inhibitory, [-5, 0], (1, 0)), ([-81, 27], 9, nil, [-81, 27], (0, 0)),
      ([-81, 27], 1, nil, [-256, 0], (0, 2)),
    ]
    for (weights, bits, mode, stored, lost) in cases {
      var projection = dense("a", nil, "p0", weights.map { [$0] })
      (projection.weightBits, projection.signMode) = (bits, mode)
      let result = try compiled(network(inputs: 1, [weights.count], [projection]))
      let core = try core(result.image, 0)
      #expect(core.projections[0].weights == stored, "\(weights) at \(bits) bits")
      let layer = try #require(result.report.layers.first)
      #expect(layer.clipped == lost.0 && layer.truncated == lost.1, "\(weights) at \(bits) bits")
      #expect(result.report.approximations.isEmpty == (lost == (0, 0)))
    }
  }

  @Test func clippingBeyondTheAllowedShareIsRefused() throws {
    let projection = dense("a", nil, "p0", [[300], [3]])
    #expect {
      try compiled(network(inputs: 1, [2], [projection]), maxClip: 0.4)
    } throws: { error in
      guard case .doesNotFit(let report) = error as? CompilerError else { return false }
      return report.misfits == [.clipped(projection: "a", clipped: 1, of: 2, allowed: 0.4)]
    }
  }

  @Test func populationsSpreadOverCores() throws {
    let oneToOne = RegisterProjection(
      name: "a", source: "p0", target: "p1",
      synapses: (0..<1500).map { RegisterSynapse(sender: $0, receiver: $0, weight: 2) })
    let image = try compiled(network(inputs: 1, [1500, 1500], [oneToOne])).image
    #expect(image.cores.map(\.neuronCount) == [1024, 1024, 952])
    #expect(image.spikeRoutes.count == 1500)
    for (index, route) in image.spikeRoutes.enumerated() {
      let receiver = 1500 + index
      #expect(route.targets.map(\.core.index) == [receiver / 1024])
    }
    // Every synapse leads to the neuron of its sender's number.
    var receivers: [Int] = []
    for index in image.cores.indices {
      for projection in try core(image, index).projections {
        receivers += projection.targets.map { 1024 * index + Int($0) - 1500 }
      }
    }
    #expect(receivers == Array(0..<1500))
  }

  @Test func coreLimitsAreNamed() throws {
    let wide = RegisterProjection(
      name: "a", source: nil, target: "p0",
      synapses: (0..<4097).map { RegisterSynapse(sender: $0, receiver: 0, weight: 2) })
    try expectMisfits(
      network(inputs: 5000, [1], [wide]),
      [.fanIn(population: "p0", neuron: 0, part: .axons, needed: 4097, available: 4096)])
    var spec = loihi
    spec.geometry.meshColumns = 1
    spec.geometry.meshRows = 2
    try expectMisfits(
      network(inputs: 0, [2049], []), [.cores(needed: 3, available: 2)], on: spec)
    var few = loihi
    few.digital?.synapseBitsPerCore = 100
    let many = dense("a", nil, "p0", [Array(repeating: 2, count: 13)])
    try expectMisfits(
      network(inputs: 13, [1], [many]),
      [.fanIn(population: "p0", neuron: 0, part: .synapseBits, needed: 104, available: 100)],
      on: few)
  }

  /// Axons and synapse bits, not only neurons, open a new core.
  @Test func fullCoresAreLeft() throws {
    let wide = dense(
      "a", nil, "p0", (0..<4).map { row in (0..<3000).map { $0 % 2 == row % 2 ? 2 : 4 } })
    #expect(try compiled(network(inputs: 3000, [4], [wide])).image.cores.count == 1)
    let own = RegisterProjection(
      name: "a", source: nil, target: "p0",
      synapses: (0..<6000).map { RegisterSynapse(sender: $0, receiver: $0 / 1500, weight: 2) })
    let image = try compiled(network(inputs: 6000, [4], [own])).image
    #expect(image.cores.map(\.neuronCount) == [2, 2])
    #expect(image.inputRoutes.map { $0.count }.max() == 1)
  }

  @Test func registersOutOfRangeAreNamed() throws {
    var network = network(inputs: 1, [2], [dense("a", nil, "p0", [[2], [4]])])
    guard case .currentBased(var body) = network.body else { return }
    body.populations[0].neurons[1].threshold = 131_072
    body.populations[0].neurons[1].biasMantissa = 4096
    body.projections[0].weightExponent = 8
    body.projections[0].synapses[0].delay = 64
    network.body = .currentBased(body)
    try expectMisfits(
      network,
      [
        .register(
          owner: "p0", index: 1, register: "threshold", value: 131_072, allowed: -131_071...131_071
        ),
        .register(
          owner: "p0", index: 1, register: "bias mantissa", value: 4096, allowed: -4096...4095),
        .register(owner: "a", index: 0, register: "weight exponent", value: 8, allowed: -8...7),
        .register(owner: "a", index: 0, register: "delay", value: 64, allowed: 0...63),
      ])
    try expectMisfits(
      self.network(inputs: 1, [1], []), [.neuronKind(needed: "cuba-lif", chip: "synapus-1")],
      on: ChipLibrary.chip("synapus-1"))
  }

  private func expectMisfits(
    _ network: RegisterNetwork, _ misfits: [Misfit], on spec: ChipSpec? = nil
  ) throws {
    #expect {
      try Compiler.compile(network, CompileOptions(spec ?? loihi))
    } throws: { error in
      guard case .doesNotFit(let report) = error as? CompilerError else { return false }
      return report.misfits == misfits
    }
  }

  @Test func endsThatDoNotExistAreRefused() throws {
    let cases: [(RegisterProjection, CompilerError)] = [
      (dense("a", "p7", "p0", [[1]]), .unknownPopulation("p7", known: ["p0"])),
      (dense("a", nil, "p7", [[1]]), .unknownPopulation("p7", known: ["p0"])),
      (
        dense("a", nil, "p0", [[1, 1]]),
        .synapseEnds(projection: "a", sender: 1, receiver: 0, senders: 1, receivers: 1)
      ),
      (
        RegisterProjection(
          name: "a", source: nil, target: "p0",
          synapses: [
            RegisterSynapse(sender: 0, receiver: 0, weight: 1),
            RegisterSynapse(sender: 0, receiver: 0, weight: 2),
          ]), .duplicateSynapse(projection: "a", sender: 0, receiver: 0)
      ),
    ]
    for (projection, error) in cases {
      #expect(throws: error) { try compiled(network(inputs: 1, [1], [projection])) }
    }
  }
}
