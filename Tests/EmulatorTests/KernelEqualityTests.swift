import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// The kernels and the Swift reference give the same bits, over random circuits and inputs.
@Suite struct KernelEqualityTests {
  @Test(arguments: 0..<24)
  func allKernelsRecordTheSameBits(seed: Int) throws {
    let spec = try ChipLibrary.chip(seed % 4 == 3 ? "bss2-like" : "synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 77)
    let (image, experiment) = RandomExperiment.make(spec, &random)
    let reference = try record(spec, image, experiment, seed: seed, kernel: .reference, threads: 1)
    for kernel in EmulatedChip.availableKernels where kernel != "reference" {
      for threads in [1, 2] {
        let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
        let recording = try record(
          spec, image, experiment, seed: seed, kernel: kernel, threads: threads)
        #expect(recording == reference, "seed \(seed), kernel \(kernel), \(threads) threads")
      }
    }
    #expect(reference.counters.spikes > 0, "seed \(seed): nothing fired, nothing was compared")
  }

  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment, seed: Int,
    kernel: EmulationSettings.Kernel, threads: Int
  ) throws -> Recording {
    let chip = try EmulatedChip(
      spec,
      EmulationSettings(
        chipSeed: UInt64(seed), trialSeed: 5, mismatch: seed % 3 == 0 ? nil : 0.2,
        effects: seed % 5 == 4 ? [] : .all, threads: threads, kernel: kernel))
    try chip.load(image)
    return try chip.run(experiment)
  }
}

/// Random circuits over the whole range of every parameter, and random input.
enum RandomExperiment {
  static func make(_ spec: ChipSpec, _ random: inout SequentialRandom) -> (ChipImage, Experiment) {
    let inputs = 1 + Int(random.next() % UInt64(spec.geometry.rowPairsPerCore))
    let neurons = 1 + Int(random.next() % UInt64(spec.geometry.circuitsPerCore))
    let circuits = (0..<neurons).map { _ in circuit(spec, &random) }
    let largest = spec.synapse.largestWeight
    let weights = (0..<inputs * neurons).map { _ in
      Int8(Int(random.next() % UInt64(2 * largest + 1)) - largest)
    }
    let ticks = 40 + Int(random.next() % 60)
    let image = ChipImage.singleCore(
      spec, circuits: circuits, inputs: inputs, weights: weights, durationTicks: ticks)
    let samples = 1 + Int(random.next() % 9)
    let rate = 0.002 + 0.1 * random.uniform()
    return (
      image,
      Experiment(
        durationTicks: ticks,
        inputs: poisson(samples, inputs, ticks, rate, spec.time.cyclesPerTick, &random),
        sampleNumbers: (0..<samples).map { _ in random.next() },
        recorded: RecordingRequest(
          spikes: true, adcPopulations: ["neurons"], adcEvery: 1 + Int(random.next() % 9)))
    )
  }

  private static func circuit(_ spec: ChipSpec, _ random: inout SequentialRandom) -> CircuitSettings
  {
    func code(_ law: ParameterLaw) -> UInt16 {
      UInt16(random.next() % UInt64(law.highestCode + 1))
    }
    func volts(_ low: Double, _ high: Double) -> UInt16 {
      UInt16(spec.neuron.potential.nearestCode(for: low + (high - low) * random.uniform()))
    }
    return CircuitSettings(
      leak: volts(0.2, 0.6), reset: volts(0.1, 0.6), threshold: volts(0.4, 1.0),
      membraneTime: code(spec.neuron.membraneTime), excitatoryTime: code(spec.neuron.synapticTime),
      inhibitoryTime: code(spec.neuron.synapticTime), excitatoryGain: code(spec.neuron.gain),
      inhibitoryGain: code(spec.neuron.gain), refractoryCount: UInt8(1 + random.next() % 20),
      fires: random.next() % 8 != 0)
  }

  private static func poisson(
    _ samples: Int, _ inputs: Int, _ ticks: Int, _ rate: Double, _ cyclesPerTick: Int,
    _ random: inout SequentialRandom
  ) -> SpikeBatch {
    var batch = SpikeBatch()
    for _ in 0..<samples {
      for cycle in 0..<ticks * cyclesPerTick {
        var expected = rate * Double(inputs) / Double(cyclesPerTick)
        while expected > 0, random.uniform() < expected {
          batch.cycles.append(UInt32(cycle))
          batch.units.append(UInt32(random.next() % UInt64(inputs)))
          expected -= 1
        }
      }
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }
}
