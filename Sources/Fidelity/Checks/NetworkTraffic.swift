import ChipInterface
import Emulator
import HardwareSpec

/// Seeded routes and spikes for the checks of the spike network.
struct NetworkTraffic {
  /// When spikes come.
  enum Pattern: Equatable {
    /// Independently, at a part of what an output can pass.
    case poisson(load: Double)
    /// Some neurons of every core at once or nearly so, as first-spike codes do, every few ticks.
    case volleys(neurons: Int, spreadCycles: Int)
  }

  let routes: [SpikeRoute]
  let spikes: [(cycle: Int, core: Int, column: Int)]
  let ticks: Int

  /// Makes traffic: each circuit sends to `fanOut` row pairs, on as many random cores.
  init(
    _ spec: ChipSpec, _ network: NetworkSpec, _ pattern: Pattern, fanOut: Int, ticks: Int,
    seed: UInt64
  ) {
    self.ticks = ticks
    var random = SequentialRandom(seed: seed, stream: 0x6E65_7477)
    routes = Self.routes(spec, network, fanOut, &random)
    switch pattern {
    case .poisson(let load):
      spikes = Self.poisson(spec, network, load / Double(fanOut), ticks, &random)
    case .volleys(let neurons, let spread):
      spikes = Self.volleys(spec, neurons, spread, ticks, &random)
    }
  }

  private static func routes(
    _ spec: ChipSpec, _ network: NetworkSpec, _ fanOut: Int, _ random: inout SequentialRandom
  ) -> [SpikeRoute] {
    let geometry = spec.geometry
    let delays = network.longestDelayTicks
    var routes: [SpikeRoute] = []
    for core in geometry.cores {
      for column in 0..<geometry.circuitsPerCore {
        let cores = random.permutation(geometry.coreCount).prefix(fanOut).sorted()
        let pairs = cores.compactMap {
          RowPairOnChip(
            geometry.cores[$0], pair: Int(random.next() % UInt64(geometry.rowPairsPerCore)),
            on: geometry)
        }
        guard let source = CircuitOnChip(core, column: column, on: geometry) else { continue }
        let delay = column % 8 == 7 ? Int(random.next() % UInt64(delays + 1)) : 0
        routes.append(
          SpikeRoute(source: source, targets: pairs, delayTicks: UInt8(truncatingIfNeeded: delay)))
      }
    }
    return routes
  }

  /// Every cycle brings a Poisson number of spikes to every core; a circuit fires once a tick.
  private static func poisson(
    _ spec: ChipSpec, _ network: NetworkSpec, _ load: Double, _ ticks: Int,
    _ random: inout SequentialRandom
  ) -> [(cycle: Int, core: Int, column: Int)] {
    let (columns, cyclesPerTick) = (spec.geometry.circuitsPerCore, spec.time.cyclesPerTick)
    let rate = load * network.eventsPerCycle(spec)
    let none = DeterministicMath.exp(-rate)
    var spikes: [(cycle: Int, core: Int, column: Int)] = []
    var lastTick = Array(repeating: -1, count: spec.geometry.coreCount * columns)
    for cycle in 0..<ticks * cyclesPerTick {
      for core in 0..<spec.geometry.coreCount {
        var product = random.uniform()
        while product > none {
          product *= random.uniform()
          let column = Int(random.next() % UInt64(columns))
          if lastTick[core * columns + column] == cycle / cyclesPerTick { continue }
          lastTick[core * columns + column] = cycle / cyclesPerTick
          spikes.append((cycle, core, column))
        }
      }
    }
    return spikes
  }

  /// Every sixth tick, neurons of every core fire within a few cycles.
  private static func volleys(
    _ spec: ChipSpec, _ neurons: Int, _ spread: Int, _ ticks: Int,
    _ random: inout SequentialRandom
  ) -> [(cycle: Int, core: Int, column: Int)] {
    var spikes: [(cycle: Int, core: Int, column: Int)] = []
    for tick in stride(from: 0, to: ticks, by: 6) {
      for core in 0..<spec.geometry.coreCount {
        for column in random.permutation(spec.geometry.circuitsPerCore).prefix(neurons) {
          let cycle = Int(random.next() % UInt64(spread))
          spikes.append((tick * spec.time.cyclesPerTick + cycle, core, column))
        }
      }
    }
    return spikes.sorted { ($0.cycle, $0.core, $0.column) < ($1.cycle, $1.core, $1.column) }
  }
}

extension NetworkSpec {
  /// The spikes that a core can bring into the network in one cycle.
  func eventsPerCycle(_ spec: ChipSpec) -> Double {
    let slowest = max(arbiterCyclesPerEvent, output.cyclesPerEvent)
    let ports =
      Double(busesPerCore) / Double(max(spec.events.portCyclesPerEvent, link.cyclesPerEvent))
    return min(Double(arbitersPerCore) / Double(slowest), ports)
  }
}
