import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// Crossbar neurons against the published equations (Cassidy and others, 2013), worked by hand.
@Suite struct CrossbarTests {
  private let fixture: DigitalFixture

  init() throws { fixture = try DigitalFixture("truenorth") }

  /// Runs neurons that all axons reach; axon k is of type k and hears input k.
  private func run(
    _ neurons: [CrossbarNeuron], axons: Int = 4, steps: Int, seed: UInt32 = 1,
    events: [(step: Int, input: Int)] = []
  ) throws -> Recording {
    let core = CrossbarCore(
      axonTypes: (0..<axons).map { UInt8($0 % 4) }, neurons: neurons,
      synapses: (0..<axons).map { _ in neurons.indices.map { UInt16($0) } }, seed: seed)
    return try fixture.run(
      fixture.image(.crossbar(core), inputs: axons), fixture.experiment(steps: steps, events))
  }

  /// Weights by axon type, then the leak, then V ≥ α; an event of step t acts at t + 1.
  @Test func integratesAndFires() throws {
    let neuron = CrossbarNeuron(weights: [5, -2, 7, 0], leak: -1, threshold: 9)
    let found = try run([neuron], steps: 5, events: [(0, 0), (1, 0), (1, 1), (2, 2)])
    #expect(found.v == [0, 4, 6, 0, 0], "5 − 1, + 5 − 2 − 1, + 7 − 1 ≥ 9")
    #expect(found.fired == [0, 0, 0, 1, 0])
    #expect(found.counters.synapticEvents == 4)
  }

  /// γ: to R, by the threshold, not at all.
  @Test func threeResets() throws {
    var neurons = (0..<3).map { _ in
      CrossbarNeuron(weights: [0, 0, 0, 0], leak: 7, threshold: 10)
    }
    for (i, reset) in CrossbarNeuron.Reset.allCases.enumerated() { neurons[i].reset = reset }
    neurons[0].resetPotential = -3
    let found = try run(neurons, steps: 3)
    #expect(found.v == [7, 7, 7, -3, 4, 14, 4, 1, 21])
    #expect(found.fired == [0, 0, 0, 1, 1, 1, 0, 1, 1])
  }

  /// κ: V stays at −β, or is reset there to −R, by β, or not at all.
  @Test func negativeThreshold() throws {
    var neurons = (0..<4).map { _ in
      CrossbarNeuron(weights: [0, 0, 0, 0], leak: -7, threshold: 100, negativeThreshold: 10)
    }
    for (i, reset) in CrossbarNeuron.Reset.allCases.enumerated() {
      (neurons[i].reset, neurons[i].saturatesBelow) = (reset, false)
    }
    neurons[0].resetPotential = 2
    let found = try run(neurons, steps: 2)
    #expect(found.v == [-7, -7, -7, -7, -2, -4, -14, -10])
  }

  /// ε: the leak follows the membrane's sign, and rests at 0.
  @Test func leakReverses() throws {
    var neurons = [Int32(3), 0, -3].map { start in
      var neuron = CrossbarNeuron(
        weights: [0, 0, 0, 0], leak: 2, threshold: 100, negativeThreshold: 100)
      (neuron.initialPotential, neuron.leakReverses) = (start, true)
      return neuron
    }
    neurons[2].leak = -2
    let found = try run(neurons, steps: 2)
    #expect(found.v == [5, 0, -1, 7, 0, 1])
  }

  /// Events that come together at one axon are one, as its buffer holds one bit.
  @Test func axonsHoldOneBit() throws {
    let neuron = CrossbarNeuron(weights: [5, 0, 0, 0], leak: 0, threshold: 100)
    let found = try run([neuron], steps: 2, events: [(0, 0), (0, 0)])
    #expect(found.v == [0, 5])
    #expect(found.counters.synapticEvents == 1 && found.counters.rowEvents == 2)
  }

  /// F: a stochastic leak, synapse and threshold act as often as their equations say.
  @Test func stochasticMeans() throws {
    let (steps, count) = (400, 64)
    var leaks = CrossbarNeuron(weights: [0, 0, 0, 0], leak: 63, threshold: 262_143)
    leaks.leakIsStochastic = true
    var hears = CrossbarNeuron(weights: [-31, 0, 0, 0], leak: 0, threshold: 1)
    (hears.isStochastic[0], hears.negativeThreshold) = (true, 262_143)
    var fires = CrossbarNeuron(weights: [0, 0, 0, 0], leak: 64, threshold: 0)
    (fires.thresholdMask, fires.initialPotential) = (255, 0)
    fires.leak = 0
    let neurons = [leaks, hears, fires].flatMap { Array(repeating: $0, count: count) }
    let found = try run(neurons, steps: steps, events: (0..<steps).map { ($0, 0) })
    let last = found.v.suffix(3 * count)
    let draws = Double(steps * count)
    // A share p of n draws is off by more than five deviations once in two million times.
    func isNear(_ share: Double, _ expected: Double) -> Bool {
      abs(share - expected) < 5 * (expected * (1 - expected) / draws).squareRoot()
    }
    #expect(isNear(last.prefix(count).reduce(0, +) / draws, 64.0 / 256))
    #expect(isNear(-last.dropFirst(count).prefix(count).reduce(0, +) / draws, 32.0 / 256))
    let spikes = found.spikes.units.count { $0 >= 2 * count }
    #expect(isNear(Double(spikes) / draws, 1.0 / 256), "η = 0 once in 256 draws")
  }

  /// The core's seed and the sample's number choose the draws, and nothing else does.
  @Test func drawsFollowSeedAndSample() throws {
    var neuron = CrossbarNeuron(weights: [0, 0, 0, 0], leak: 100, threshold: 20)
    neuron.leakIsStochastic = true
    let neurons = Array(repeating: neuron, count: 20)
    let first = try run(neurons, steps: 100, seed: 1)
    #expect(try run(neurons, steps: 100, seed: 1) == first)
    #expect(try run(neurons, steps: 100, seed: 2) != first)
  }
}
