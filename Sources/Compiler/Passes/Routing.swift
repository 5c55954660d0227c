import ChipInterface
import HardwareSpec

/// Gives every input channel and every sending circuit the row pairs that it drives.
///
/// A sender has one row pair a copy on every core that holds one of its bundles.
struct Routing {
  private let geometry: ChipGeometry

  init(_ spec: ChipSpec) { geometry = spec.geometry }

  func route(_ placed: PlacedNetwork) -> RoutedNetwork {
    let network = placed.partitioned.network
    var routed = RoutedNetwork(
      placed: placed, inputRoutes: Array(repeating: [], count: network.inputCount), spikeRoutes: [])
    for (key, targets) in targets(ofSource: nil, placed) {
      if key.delay == 0 {
        routed.inputRoutes[key.sender] = targets
      } else {
        routed.delayedInputs.append(
          DelayedInput(
            channel: key.sender, delayTicks: UInt16(clamping: key.delay), targets: targets))
      }
    }
    for index in network.populations.indices {
      routed.spikeRoutes += routes(ofPopulation: index, placed)
    }
    routed.spikeRoutes.sort { ($0.source, $0.delayTicks) < ($1.source, $1.delayTicks) }
    return routed
  }

  /// A sender and the delay of one of its routes.
  private struct SenderKey: Hashable, Comparable {
    var sender, delay: Int

    static func < (a: SenderKey, b: SenderKey) -> Bool {
      (a.sender, a.delay) < (b.sender, b.delay)
    }
  }

  /// The row pairs of all senders of one source, by sender and delay.
  private func targets(
    ofSource source: String?, _ placed: PlacedNetwork
  ) -> [(key: SenderKey, targets: [RowPairOnChip])] {
    let (network, quantised) = (placed.partitioned.network, placed.partitioned.quantised)
    var found: [SenderKey: [RowPairOnChip]] = [:]
    for (index, cluster) in placed.partitioned.clusters.enumerated() {
      for (number, core) in cluster.cores.enumerated() {
        for bundle in core.bundles {
          guard let projection = bundle.projections.first,
            network.projections[projection].source == source
          else { continue }
          var pair = bundle.firstPair
          for sender in bundle.senders {
            let key = SenderKey(
              sender: Int(sender),
              delay: network.projections[projection].delay(ofSender: Int(sender)))
            for _ in 0..<quantised.projections[projection].copies(ofSender: Int(sender)) {
              let place = placed.pair(pair, ofCluster: index, core: number)
              pair += 1
              guard
                let target = RowPairOnChip(placed.cores[index][number], pair: place, on: geometry)
              else { continue }
              found[key, default: []].append(target)
            }
          }
        }
      }
    }
    return found.keys.sorted().map { ($0, found[$0, default: []].sorted()) }
  }

  private func routes(ofPopulation index: Int, _ placed: PlacedNetwork) -> [SpikeRoute] {
    let targets = targets(ofSource: placed.partitioned.network.populations[index].name, placed)
    guard !targets.isEmpty else { return [] }
    let circuits = circuits(ofPopulation: index, placed)
    return targets.compactMap { key, targets in
      circuits[key.sender].map {
        SpikeRoute(source: $0, targets: targets, delayTicks: UInt8(clamping: key.delay))
      }
    }
  }

  /// The circuit that fires for each neuron.
  private func circuits(
    ofPopulation index: Int, _ placed: PlacedNetwork
  ) -> [CircuitOnChip?] {
    let partitioned = placed.partitioned
    var circuits = [CircuitOnChip?](
      repeating: nil, count: partitioned.network.populations[index].neurons.count)
    for part in partitioned.parts where part.population == index {
      for (i, neuron) in part.neurons.enumerated() {
        circuits[Int(neuron)] = CircuitOnChip(
          placed.cores[part.cluster][0],
          column: placed.column(part.firstColumn + i, ofCluster: part.cluster), on: geometry)
      }
    }
    return circuits
  }
}
