import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// Current-based neurons against numbers worked by hand from the published rules.
@Suite struct CurrentBasedTests {
  private let fixture: DigitalFixture

  init() throws { fixture = try DigitalFixture("loihi") }

  /// Runs one neuron; axon k has one synapse, of weight k of the list, and input k.
  private func run(
    _ neuron: CurrentBasedNeuron, weights: [Int16], exponent: Int8 = 0, delays: [UInt8] = [],
    lowest: Int32 = -(1 << 23) + 1, steps: Int, events: [(step: Int, input: Int)]
  ) throws -> Recording {
    var projection = DigitalProjection(
      firstAxon: 0, starts: (0...weights.count).map { UInt32($0) },
      targets: weights.map { _ in 0 }, weights: weights, weightExponent: exponent)
    projection.delays = delays
    let core = CurrentBasedCore(
      neurons: [neuron], projections: [projection], lowestVoltage: lowest)
    return try fixture.run(
      fixture.image(.currentBased(core), inputs: weights.count),
      fixture.experiment(steps: steps, events))
  }

  /// Neuron 0 of lif_03 of the recorded traces: du 410, dv 205, vth 90, bias 5 << 2.
  @Test func workedExample() throws {
    let neuron = CurrentBasedNeuron(
      currentDecay: 410, voltageDecay: 205, threshold: 90, biasMantissa: 5, biasExponent: 2)
    let found = try run(
      neuron, weights: [84, -82, 98], steps: 4, events: [(0, 0), (2, 1), (2, 2)])
    #expect(found.u == [0, 5376, 4836, 5374])
    #expect(found.v == [20, 5414, 0, 5394])
    #expect(found.fired == [0, 0, 1, 0])
  }

  /// Both decays go towards zero for either sign: −1000·3685/4096 = −899.66, −1000·3891/4096.
  @Test func decaysTowardZero() throws {
    var neuron = CurrentBasedNeuron(currentDecay: 410, voltageDecay: 205, threshold: 131_071)
    (neuron.initialCurrent, neuron.initialVoltage) = (-1000, -1000)
    let found = try run(neuron, weights: [1], steps: 2, events: [])
    #expect(found.u == [-899, -808])
    #expect(found.v == [-949 - 899, -1755 - 808])
  }

  /// 2^23 stays, 2^23 + 1 and −2^23 wrap; voltages are clipped at ±(2^23 − 1).
  @Test func currentWrapsOnce() throws {
    var neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 4095, threshold: 131_070)
    neuron.initialVoltage = 5
    let weights: [Int16] = [128, 128, 4, -128]
    // 64 · 2^7 · 128 = 2^20: eight such events in a step make 2^23.
    let up = try run(
      neuron, weights: weights, exponent: 7, steps: 3,
      events: (0..<8).map { _ in (0, 0) } + (0..<8).map { _ in (1, 1) } + [(1, 2)])
    #expect(up.u == [0, 8_388_608, 8_388_608 + 32_768 - 16_777_216])
    #expect(up.v[1] == 0 && up.fired[1] == 1, "8388607 is above 64 · 131070")
    let down = try run(
      neuron, weights: weights, exponent: 7, steps: 2, events: (0..<8).map { _ in (0, 3) })
    #expect(down.u == [0, 8_388_608])
  }

  /// A negative exponent shifts the sum: (3 + 3) >> 2 is 1, where 3 >> 2 twice would be 0.
  @Test func negativeExponentShiftsTheSum() throws {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let found = try run(
      neuron, weights: [3, 3, -1], exponent: -2, steps: 4,
      events: [(0, 0), (0, 1), (1, 2), (2, 0)])
    #expect(found.u == [0, 64, -64, 0], "6 >> 2, −1 >> 2, 3 >> 2, in units of 64")
  }

  /// r silences r − 1 steps, in which u goes on.
  @Test(arguments: [0, 1, 2, 5])
  func refractoryCounter(count: Int) throws {
    let neuron = CurrentBasedNeuron(
      currentDecay: 0, voltageDecay: 0, threshold: 0, biasMantissa: 1,
      refractoryCount: UInt8(count))
    let found = try run(neuron, weights: [1], steps: 20, events: [])
    let period = max(1, count)
    #expect(found.fired == (0..<20).map { $0 % period == 0 ? 1 : 0 })
  }

  /// Registers are zeroed at the start of steps t ≡ offset, counted from 1.
  @Test func periodicReset() throws {
    var neuron = CurrentBasedNeuron(
      currentDecay: 4095, voltageDecay: 0, threshold: 131_071, biasMantissa: 3)
    (neuron.resetInterval, neuron.resetOffset) = (4, 2)
    let found = try run(neuron, weights: [1], steps: 8, events: [])
    #expect(found.v == [3, 3, 6, 9, 12, 3, 6, 9])
  }

  /// An event of step t with delay d acts at t + 1 + d, with the weight of when it came.
  @Test func delays() throws {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let found = try run(
      neuron, weights: [1, 2, 4], delays: [0, 3, 63], steps: 70,
      events: [(1, 0), (1, 1), (1, 2)])
    let expected = (0..<70).map { $0 == 2 ? 64.0 : $0 == 5 ? 128.0 : $0 == 65 ? 256.0 : 0 }
    #expect(found.u == expected)
  }

  /// A ternary neuron sends −1 below its low threshold; the spike subtracts the weights it passes,
  /// and comes back after its axonal delay.
  @Test func ternarySpikesSubtract() throws {
    var sender = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 100)
    (sender.lowThreshold, sender.initialVoltage) = (-100, -6401)
    let receiver = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let core = CurrentBasedCore(
      neurons: [sender, receiver],
      projections: [
        DigitalProjection(firstAxon: 0, starts: [0, 1], targets: [1], weights: [10])
      ])
    let found = try fixture.run(
      fixture.image(.currentBased(core), inputs: 0, routes: [(0, 0, 2)]),
      fixture.experiment(steps: 6, []))
    #expect((0..<6).map { found.fired[2 * $0] } == [-1, 0, 0, 0, 0, 0])
    #expect((0..<6).map { found.u[2 * $0 + 1] } == [0, 0, 0, -640, 0, 0])
    #expect(found.spikes.cycles == [0] && found.counters.synapticEvents == 1)
  }
}
