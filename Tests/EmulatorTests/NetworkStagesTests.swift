import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// The stage-by-stage pass against the exact engine alone: the same random traffic must give the
/// same rows at the same times in the same order, the same counters, the same waiting events.
@Suite struct NetworkStagesTests {
  private typealias Spike = NetworkTrial.Spike

  /// One kind of network and load, drawn from a seed.
  private struct Scene {
    var spec: ChipSpec
    var routes: [SpikeRoute] = []
    var spikes: [Spike] = []
    var random: SequentialRandom
    let ticks = 40

    /// Loads from 1 to 200 % of what an output can bring in, and volleys.
    static let loads = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6, 2.0]

    init(seed: Int) throws {
      spec = try ChipLibrary.chip("synapus-1")
      random = SequentialRandom(seed: UInt64(seed), stream: 97)
      try shape(seed)
      try route(fanOut: seed % 2 == 0 ? 1 : pick(2...5))
      fire(load: Self.loads[seed / 5 % Self.loads.count], volleys: seed % 7 == 0)
    }

    private mutating func pick(_ range: ClosedRange<Int>) -> Int {
      Int.random(in: range, using: &random)
    }

    /// Mesh with loss, mesh with back-pressure (twice as often), crossbar, two chips.
    private mutating func shape(_ seed: Int) throws {
      var network = try required(spec.network, "network")
      (spec.geometry.meshColumns, spec.geometry.meshRows) = (pick(1...4), pick(1...4))
      network.whenFull = seed % 5 == 0 ? .loss : .backPressure
      if seed % 5 == 3 {
        network.router = .crossbar
        network.whenFull = pick(0...1) == 0 ? .loss : .backPressure
      }
      network.arbiterCyclesPerEvent = [1, 1, 2, 5][pick(0...3)]
      network.arbitersPerCore = [1, 1, 2, 4][pick(0...3)]
      network.busesPerCore = [1, 4][pick(0...1)]
      network.output = ServerSpec(cyclesPerEvent: pick(1...4), waitingEvents: pick(1...24))
      network.link = ServerSpec(cyclesPerEvent: pick(1...4), waitingEvents: pick(4...32))
      spec.events.hopLatencyCycles = pick(1...9)
      spec.events.portWaitingEvents = pick(1...70)
      if seed % 5 == 4 {
        (spec.geometry.meshColumns, spec.geometry.meshRows) = (4, 2)
        network.chips = ChipTileSpec(
          columns: 2, rows: 2,
          link: ServerSpec(cyclesPerEvent: pick(1...10), waitingEvents: pick(8...64)),
          linkLatencyCycles: pick(1...70))
      }
      spec.network = network
    }

    private mutating func route(fanOut: Int) throws {
      let geometry = spec.geometry
      for core in geometry.cores {
        for column in stride(from: 0, to: 256, by: 2) {
          let source = try required(CircuitOnChip(core, column: column, on: geometry), "circuit")
          let targets = (0..<fanOut).map { _ in
            (pick(0...geometry.coreCount - 1), pick(0...geometry.rowPairsPerCore - 1))
          }
          var pairs: [RowPairOnChip] = []
          for (target, pair) in targets.sorted(by: <) {
            pairs.append(
              try required(
                RowPairOnChip(geometry.cores[target], pair: pair, on: geometry), "row pair"))
          }
          routes.append(SpikeRoute(source: source, targets: pairs, delayTicks: 0))
          if column % 8 == 0 {
            routes.append(
              SpikeRoute(source: source, targets: [pairs[0]], delayTicks: UInt8(pick(1...9))))
          }
        }
      }
    }

    /// Most of the time half the ticks are quieter, so that the engine can hand back.
    private mutating func fire(load: Double, volleys: Bool) {
      let service = spec.network?.output.cyclesPerEvent ?? 1
      let rate = load * 64 / Double(service) / 128
      for tick in 0..<ticks - 4 {
        let rate = tick % 12 < 6 ? rate : rate / 8
        let volley = volleys && tick % 9 == 2 ? [8, 64, 256][tick / 9 % 3] : 0
        for core in spec.geometry.cores.indices {
          for column in stride(from: 0, to: 256, by: 2) {
            if column < volley {
              spikes.append(Spike(cycle: tick * 64 + 7, core: core, column: column))
            } else if random.uniform() < rate {
              spikes.append(Spike(cycle: tick * 64 + pick(0...63), core: core, column: column))
            }
          }
        }
      }
      spikes.sort { $0.cycle < $1.cycle }
    }
  }

  @Test(arguments: 0..<110)
  func bothGiveTheSame(seed: Int) throws {
    let scene = try Scene(seed: seed)
    var spec = scene.spec
    spec.imperfections.spikeJitter = 0.3
    let trial = try required(NetworkTrial(spec, routes: scene.routes), "trial")
    let late: UInt64? = seed % 3 == 0 ? UInt64(seed) : nil
    for ticks in [scene.ticks, 17] {
      let exact = trial.run(scene.spikes, ticks: ticks, exactOnly: true, trial: late)
      let found = trial.run(scene.spikes, ticks: ticks, trial: late)
      #expect(exact.sent > 0, "seed \(seed)")
      #expect(found == exact, "seed \(seed), \(ticks) ticks")
    }
  }
}
