import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Links on which no event waits, and parts of the network that meet nowhere: nothing of them may
/// show in what a network does.
@Suite struct ExpressLinksTests {
  /// Cores of the first column multicast to one core of each row, as joined neurons do; by the seed
  /// some of them also to a core of others, which takes the express links away.
  @Test(arguments: 0..<40)
  func multicastGivesWhatTheExactEngineGives(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 311)
    var spec = try ChipLibrary.chip("synapus-1")
    spec.imperfections.spikeJitter = 0.3
    try shape(&spec, seed, &random)
    let trial = try required(NetworkTrial(spec, routes: routes(spec, seed, &random)), "trial")
    if seed % 4 < 2 { #expect(trial.longestRide > 3, "seed \(seed): no express links") }
    let spikes = volleys(spec, load: 0.02 * Double(1 + seed % 9), &random)
    for ticks in [40, 23] {
      let late: UInt64? = seed % 3 == 0 ? UInt64(seed) : nil
      let exact = trial.run(spikes, ticks: ticks, exactOnly: true, trial: late)
      let found = trial.run(spikes, ticks: ticks, trial: late)
      #expect(exact.delivered > 100, "seed \(seed)")
      #expect(found == exact, "seed \(seed), \(ticks) ticks")
    }
  }

  private func shape(
    _ spec: inout ChipSpec, _ seed: Int, _ random: inout SequentialRandom
  ) throws {
    var network = try required(spec.network, "network")
    network.whenFull = seed % 3 == 0 ? .loss : .backPressure
    let service = 1 + Int(random.next() % 4)
    network.output = ServerSpec(
      cyclesPerEvent: service, waitingEvents: 1 + Int(random.next() % 24))
    network.link = ServerSpec(
      cyclesPerEvent: 1 + Int(random.next() % UInt64(service)),
      waitingEvents: 16 + Int(random.next() % 16))
    spec.events.hopLatencyCycles = 1 + Int(random.next() % 40) / (seed % 4 < 2 ? 10 : 1)
    spec.network = network
  }

  private func routes(
    _ spec: ChipSpec, _ seed: Int, _ random: inout SequentialRandom
  ) -> [SpikeRoute] {
    let geometry = spec.geometry
    return (0..<4).flatMap { row in
      stride(from: 0, to: 256, by: 3).flatMap { column -> [SpikeRoute] in
        guard let source = CircuitOnChip(geometry.cores[4 * row], column: column, on: geometry)
        else { return [] }
        var targets = (0..<4).map { 4 * $0 + row }
        if seed % 4 == 2, row == 1 { targets.append(15) }
        if seed % 4 == 3 { targets.append(Int(random.next() % 16)) }
        let pairs = Set(targets).sorted().compactMap {
          RowPairOnChip(geometry.cores[$0], pair: column, on: geometry)
        }
        let first = SpikeRoute(source: source, targets: pairs)
        guard column % 4 == 0 else { return [first] }
        return [first, SpikeRoute(source: source, targets: [pairs[1]], delayTicks: 3)]
      }
    }
  }

  private func volleys(
    _ spec: ChipSpec, load: Double, _ random: inout SequentialRandom
  ) -> [NetworkTrial.Spike] {
    var spikes: [NetworkTrial.Spike] = []
    for tick in 0..<36 {
      for core in spec.geometry.cores.indices.filter({ $0 % 4 == 0 }) {
        for column in stride(from: 0, to: 256, by: 3)
        where random.uniform() < (tick % 11 == 5 ? 0.9 : load) {
          let cycle = 64 * tick + Int(random.next() % 64)
          spikes.append(.init(cycle: cycle, core: core, column: column))
        }
      }
    }
    return spikes.sorted { $0.cycle < $1.cycle }
  }

  /// Rows of the mesh that send to themselves are parts of the network; a silent circuit whose route
  /// goes through all of them makes it one.
  @Test(arguments: 0..<4)
  func partsAreAsOneNetwork(seed: Int) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var random = SequentialRandom(seed: UInt64(seed), stream: 312)
    var (image, experiment) = RandomExperiment.make(spec, &random)
    // A team shares the cores of one sample only.
    while image.cores[0].circuits.count < 30 || experiment.inputs.sampleCount > 1 {
      (image, experiment) = RandomExperiment.make(spec, &random)
    }
    let first = image.cores[0]
    image.cores = spec.geometry.cores.map { core in
      var copy = first
      copy.core = core
      return copy
    }
    image.inputRoutes = image.inputRoutes.indices.map { input in
      [RowPairOnChip(spec.geometry.cores[input % 16], pair: input % 90, on: spec.geometry)]
        .compactMap(\.self)
    }
    for core in 0..<16 { image.cores[core].circuits[0].fires = false }
    image.spikeRoutes = try spec.geometry.cores.indices.flatMap { core in
      try (1..<first.circuits.count).map { column in
        let targets = Set((0..<2).map { _ in core / 4 * 4 + Int(random.next() % 4) }).sorted()
        return SpikeRoute(
          source: try CoupledChip.circuit(core, column, on: spec),
          targets: targets.compactMap {
            RowPairOnChip(spec.geometry.cores[$0], pair: column, on: spec.geometry)
          })
      }
    }
    let apart = try [1, 2, 4].map { try record(spec, image, experiment, threads: $0) }
    image.spikeRoutes.insert(
      SpikeRoute(
        source: try CoupledChip.circuit(0, 0, on: spec),
        targets: spec.geometry.cores.compactMap {
          RowPairOnChip($0, pair: 0, on: spec.geometry)
        }), at: 0)
    let whole = try record(spec, image, experiment, threads: 1)
    #expect(whole.counters.delivered > 0, "seed \(seed)")
    for recording in apart { #expect(recording == whole, "seed \(seed)") }
  }

  private func record(
    _ spec: ChipSpec, _ image: ChipImage, _ experiment: Experiment, threads: Int
  ) throws -> Recording {
    let chip = try EmulatedChip(
      spec, EmulationSettings(chipSeed: 3, trialSeed: 5, mismatch: 0.2, threads: threads))
    try chip.load(image)
    return try chip.run(experiment)
  }
}
