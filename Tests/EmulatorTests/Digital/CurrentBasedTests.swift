import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// Current-based neurons against numbers worked by hand from the published rules.
@Suite struct CurrentBasedTests {
  /// One core, one input channel an axon; each axon has one weight to neuron 0.
  private func image(
    _ neuron: CurrentBasedNeuron, weights: [Int16], exponent: Int8 = 0, delays: [UInt8] = [],
    lowest: Int32 = -(1 << 23) + 1
  ) throws -> (ChipSpec, ChipImage) {
    let spec = try ChipLibrary.chip("loihi")
    let core = try #require(CoreOnChip(0, on: spec.geometry))
    var projection = DigitalProjection(
      firstAxon: 0, starts: (0...weights.count).map { UInt32($0) },
      targets: weights.map { _ in 0 }, weights: weights, weightExponent: exponent)
    projection.delays = delays
    let registers = CurrentBasedCore(
      neurons: [neuron], projections: [projection], lowestVoltage: lowest)
    let routes = weights.indices.compactMap { RowPairOnChip(core, pair: $0, on: spec.geometry) }
    let io = ImageIO(
      network: "one",
      populations: [
        Population(
          name: "one", ranges: [CircuitRange(core: core, firstColumn: 0, count: 1)])
      ], projections: [], durationTicks: 10, dt: 1, coding: "",
      readout: ReadoutRule(population: "one", measure: .mostSpikes))
    return (
      spec,
      ChipImage(
        chipName: spec.name, specHash: spec.hash,
        cores: [CoreImage(core, digital: .currentBased(registers))],
        inputRoutes: routes.map { [$0] }, spikeRoutes: [], io: io)
    )
  }

  /// Runs on every kernel; gives u, v and spikes by step.
  private func run(
    _ spec: ChipSpec, _ image: ChipImage, steps: Int, events: [(step: Int, input: Int)]
  ) throws -> (u: [Double], v: [Double], spikes: [Double]) {
    var experiment = Experiment(
      durationTicks: steps,
      inputs: SpikeBatch(
        offsets: [0, events.count], cycles: events.map { UInt32($0.step) },
        units: events.map { UInt32($0.input) }), sampleNumbers: [0], recorded: RecordingRequest())
    experiment.recorded.registers = [RegisterProbe.Register.current, .voltage, .spike].map {
      RegisterProbe($0, core: 0, everyTick: true)
    }
    var results: [[[Double]]] = []
    for kernel in EmulatedChip.availableKernels {
      let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
      let chip = try EmulatedChip(spec, EmulationSettings(kernel: kernel))
      try chip.load(image)
      results.append(try chip.run(experiment).registers)
    }
    #expect(results.allSatisfy { $0 == results[0] })
    return (results[0][0], results[0][1], results[0][2])
  }

  /// Neuron 0 of lif_03 of the recorded traces: du 410, dv 205, vth 90, bias 5 << 2.
  @Test func workedExample() throws {
    let neuron = CurrentBasedNeuron(
      currentDecay: 410, voltageDecay: 205, threshold: 90, biasMantissa: 5, biasExponent: 2)
    let (spec, image) = try image(neuron, weights: [84, -82, 98])
    let found = try run(
      spec, image, steps: 4, events: [(0, 0), (2, 1), (2, 2)])
    #expect(found.u == [0, 5376, 4836, 5374])
    #expect(found.v == [20, 5414, 0, 5394])
    #expect(found.spikes == [0, 0, 1, 0])
  }

  /// Both decays go towards zero for either sign: −1000·3685/4096 = −899.66, −1000·3891/4096.
  @Test func decaysTowardZero() throws {
    var neuron = CurrentBasedNeuron(currentDecay: 410, voltageDecay: 205, threshold: 131_071)
    (neuron.initialCurrent, neuron.initialVoltage) = (-1000, -1000)
    let (spec, image) = try image(neuron, weights: [1])
    let found = try run(spec, image, steps: 2, events: [])
    #expect(found.u == [-899, -808])
    #expect(found.v == [-949 - 899, -1755 - 808])
  }

  /// 2^23 stays, 2^23 + 1 and −2^23 wrap; voltages are clipped at ±(2^23 − 1).
  @Test func currentWrapsOnce() throws {
    var neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 4095, threshold: 131_071)
    neuron.initialVoltage = 5
    let (spec, image) = try image(
      neuron, weights: [128, 128, 4, -128], exponent: 7)
    // 64 · 2^7 · 256 = 2^21: four such events a step make 2^23.
    let up = try run(
      spec, image, steps: 3,
      events: (0..<8).map { _ in (0, 0) } + (0..<8).map { _ in (1, 1) } + [(1, 2)])
    #expect(Array(up.u[1...]) == [8_388_608, 8_388_608 + 32_768 - 16_777_216])
    #expect(up.v[1] == 0 && up.spikes[1] == 1, "8388607 is above 64 · 131071")
    let down = try run(spec, image, steps: 2, events: (0..<8).map { _ in (0, 3) })
    #expect(down.u[1] == 8_388_608)
  }

  /// The exponent shifts the sum: (−1 − 2) >> 1 is −2, where (−1 >> 1) + (−2 >> 1) would be −2 too,
  /// and (3 + −4 + …) tells them apart.
  @Test func negativeExponentShiftsTheSum() throws {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let (spec, image) = try image(neuron, weights: [3, 3, -1], exponent: -2)
    let found = try run(
      spec, image, steps: 4, events: [(0, 0), (0, 1), (1, 2), (2, 0)])
    #expect(found.u == [0, 64, -64, 0], "6 >> 2, −1 >> 2, 3 >> 2, in units of 64")
  }

  /// r silences r − 1 steps, in which u goes on.
  @Test(arguments: [0, 1, 2, 5])
  func refractoryCounter(count: Int) throws {
    let neuron = CurrentBasedNeuron(
      currentDecay: 0, voltageDecay: 0, threshold: 0, biasMantissa: 1,
      refractoryCount: UInt8(count))
    let (spec, image) = try image(neuron, weights: [1])
    let found = try run(spec, image, steps: 20, events: [])
    let period = max(1, count)
    #expect(found.spikes == (0..<20).map { $0 % period == 0 ? 1 : 0 })
  }

  /// Registers are zeroed at the start of steps t ≡ offset, counted from 1.
  @Test func periodicReset() throws {
    var neuron = CurrentBasedNeuron(
      currentDecay: 4095, voltageDecay: 0, threshold: 131_071, biasMantissa: 3)
    (neuron.resetInterval, neuron.resetOffset) = (4, 2)
    let (spec, image) = try image(neuron, weights: [1])
    let found = try run(spec, image, steps: 8, events: [])
    #expect(found.v == [3, 3, 6, 9, 12, 3, 6, 9])
  }

  /// An event of step t with delay d acts at t + 1 + d, with the weight of when it came.
  @Test func delays() throws {
    let neuron = CurrentBasedNeuron(currentDecay: 4095, voltageDecay: 0, threshold: 131_071)
    let (spec, image) = try image(neuron, weights: [1, 2, 4], delays: [0, 3, 63])
    let found = try run(spec, image, steps: 70, events: [(1, 0), (1, 1), (1, 2)])
    let expected = (0..<70).map { $0 == 2 ? 64.0 : $0 == 5 ? 128.0 : $0 == 65 ? 256.0 : 0 }
    #expect(found.u == expected)
  }
}
