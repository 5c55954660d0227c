import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Joined circuits in whole runs: every kernel and any number of threads record the same bits.
@Suite struct JoinedEqualityTests {
  @Test(arguments: 0..<12)
  func kernelsAndThreadsAgree(seed: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 306)
    let (image, experiment) = try JoinedImage.random(spec, seed: seed, &random)
    let blocks = try JoinedImage.weights(image, spec, &random)
    let settings = Self.settings(seed, spec, &random)
    let reference = try record(spec, image, experiment, blocks, settings, .reference, threads: 1)
    for kernel in EmulatedChip.availableKernels where kernel != "reference" {
      let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
      for threads in [1, 2, 3] {
        let other = try record(spec, image, experiment, blocks, settings, kernel, threads: threads)
        #expect(other == reference, "seed \(seed), kernel \(kernel), \(threads) threads")
      }
    }
    let counters = reference.map(\.counters)
    #expect(counters[0].spikes > 0, "seed \(seed): nothing fired, nothing was compared")
    #expect(reference[0] != reference[1], "seed \(seed): writing weights changed nothing")
    var alone = image
    alone.groups = []
    let apart = try record(spec, alone, experiment, blocks, settings, .auto, threads: 1)
    #expect(apart[0].traces != reference[0].traces, "seed \(seed): nothing was joined")
  }

  /// Mismatch, all imperfections or none, and defects of every kind.
  private static func settings(
    _ seed: Int, _ spec: ChipSpec, _ random: inout SequentialRandom
  ) -> EmulationSettings {
    func circuits() -> [CircuitOnChip] {
      (0..<8).compactMap { _ in
        CircuitOnChip(
          spec.geometry.cores[Int(random.next() % 16)], column: Int(random.next() % 20),
          on: spec.geometry)
      }
    }
    let defects = DefectList(
      deadNeurons: circuits(), stuckNeurons: circuits(),
      rows: (0..<8).map { _ in
        .init(core: spec.geometry.cores[Int(random.next() % 16)], row: Int(random.next() % 100))
      })
    return EmulationSettings(
      chipSeed: UInt64(seed), trialSeed: 5, mismatch: seed % 3 == 0 ? nil : 0.2,
      effects: seed % 5 == 4 ? [] : .all, defects: seed % 2 == 0 ? defects : .none)
  }

  /// The run, and the same one with other weights.
  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment, _ blocks: [WeightBlock],
    _ settings: EmulationSettings, _ kernel: EmulationSettings.Kernel, threads: Int
  ) throws -> [Recording] {
    var settings = settings
    (settings.kernel, settings.threads) = (kernel, threads)
    let chip = try EmulatedChip(spec, settings)
    try chip.load(image)
    let first = try chip.run(experiment)
    try chip.write(blocks)
    return [first, try chip.run(experiment)]
  }
}

/// Images whose circuits are joined over cores, column by column.
enum JoinedImage {
  /// Sixteen random cores; by the seed one large cluster, four rows, or rows with several
  /// membranes and single circuits in a column.
  static func random(
    _ spec: ChipSpec, seed: Int, _ random: inout SequentialRandom
  ) throws -> (ChipImage, Experiment) {
    var (image, experiment) = RandomExperiment.make(spec, &random)
    while image.cores[0].circuits.count < 20
      || experiment.inputs.sampleCount > (seed % 2 == 0 ? 1 : 4)
    {
      (image, experiment) = RandomExperiment.make(spec, &random)
    }
    let first = image.cores[0]
    image.cores = spec.geometry.cores.map { core in
      var copy = first
      copy.core = core
      let shift = seed % 4 == 1 ? 0 : core.index % first.circuits.count
      copy.circuits = Array(first.circuits[shift...] + first.circuits[..<shift])
      return copy
    }
    image.inputRoutes = image.inputRoutes.indices.map { input in
      spec.geometry.cores.filter { _ in random.next() % 3 == 0 }
        .compactMap { RowPairOnChip($0, pair: input, on: spec.geometry) }
    }
    for column in first.circuits.indices {
      for cores in chains(seed, column, &random) {
        image.groups.append(
          .joined(try cores.map { try CoupledChip.circuit($0, column, on: spec) }))
        for core in cores.dropFirst() { image.cores[core].circuits[column].fires = false }
      }
    }
    image.spikeRoutes = routes(spec, columns: first.circuits.count, &random)
    experiment.recorded.tracedCircuits = try [0, 5, 10].flatMap { core in
      try [0, first.circuits.count - 1].map { try CoupledChip.circuit(core, $0, on: spec) }
    }
    return (image, experiment)
  }

  private static func chains(
    _ seed: Int, _ column: Int, _ random: inout SequentialRandom
  ) -> [[Int]] {
    let rows = (0..<4).map { row in Array(4 * row..<4 * row + 4) }
    switch seed % 3 {
    case 0: return [rows[0] + rows[1].reversed() + rows[2] + rows[3].reversed()]
    case 1: return rows
    default:
      return rows.flatMap { row in
        let cut = Int(random.next() % 4)
        return [Array(row[..<cut]), Array(row[cut...])].filter { $0.count > 1 }
      }
    }
  }

  private static func routes(
    _ spec: ChipSpec, columns: Int, _ random: inout SequentialRandom
  ) -> [SpikeRoute] {
    spec.geometry.cores.flatMap { core in
      (0..<columns).compactMap { column in
        let targets = Set(
          (0..<1 + Int(random.next() % 3)).compactMap { _ in
            RowPairOnChip(
              spec.geometry.cores[Int(random.next() % 16)], pair: Int(random.next() % 100),
              on: spec.geometry)
          })
        return CircuitOnChip(core, column: column, on: spec.geometry)
          .map { SpikeRoute(source: $0, targets: targets.sorted()) }
      }
    }
  }

  /// Other weights for a few rectangles.
  static func weights(
    _ image: ChipImage, _ spec: ChipSpec, _ random: inout SequentialRandom
  ) throws -> [WeightBlock] {
    let largest = spec.synapse.largestWeight
    return image.cores.map { core in
      let (pairs, columns) = (1 + Int(random.next() % 40), core.circuits.count)
      let steps = (0..<pairs * columns).map { _ in
        Int8(Int(random.next() % UInt64(2 * largest + 1)) - largest)
      }
      return WeightBlock(
        core: core.core, firstPair: 0, pairCount: pairs, firstColumn: 0, columnCount: columns,
        values: .steps(steps))
    }
  }
}
