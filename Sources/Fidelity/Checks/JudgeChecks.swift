import ChipInterface
import HardwareSpec

/// Holds the judge of the spike network against the M/D/1 queue.
struct JudgeChecks {
  private let spec: ChipSpec

  init(_ spec: ChipSpec) { self.spec = spec }

  /// One core whose output is the only slow part: waiting times by Pollaczek and Khinchine.
  ///
  /// Spikes in whole cycles change nothing: with Poisson numbers a cycle the mean wait is the same
  /// `ρ S / 2 (1 − ρ)`. Nor does the arbiter: queues behind one another wait as long as the slowest.
  func run() -> [FidelityCheck] {
    [(0.3, 2), (0.6, 3), (0.75, 4)].map { load, period in
      let found = meanWait(load: load, period: period, spikes: 1_200_000)
      let wanted = load * Double(period) / (2 * (1 - load))
      return FidelityCheck(
        "judge of the spike network, load \(load), service \(period)", "M/D/1 wait, relative",
        unit: "1", error: abs(found / wanted - 1), bound: 0.01)
    }
  }

  private func meanWait(load: Double, period: Int, spikes count: Int) -> Double {
    var spec = spec
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (1, 1)
    spec.events.localLatencyCycles = 0
    var network = NetworkSpec.checked
    network.output = ServerSpec(cyclesPerEvent: period, waitingEvents: 4096)
    let routes = Self.routes(spec)
    guard !routes.isEmpty else { return .nan }
    var random = SequentialRandom(seed: 9, stream: UInt64(period) << 8 | UInt64(load * 100))
    var spikes: [(cycle: Int, core: Int, column: Int)] = []
    var (time, rate) = (0.0, load / Double(period))
    rate = max(rate, 1e-9)
    while spikes.count < count {
      time -= DeterministicMath.log(random.uniform()) / rate
      spikes.append((Int(time), 0, spikes.count % routes.count))
    }
    var judge = ClockSteppedNetwork(spec, network, routes: routes)
    let tally = judge.run(spikes, cycles: Int(time) + 4096 * period)
    guard tally.delivered == count else { return .nan }
    return Double(tally.latency) / Double(count)
  }

  private static func routes(_ spec: ChipSpec) -> [SpikeRoute] {
    let core = spec.geometry.cores[0]
    guard let pair = RowPairOnChip(core, pair: 0, on: spec.geometry) else { return [] }
    return (0..<spec.geometry.circuitsPerCore).compactMap { column in
      CircuitOnChip(core, column: column, on: spec.geometry).map {
        SpikeRoute(source: $0, targets: [pair])
      }
    }
  }
}
