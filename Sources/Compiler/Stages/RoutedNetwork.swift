import ChipInterface
import HardwareSpec

/// A placed network in which every input and every spike knows the row pairs that it drives.
public struct RoutedNetwork: Equatable, Sendable {
  /// The network with cores.
  public var placed: PlacedNetwork
  /// For each input channel, its row pairs, ascending.
  public var inputRoutes: [[RowPairOnChip]]
  /// Row pairs of input channels whose events come later.
  public var delayedInputs: [DelayedInput] = []
  /// The routes of the circuits that send, ascending.
  public var spikeRoutes: [SpikeRoute]
  /// What each link of the mesh that is in use carries, ascending.
  public var linkLoads: [LinkLoad] = []
  /// What each core's input port takes, by core, ascending.
  public var portLoads: [PortLoad] = []

  /// Makes a network without loads.
  init(placed: PlacedNetwork, inputRoutes: [[RowPairOnChip]], spikeRoutes: [SpikeRoute]) {
    (self.placed, self.inputRoutes, self.spikeRoutes) = (placed, inputRoutes, spikeRoutes)
  }
}

/// The mean load of one directed link between neighbouring cores.
public struct LinkLoad: Equatable, Sendable {
  /// The core that sends and the core that receives.
  public var from, to: CoreOnChip
  /// Events a tick, by measured or usual rates.
  public var eventsPerTick: Double
}

/// The mean load of one bus of a core's input port.
public struct PortLoad: Equatable, Sendable {
  /// The core.
  public var core: CoreOnChip
  /// The bus.
  public var bus: Int
  /// Events a tick, by measured or usual rates: one for each row pair.
  public var eventsPerTick: Double
}

extension RoutedNetwork: Stage {
  static let stageName = "route"

  func faults(on spec: ChipSpec) -> [String] {
    var faults: [String] = []
    let driven =
      inputRoutes.flatMap { $0 } + delayedInputs.flatMap(\.targets) + spikeRoutes.flatMap(\.targets)
    if Set(driven).count != driven.count { faults.append("a row pair is driven twice") }
    let needed = placed.partitioned.clusters.flatMap(\.cores).flatMap(\.bundles)
      .reduce(0) { $0 + $1.pairCount }
    if driven.count != needed { faults.append("\(driven.count) of \(needed) row pairs are driven") }
    if zip(spikeRoutes, spikeRoutes.dropFirst()).contains(where: {
      ($0.source, $0.delayTicks) >= ($1.source, $1.delayTicks)
    }) {
      faults.append("routes are out of order")
    }
    let targets = inputRoutes + delayedInputs.map(\.targets) + spikeRoutes.map(\.targets)
    if targets.contains(where: { zip($0, $0.dropFirst()).contains { $0 >= $1 } }) {
      faults.append("targets of a route are out of order")
    }
    return faults
  }
}
