import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Coupled circuits in whole runs: every kernel and any number of threads record the same bits.
@Suite struct CoupledRunTests {
  @Test(arguments: 0..<8)
  func kernelsAndThreadsAgree(seed: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 304)
    let (image, experiment) = try randomRun(spec, seed: seed, &random)
    let reference = try record(spec, image, experiment, seed, .reference, threads: 1)
    for kernel in EmulatedChip.availableKernels where kernel != "reference" {
      let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
      for threads in [1, 2] {
        let recording = try record(spec, image, experiment, seed, kernel, threads: threads)
        #expect(recording == reference, "seed \(seed), kernel \(kernel), \(threads) threads")
      }
    }
    #expect(reference.counters.spikes > 0, "seed \(seed): nothing fired, nothing was compared")
    var alone = image
    alone.groups = []
    let uncoupled = try record(spec, alone, experiment, seed, .auto, threads: 1)
    #expect(uncoupled.traces != reference.traces, "seed \(seed): nothing was coupled")
  }

  /// One random core on all sixteen cores, with its first columns joined in squares or over the
  /// whole chip, and pairs of compartments in the rest.
  private func randomRun(
    _ spec: ChipSpec, seed: Int, _ random: inout SequentialRandom
  ) throws -> (ChipImage, Experiment) {
    var (image, experiment) = RandomExperiment.make(spec, &random)
    while image.cores[0].circuits.count < 8 {
      (image, experiment) = RandomExperiment.make(spec, &random)
    }
    if seed % 2 == 0 { RandomOptions.switchOn(&image, spec, &random, plastic: false) }
    let first = image.cores[0]
    image.cores = spec.geometry.cores.map { core in
      var copy = first
      copy.core = core
      return copy
    }
    image.inputRoutes = image.inputRoutes.indices.map { input in
      spec.geometry.cores.filter { _ in random.next() % 3 == 0 }
        .compactMap { RowPairOnChip($0, pair: input, on: spec.geometry) }
    }
    let squares = seed % 3 == 0 ? [Array(0..<16)] : [[0, 1, 5, 4], [10, 11, 15, 14]]
    let (joined, all) = (first.circuits.count / 2, first.circuits.count)
    for cores in squares {
      for column in 0..<joined {
        image.groups.append(
          .joined(try cores.map { try CoupledChip.circuit($0, column, on: spec) }))
        for core in cores.dropFirst() { image.cores[core].circuits[column].fires = false }
      }
    }
    for core in 0..<16 {
      for column in stride(from: joined, to: all - 1, by: 3) {
        image.groups.append(
          CircuitGroup(
            members: try [column, column + 1].map {
              try CoupledChip.circuit(core, $0, on: spec)
            },
            couplings: [
              Coupling(first: 0, second: 1, conductance: UInt16(random.next() % 1023))
            ]))
      }
    }
    experiment.recorded.tracedCircuits = try [0, 5, 10].flatMap { core in
      try [0, joined, all - 1].map { try CoupledChip.circuit(core, $0, on: spec) }
    }
    return (image, experiment)
  }

  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment, _ seed: Int,
    _ kernel: EmulationSettings.Kernel, threads: Int
  ) throws -> Recording {
    let chip = try EmulatedChip(
      spec,
      EmulationSettings(
        chipSeed: UInt64(seed), trialSeed: 5, mismatch: 0.2, effects: seed % 4 == 3 ? [] : .all,
        threads: threads, kernel: kernel))
    try chip.load(image)
    return try chip.run(experiment)
  }
}
