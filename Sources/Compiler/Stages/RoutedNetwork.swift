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
