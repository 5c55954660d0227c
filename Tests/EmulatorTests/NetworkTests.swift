import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// The spike network by hand-computed cases, and its books by random ones.
@Suite struct NetworkTests {
  private typealias Spike = NetworkTrial.Spike

  /// A chip with the network of `synapus-1` changed by `change`.
  private static func spec(
    columns: Int = 4, rows: Int = 4, _ change: (inout ChipSpec, inout NetworkSpec) -> Void
  ) throws -> ChipSpec {
    var spec = try ChipLibrary.chip("synapus-1")
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (columns, rows)
    var network = try required(spec.network, "network")
    network.whenFull = .loss
    change(&spec, &network)
    spec.network = network
    return spec
  }

  /// A route from a circuit to (core, row pair).
  private static func route(
    _ spec: ChipSpec, _ core: Int, _ column: Int, to targets: [(Int, Int)], delay: UInt8 = 0
  ) throws -> SpikeRoute {
    let geometry = spec.geometry
    return SpikeRoute(
      source: try required(
        CircuitOnChip(geometry.cores[core], column: column, on: geometry), "circuit"),
      targets: try targets.map {
        try required(RowPairOnChip(geometry.cores[$0.0], pair: $0.1, on: geometry), "row pair")
      }, delayTicks: delay)
  }

  /// When each row pair of a core was driven, in 1/64 tick, in order of time.
  private static func rows(_ outcome: NetworkTrial.Outcome, _ core: Int) -> [(Int, Int)] {
    outcome.rows[core].map { ($0 >> 16, $0 & 0xFFFF) }
  }

  @Test func anEventActsATickLaterPlusTheRoutesLatency() throws {
    let spec = try Self.spec { spec, _ in spec.events.localLatencyCycles = 3 }
    for (target, hops) in [(0, 0), (1, 1), (3, 3), (15, 6)] {
      let trial = try required(
        NetworkTrial(spec, routes: [try Self.route(spec, 0, 9, to: [(target, 5)])]), "trial")
      let outcome = trial.run([Spike(cycle: 64 * 2 + 17, core: 0, column: 9)], ticks: 8)
      let rows = Self.rows(outcome, target)
      #expect(rows.map(\.0) == [64 * 3 + 17 + 3 + 4 * hops] && rows.map(\.1) == [5])
      #expect(outcome.hops == hops && outcome.latencyCycles == 3 + 4 * hops)
    }
  }

  @Test(arguments: [0, 1, 7, 63])
  func axonalDelaysAreExact(delay: Int) throws {
    let spec = try Self.spec { _, _ in }
    let routes = [
      try Self.route(spec, 5, 2, to: [(5, 1)]),
      try Self.route(spec, 5, 2, to: [(6, 2)], delay: UInt8(delay)),
    ].filter { delay > 0 || $0.delayTicks == 0 }
    let trial = try required(NetworkTrial(spec, routes: routes), "trial")
    let outcome = trial.run([Spike(cycle: 30, core: 5, column: 2)], ticks: 80)
    #expect(Self.rows(outcome, 5).map(\.0) == [64 + 30])
    if delay > 0 {
      #expect(Self.rows(outcome, 6).map(\.0) == [64 + 30 + 4 + 64 * delay])
      #expect(outcome.latencyCycles == 4, "an axonal delay is no latency")
    }
  }

  @Test func theArbiterLetsTheLowestColumnThroughFirst() throws {
    let spec = try Self.spec { spec, network in
      network.arbiterCyclesPerEvent = 3
      network.output.cyclesPerEvent = 1
      spec.events.portCyclesPerEvent = 1
    }
    let columns = [200, 7, 64, 63, 128]
    let routes = try columns.sorted().map { try Self.route(spec, 0, $0, to: [(0, $0)]) }
    let trial = try required(NetworkTrial(spec, routes: routes), "trial")
    let outcome = trial.run(columns.map { Spike(cycle: 10, core: 0, column: $0) }, ticks: 4)
    let rows = Self.rows(outcome, 0)
    #expect(rows.map(\.1) == [7, 63, 64, 128, 200])
    #expect(rows.map(\.0) == (0..<5).map { 64 + 10 + 3 * $0 })
  }

  @Test func aSecondSpikeOfANeuronThatStillWaitsIsLost() throws {
    let spec = try Self.spec { _, network in network.arbiterCyclesPerEvent = 64 }
    let routes = try [3, 4].map { try Self.route(spec, 0, $0, to: [(0, 1), (1, 2), (2, 3)]) }
    let trial = try required(NetworkTrial(spec, routes: routes), "trial")
    let spikes = [
      Spike(cycle: 0, core: 0, column: 3), Spike(cycle: 0, core: 0, column: 4),
      Spike(cycle: 64 + 5, core: 0, column: 3), Spike(cycle: 128, core: 0, column: 3),
    ]
    let outcome = trial.run(spikes, ticks: 20)
    // At 64 column 4 is let through; at 128 column 3, whose spike of 128 comes too early.
    #expect(outcome.lostAtArbiter == 3, "three row pairs of one spike")
    #expect(outcome.delivered == 9 && outcome.sent == 12)
  }

  @Test func aFullOutputLosesOrHoldsBack() throws {
    for whenFull in NetworkSpec.WhenFull.allCases {
      let spec = try Self.spec { _, network in
        network.whenFull = whenFull
        network.output = ServerSpec(cyclesPerEvent: 8, waitingEvents: 4)
      }
      let routes = try (0..<20).map { try Self.route(spec, 0, $0, to: [(1, $0)]) }
      let trial = try required(NetworkTrial(spec, routes: routes), "trial")
      let outcome = trial.run((0..<20).map { Spike(cycle: 0, core: 0, column: $0) }, ticks: 10)
      // Spike k comes at cycle k. One leaves at 0, 8 and 16; four wait, the rest find no place.
      let lost = whenFull == .loss ? 13 : 0
      #expect(outcome.lostAtOutput == lost && outcome.delivered == 20 - lost, "\(whenFull)")
      #expect(outcome.lostAtArbiter == 0)
    }
  }

  @Test func aFullLinkLosesOrHoldsBack() throws {
    for whenFull in NetworkSpec.WhenFull.allCases {
      let spec = try Self.spec(columns: 3, rows: 1) { _, network in
        network.whenFull = whenFull
        network.output = ServerSpec(cyclesPerEvent: 1, waitingEvents: 64)
        network.link = ServerSpec(cyclesPerEvent: 16, waitingEvents: 2)
      }
      let routes = try (0..<10).map { try Self.route(spec, 0, $0, to: [(2, $0)]) }
      let trial = try required(NetworkTrial(spec, routes: routes), "trial")
      let outcome = trial.run((0..<10).map { Spike(cycle: 0, core: 0, column: $0) }, ticks: 10)
      let lost = whenFull == .loss ? 7 : 0
      #expect(outcome.lostInNetwork == lost && outcome.delivered == 10 - lost, "\(whenFull)")
      if whenFull == .backPressure {
        #expect(Self.rows(outcome, 2).map(\.0) == (0..<10).map { 64 + 8 + 16 * $0 })
      }
    }
  }

  @Test func linksBetweenChipsAreSlower() throws {
    let spec = try Self.spec(columns: 4, rows: 2) { _, network in
      network.chips = ChipTileSpec(
        columns: 2, rows: 2, link: ServerSpec(cyclesPerEvent: 10, waitingEvents: 8),
        linkLatencyCycles: 30)
    }
    let routes = try [0, 1].map { try Self.route(spec, 0, $0, to: [(7, $0)]) }
    let trial = try required(NetworkTrial(spec, routes: routes), "trial")
    let outcome = trial.run([0, 1].map { Spike(cycle: 0, core: 0, column: $0) }, ticks: 4)
    let alone = spec.routeLatencyCycles(from: spec.geometry.cores[0], to: spec.geometry.cores[7])
    #expect(alone == 3 * 4 + 30)
    #expect(Self.rows(outcome, 7).map(\.0) == [64 + alone, 64 + alone + 10])
  }

  @Test func multicastTakesEachLinkOnce() throws {
    let spec = try Self.spec { _, _ in }
    // Along the row to core 3, and down from 1 and from 3.
    let targets = [(0, 1), (3, 2), (9, 3), (15, 4), (15, 5)]
    let trial = try required(
      NetworkTrial(spec, routes: [try Self.route(spec, 0, 0, to: targets)]), "trial")
    let outcome = trial.run([Spike(cycle: 0, core: 0, column: 0)], ticks: 4)
    #expect(outcome.hops == 3 + 2 + 3 && outcome.delivered == 5)
    #expect(outcome.latencyCycles == 4 * (0 + 3 + 3 + 6 + 6))
  }

  @Test func deadLinksLoseWhatEntersThem() throws {
    let spec = try Self.spec { _, _ in }
    let targets = [(0, 1), (1, 2), (3, 3), (5, 4), (7, 5)]
    let trial = try required(
      NetworkTrial(spec, routes: [try Self.route(spec, 0, 0, to: targets)]) {
        $0.index == 1 && $1.index == 2
      }, "trial")
    let outcome = trial.run([Spike(cycle: 0, core: 0, column: 0)], ticks: 4)
    // 0 to 1, 1 to 5, and the dead link from 1 to 2, behind which 3 and 7 lie.
    #expect(outcome.lostToDefects == 2 && outcome.delivered == 3 && outcome.hops == 3)
    #expect(outcome.sent == 5 && outcome.unfinishedInNetwork == 0)
  }

  @Test(arguments: 0..<24)
  func everyCopyIsDeliveredLostOrUnderWay(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 91)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let spec = try Self.spec(columns: pick(1...5), rows: pick(1...4)) { spec, network in
      network.whenFull = seed % 2 == 0 ? .loss : .backPressure
      network.arbiterCyclesPerEvent = pick(1...4)
      network.arbitersPerCore = [1, 2, 4][pick(0...2)]
      network.busesPerCore = [1, 4][pick(0...1)]
      network.output = ServerSpec(cyclesPerEvent: pick(1...6), waitingEvents: pick(1...20))
      network.link = ServerSpec(cyclesPerEvent: pick(1...9), waitingEvents: pick(1...20))
      spec.events.hopLatencyCycles = pick(1...9)
      spec.events.portWaitingEvents = pick(1...70)
      if seed % 3 == 0 { network.router = .crossbar }
    }
    let routes = try Self.randomRoutes(spec, &random)
    let spikes = Self.randomSpikes(spec, ticks: 12, rate: 0.02 + 0.3 * random.uniform(), &random)
    let outcome = try required(NetworkTrial(spec, routes: routes), "trial").run(spikes, ticks: 14)
    let wanted = spikes.reduce(0) { sum, spike in
      sum
        + routes.filter { $0.source.core.index == spike.core && $0.source.column == spike.column }
        .reduce(0) { $0 + $1.targets.count }
    }
    let lost = outcome.lostAtArbiter + outcome.lostAtOutput + outcome.lostInNetwork
    #expect(outcome.sent == wanted && wanted > 0, "seed \(seed)")
    #expect(outcome.sent == outcome.delivered + lost + outcome.unfinishedInNetwork, "seed \(seed)")
    #expect(
      outcome.delivered == outcome.driven + outcome.lostAtPort + outcome.unfinishedAtPorts,
      "seed \(seed)")
    #expect(outcome.driven == outcome.rows.reduce(0) { $0 + $1.count }, "seed \(seed)")
    if spec.network?.whenFull == .backPressure {
      #expect(outcome.lostAtOutput + outcome.lostInNetwork == 0, "seed \(seed)")
    }
  }

  private static func randomRoutes(
    _ spec: ChipSpec, _ random: inout SequentialRandom
  ) throws -> [SpikeRoute] {
    var routes: [SpikeRoute] = []
    for core in spec.geometry.cores.indices {
      for column in stride(from: 0, to: 256, by: 3) {
        let count = 1 + Int(random.next() % 4)
        let targets = (0..<count).map { _ in
          (
            Int(random.next() % UInt64(spec.geometry.coreCount)),
            Int(random.next() % UInt64(spec.geometry.rowPairsPerCore))
          )
        }
        routes.append(try route(spec, core, column, to: targets.sorted { $0 < $1 }))
        guard column % 2 == 0 else { continue }
        let delay = UInt8(1 + random.next() % 10)
        routes.append(try route(spec, core, column, to: [targets[0]], delay: delay))
      }
    }
    return routes
  }

  private static func randomSpikes(
    _ spec: ChipSpec, ticks: Int, rate: Double, _ random: inout SequentialRandom
  ) -> [NetworkTrial.Spike] {
    var spikes: [NetworkTrial.Spike] = []
    for tick in 0..<ticks {
      for core in spec.geometry.cores.indices {
        for column in 0..<256 where random.uniform() < rate {
          spikes.append(
            Spike(cycle: tick * 64 + Int(random.next() % 64), core: core, column: column))
        }
      }
    }
    return spikes.sorted { $0.cycle < $1.cycle }
  }
}
