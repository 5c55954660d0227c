import ChipInterface
import HardwareSpec

/// Gives every input channel and every sending circuit the row pairs that it drives, and adds up
/// what that asks of links and ports.
///
/// A sender has one row pair a copy on every core that holds one of its bundles. Ways are the
/// routers': along the row first, then along columns, one copy of an event on each link.
struct Routing {
  private let options: CompileOptions
  private var geometry: ChipGeometry { options.spec.geometry }

  init(_ options: CompileOptions) { self.options = options }

  func route(_ placed: PlacedNetwork, _ log: inout CompileLog) -> RoutedNetwork {
    let network = placed.partitioned.network
    var routed = RoutedNetwork(
      placed: placed, inputRoutes: Array(repeating: [], count: network.inputCount), spikeRoutes: [])
    var lists = TargetLists(placed, geometry)
    for group in lists.groups(ofSource: 0) {
      if group.delay == 0 {
        routed.inputRoutes[group.sender] = group.targets
      } else {
        routed.delayedInputs.append(
          DelayedInput(
            channel: group.sender, delayTicks: UInt16(clamping: group.delay),
            targets: group.targets))
      }
    }
    let circuits = circuits(placed)
    for population in network.populations.indices {
      for group in lists.groups(ofSource: population + 1) {
        guard let circuit = circuits[population][group.sender] else { continue }
        routed.spikeRoutes.append(
          SpikeRoute(
            source: circuit, targets: group.targets, delayTicks: UInt8(clamping: group.delay)))
      }
    }
    routed.spikeRoutes.sort { ($0.source, $0.delayTicks) < ($1.source, $1.delayTicks) }
    let loads = NetworkLoads(routed, options)
    routed.linkLoads = loads.links
    routed.portLoads = loads.ports
    loads.report(&log)
    return routed
  }

  /// The circuit that fires for each neuron.
  private func circuits(_ placed: PlacedNetwork) -> [[CircuitOnChip?]] {
    var circuits = placed.partitioned.network.populations.map {
      [CircuitOnChip?](repeating: nil, count: $0.neurons.count)
    }
    for part in placed.partitioned.parts {
      for (i, neuron) in part.neurons.enumerated() {
        circuits[part.population][Int(neuron)] = CircuitOnChip(
          placed.cores[part.cluster][0],
          column: placed.column(part.firstColumn + i, ofCluster: part.cluster), on: geometry)
      }
    }
    return circuits
  }
}

/// The row pairs of all senders, by source: 0 is the input, then come the populations.
private struct TargetLists {
  private struct Entry {
    /// Sender and delay.
    var key: Int
    var target: RowPairOnChip
  }

  private var lists: [[Entry]]

  init(_ placed: PlacedNetwork, _ geometry: ChipGeometry) {
    let (network, quantised) = (placed.partitioned.network, placed.partitioned.quantised)
    var numbers: [String: Int] = [:]
    for (index, population) in network.populations.enumerated() {
      numbers[population.name] = index + 1
    }
    lists = Array(repeating: [], count: network.populations.count + 1)
    for (index, cluster) in placed.partitioned.clusters.enumerated() {
      for (number, core) in cluster.cores.enumerated() {
        for bundle in core.bundles {
          guard let projection = bundle.projections.first else { continue }
          let design = network.projections[projection]
          let source = design.source.map { numbers[$0] ?? 0 } ?? 0
          var pair = bundle.firstPair
          for sender in bundle.senders {
            let key = Int(sender) << 20 | design.delay(ofSender: Int(sender))
            for _ in 0..<quantised.projections[projection].copies(ofSender: Int(sender)) {
              let place = placed.pair(pair, ofCluster: index, core: number)
              pair += 1
              guard
                let target = RowPairOnChip(placed.cores[index][number], pair: place, on: geometry)
              else { continue }
              lists[source].append(Entry(key: key, target: target))
            }
          }
        }
      }
    }
  }

  /// Senders and delays of one source, ascending, with their row pairs, ascending.
  mutating func groups(
    ofSource source: Int
  ) -> [(sender: Int, delay: Int, targets: [RowPairOnChip])] {
    lists[source].sort { ($0.key, $0.target) < ($1.key, $1.target) }
    var groups: [(sender: Int, delay: Int, targets: [RowPairOnChip])] = []
    var last = -1
    for entry in lists[source] {
      if entry.key != last {
        groups.append((entry.key >> 20, entry.key & 0xF_FFFF, []))
        last = entry.key
      }
      groups[groups.count - 1].targets.append(entry.target)
    }
    return groups
  }
}
