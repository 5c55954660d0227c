import ChipInterface
import Emulator
import HardwareSpec
import Testing

/// The kernels and the Swift reference give the same bits, over random digital networks.
@Suite struct DigitalEqualityTests {
  @Test(arguments: 0..<32)
  func allKernelsRecordTheSameBits(seed: Int) throws {
    let spec = try ChipLibrary.chip(seed % 3 == 2 ? "truenorth" : "loihi")
    var generator = try #require(RandomDigitalImage(spec, seed: seed))
    let ticks = generator.integer(20...70)
    let image = generator.image(ticks: ticks)
    var experiment = generator.experiment(image, ticks: ticks)
    experiment.recorded.registers = Self.probes(of: image)
    let reference = try record(spec, image, experiment, kernel: .reference, threads: 1)
    for kernel in EmulatedChip.availableKernels {
      for threads in [1, 2] {
        let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
        let recording = try record(spec, image, experiment, kernel: kernel, threads: threads)
        #expect(recording.spikes == reference.spikes, "seed \(seed), \(kernel), \(threads)")
        #expect(recording.registers == reference.registers, "seed \(seed), \(kernel), \(threads)")
        #expect(recording.counters == reference.counters, "seed \(seed), \(kernel), \(threads)")
      }
    }
    let ideal = IdealChip(spec)
    try ideal.load(image)
    #expect(try ideal.run(experiment) == reference, "seed \(seed): the ideal chip differs")
  }

  /// All registers of the first two cores.
  static func probes(of image: ChipImage) -> [RegisterProbe] {
    var probes: [RegisterProbe] = []
    for core in image.cores.indices.prefix(2) {
      probes += [
        RegisterProbe(.current, core: core, everyTick: true),
        RegisterProbe(.voltage, core: core, everyTick: true),
        RegisterProbe(.spike, core: core, everyTick: true),
      ]
      guard case .currentBased(let registers) = image.cores[core].digital else { continue }
      for part in registers.projections.indices {
        probes += [
          RegisterProbe(.input, core: core, part: part, everyTick: true),
          RegisterProbe(.weight, core: core, part: part),
        ]
      }
    }
    return probes
  }

  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment,
    kernel: EmulationSettings.Kernel, threads: Int
  ) throws -> Recording {
    var settings = EmulationSettings(threads: threads, kernel: kernel)
    // Teams even where a step is short.
    settings.stepNanosecondsPerThread = 1e-3
    let chip = try EmulatedChip(spec, settings)
    try chip.load(image)
    return try chip.run(experiment)
  }
}
