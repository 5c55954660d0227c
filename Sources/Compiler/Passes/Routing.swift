import ChipInterface
import HardwareSpec

/// Gives every input channel and every sending circuit the row pairs that it drives.
///
/// A sender has one row pair a copy on every core that holds a part of a target.
struct Routing {
  private let geometry: ChipGeometry

  init(_ spec: ChipSpec) { geometry = spec.geometry }

  func route(_ placed: PlacedNetwork) -> RoutedNetwork {
    let network = placed.partitioned.scaled.network
    let inputs = bundles(of: nil, placed)
    let routes = network.populations.indices.flatMap { routes(ofPopulation: $0, placed) }
    return RoutedNetwork(
      placed: placed,
      inputRoutes: (0..<network.inputCount).map { targets(ofSender: $0, inputs) },
      spikeRoutes: routes.sorted { $0.source < $1.source })
  }

  /// The row pairs of all senders of one projection on one core.
  private struct Bundle {
    var core: CoreOnChip
    var firstPair, copies: Int
  }

  private func bundles(of source: String?, _ placed: PlacedNetwork) -> [Bundle] {
    let scaled = placed.partitioned.scaled
    return placed.partitioned.rows
      .filter { scaled.network.projections[$0.projection].source == source }
      .map {
        Bundle(
          core: placed.core(ofPart: $0.part), firstPair: $0.firstPair,
          copies: scaled.projections[$0.projection].copies)
      }
  }

  private func routes(ofPopulation index: Int, _ placed: PlacedNetwork) -> [SpikeRoute] {
    let bundles = bundles(of: placed.partitioned.scaled.network.populations[index].name, placed)
    guard !bundles.isEmpty else { return [] }
    var routes: [SpikeRoute] = []
    for (number, part) in placed.partitioned.parts.enumerated() where part.population == index {
      for i in 0..<part.count {
        let circuit = CircuitOnChip(
          placed.core(ofPart: number), column: part.firstColumn + i, on: geometry)
        guard let circuit else { continue }
        routes.append(
          SpikeRoute(source: circuit, targets: targets(ofSender: part.firstNeuron + i, bundles)))
      }
    }
    return routes
  }

  private func targets(ofSender sender: Int, _ bundles: [Bundle]) -> [RowPairOnChip] {
    bundles.flatMap { bundle in
      (0..<bundle.copies).compactMap { copy in
        RowPairOnChip(
          bundle.core, pair: bundle.firstPair + sender * bundle.copies + copy, on: geometry)
      }
    }.sorted()
  }
}
