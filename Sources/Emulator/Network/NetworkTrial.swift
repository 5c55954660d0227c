import ChipInterface
import HardwareSpec

/// The spike network and the input ports alone, fed with given spikes: for checks against a judge.
package struct NetworkTrial {
  /// A spike: in which cycle from the start, on which core, by which circuit.
  package struct Spike: Equatable, Sendable {
    /// Clock cycle from the start of the run.
    package var cycle: Int
    /// Core and column.
    package var core, column: Int

    /// Makes a spike.
    package init(cycle: Int, core: Int, column: Int) {
      (self.cycle, self.core, self.column) = (cycle, core, column)
    }
  }

  /// What came of the spikes; losses and deliveries are counted in row pairs.
  package struct Outcome: Equatable, Sendable {
    /// Row pairs that the spikes should have reached.
    package var sent = 0
    /// Losses by stage.
    package var lostAtArbiter = 0, lostAtOutput = 0, lostInNetwork = 0, lostAtPort = 0
    /// Lost on dead links.
    package var lostToDefects = 0
    /// Events handed over to ports, and driven onto rows.
    package var delivered = 0, driven = 0
    /// Events under way in the network, and at ports, when the run ended.
    package var unfinishedInNetwork = 0, unfinishedAtPorts = 0
    /// Cycles under way over all delivered; links taken.
    package var latencyCycles = 0, hops = 0
    /// Driven events: tick · 64 + phase, core, row pair, in order of time for each core.
    package var rows: [[Int]] = []
    /// The most events that waited at an output FIFO, and at a port, when a tick ended.
    package var mostAtOutput = 0, mostAtPort = 0
    /// The sum over all ticks of the events that waited at output FIFOs when the tick ended.
    package var sumAtOutput = 0
  }

  private let spec: ChipSpec
  private let tables: NetworkTables

  /// Prepares a trial of routes over all cores of a chip; nil when there is nothing to route.
  package init?(
    _ spec: ChipSpec, routes: [SpikeRoute],
    isDead: @escaping (CoreOnChip, CoreOnChip) -> Bool = { _, _ in false }
  ) {
    guard let tables = NetworkTables(spec.geometry.cores, routes, spec, isDead: isDead) else {
      return nil
    }
    (self.spec, self.tables) = (spec, tables)
  }

  /// The most stops of a way over links on which no event waits; 0 without such links.
  package var longestRide: Int { tables.longestRide }

  /// Runs spikes in ascending cycles, at most one a circuit and tick, for so many ticks.
  ///
  /// With `exactOnly`, the exact engine moves all events; `trial` seeds late spikes where the chip
  /// has them.
  package func run(
    _ spikes: [Spike], ticks: Int, exactOnly: Bool = false, trial: UInt64? = nil
  ) -> Outcome {
    let network = NetworkState(tables, exactOnly: exactOnly)
    var ports = spec.geometry.cores.map { _ in port() }
    defer {
      ports.forEach { $0.deallocate() }
    }
    var outcome = Outcome(rows: Array(repeating: [], count: ports.count))
    let events = UnsafeMutablePointer<UInt32>.allocate(capacity: 128)
    defer { events.deallocate() }
    var next = 0
    for tick in 0..<ticks {
      for core in ports.indices { take(&ports[core], core, tick, events, &outcome) }
      next = collect(spikes, from: next, tick, network, trial, &outcome)
      network.transport(tick)
      for arrival in network.arrivals {
        ports[Int(arrival.slot)].send(pair: Int32(arrival.pair), at: arrival.time)
      }
      for core in ports.indices {
        let waiting = network.waitingAtOutput(core)
        outcome.mostAtOutput = max(outcome.mostAtOutput, waiting)
        outcome.sumAtOutput += waiting
        outcome.mostAtPort = max(outcome.mostAtPort, ports[core].waiting)
      }
    }
    finish(&outcome, network, ports)
    return outcome
  }

  private func port() -> InputPort {
    InputPort(
      service: spec.events.portCyclesPerEvent * 64 / spec.time.cyclesPerTick,
      waiting: spec.events.portWaitingEvents, horizon: tables.horizon + 4,
      buses: spec.network?.busesPerCore ?? 1)
  }

  private func take(
    _ port: inout InputPort, _ core: Int, _ tick: Int, _ events: UnsafeMutablePointer<UInt32>,
    _ outcome: inout Outcome
  ) {
    let count = Int(port.take(tick: tick, into: events))
    outcome.driven += count
    for i in 0..<count {
      outcome.rows[core].append((tick << 6 | Int(events[i] & 63)) << 16 | Int(events[i] >> 8))
    }
  }

  /// Hands the spikes of one tick to the network, core by core and column by column.
  private func collect(
    _ spikes: [Spike], from first: Int, _ tick: Int, _ network: NetworkState,
    _ trial: UInt64?, _ outcome: inout Outcome
  ) -> Int {
    let end = (tick + 1) * spec.time.cyclesPerTick
    var last = first
    while last < spikes.count, spikes[last].cycle < end { last += 1 }
    if first == last { return last }
    let quiet = TrialRandomness(
      trialSeed: trial ?? 0, sample: 0, jitter: trial != nil, spec.imperfections)
    let ordered = spikes[first..<last].sorted { ($0.core, $0.column) < ($1.core, $1.column) }
    var start = 0
    while start < ordered.count {
      let core = ordered[start].core
      let words = ordered[start...].prefix { $0.core == core }.map { spike -> UInt32 in
        let cycle = spike.cycle - tick * spec.time.cyclesPerTick
        outcome.sent += tables.copies(of: core, column: spike.column)
        return UInt32(spike.column) << 8 | UInt32(cycle * tables.phasesPerCycle)
      }
      network.collect(core, core: core, tick, words, words.count, quiet)
      start += words.count
    }
    return last
  }

  private func finish(
    _ outcome: inout Outcome, _ network: NetworkState, _ ports: [InputPort]
  ) {
    let counts = network.counts
    (outcome.lostAtArbiter, outcome.lostAtOutput) = (counts.lostAtArbiter, counts.lostAtOutput)
    outcome.lostToDefects = counts.lostToDefects
    (outcome.lostInNetwork, outcome.delivered) = (counts.lostInNetwork, counts.delivered)
    (outcome.latencyCycles, outcome.hops) = (counts.latencyCycles, counts.hops)
    outcome.unfinishedInNetwork = network.unfinished
    outcome.lostAtPort = ports.reduce(0) { $0 + $1.lost }
    outcome.unfinishedAtPorts = ports.reduce(0) { $0 + $1.unfinished }
  }
}

extension NetworkTables {
  /// Row pairs that a circuit's spike reaches.
  func copies(of slot: Int, column: Int) -> Int {
    let root = Int(roots[slot * columns + column])
    return root < 0 ? 0 : Self.copies(stations, root)
  }
}

extension NetworkTrial.Outcome {
  init(rows: [[Int]]) { self.rows = rows }
}
