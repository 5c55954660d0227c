import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Every built-in chip conforms with the imperfections of its own file.
@Suite struct ChipFileConformanceTests {
  @Test(arguments: ChipLibrary.analogNames + ["synapus-1-mesh-3x2"])
  func conforms(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    // A device whose core 0 has no neuron that fires without input.
    #expect(
      ChipConformance { try EmulatedChip(spec, EmulationSettings(residual: 0.05)) }.failures() == []
    )
  }

  @Test(arguments: ChipLibrary.analogNames, 0..<4)
  func kernelsAgree(name: String, seed: Int) throws {
    let spec = try ChipLibrary.chip(name)
    var random = SequentialRandom(seed: UInt64(seed), stream: 91)
    let (image, experiment) = RandomExperiment.make(spec, &random)
    let recordings = try EmulatedChip.availableKernels.map { kernel in
      let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
      let chip = try EmulatedChip(spec, EmulationSettings(chipSeed: UInt64(seed), kernel: kernel))
      try chip.load(image)
      return try chip.run(experiment)
    }
    #expect(recordings.dropFirst().allSatisfy { $0 == recordings[0] }, "\(name), seed \(seed)")
    #expect(recordings[0].counters.spikes > 0, "\(name), seed \(seed)")
  }

  /// t_ref of Dynap-SE2 is 1 ms: no neuron fires faster than 1 kHz, however strong its input.
  @Test func refractoryTimeBoundsTheRateOfDynapSE2() throws {
    let spec = try ChipLibrary.chip("dynapse2-like")
    var random = SequentialRandom(seed: 5, stream: 92)
    var (image, experiment) = RandomExperiment.make(spec, &random)
    let counts = (1e-3 / spec.time.tickSeconds).rounded()
    #expect(counts == 16)
    for i in image.cores[0].circuits.indices {
      image.cores[0].circuits[i].refractoryCount = UInt8(counts)
      image.cores[0].circuits[i].gain(of: spec, volts: 0.064)
    }
    for i in image.cores[0].weights.indices where i / 256 % 2 == 1 { image.cores[0].weights[i] = 0 }
    experiment.recorded.adcPopulations = []
    let chip = try EmulatedChip(spec, EmulationSettings(effects: .mismatch))
    try chip.load(image)
    let recording = try chip.run(experiment)
    let seconds = Double(experiment.durationTicks) * spec.time.tickSeconds
    var most = 0.0
    for sample in 0..<recording.spikes.sampleCount {
      let units = recording.spikes.range(ofSample: sample).map { recording.spikes.units[$0] }
      let counts = Dictionary(units.map { ($0, 1.0) }, uniquingKeysWith: +)
      most = max(most, counts.values.max() ?? 0)
    }
    // One count of the counter either way, and the spike that the run begins with.
    #expect(most >= 2)
    #expect((most - 1) / seconds <= 1000 * 16.0 / 15, "\(most) spikes in \(seconds) s")
  }
}

extension CircuitSettings {
  fileprivate mutating func gain(of spec: ChipSpec, volts: Double) {
    excitatoryGain = UInt16(spec.neuron.gain.nearestCode(for: volts))
  }
}
