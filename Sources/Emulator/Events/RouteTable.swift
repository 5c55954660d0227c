import ChipInterface
import HardwareSpec

/// Where events go: for each source, the row pairs they drive and how long they travel.
///
/// Today's network is an ideal one: a fixed latency a hop, no contention on the way. Contention
/// is at the input ports of the cores.
struct RouteTable: Sendable {
  /// One target of one source.
  struct Target: Sendable {
    /// Position of the target core among the cores in use.
    var slot: Int32
    /// The row pair there.
    var pair: Int32
    /// Time on the way, in 1/64 tick.
    var latency: Int32
  }

  /// Source `i` owns `targets[starts[i]..<starts[i + 1]]`.
  private(set) var starts: [Int32] = [0]
  private(set) var targets: [Target] = []
  /// The longest time on the way, in 1/64 tick.
  private(set) var longestLatency = 0

  /// Whether events of a source go anywhere.
  @inline(__always)
  func hasTargets(_ source: Int) -> Bool { starts[source] != starts[source + 1] }

  /// The routes of the image's input channels.
  static func inputs(_ image: ChipImage, _ spec: ChipSpec) -> RouteTable {
    var table = RouteTable()
    for targets in image.inputRoutes { table.append(targets, from: nil, image, spec) }
    return table
  }

  /// The routes of one core's circuits, by column.
  static func spikes(of core: CoreImage, _ image: ChipImage, _ spec: ChipSpec) -> RouteTable {
    var table = RouteTable()
    let routes = image.spikeRoutes.filter { $0.source.core == core.core }
    var next = 0
    for column in 0..<spec.geometry.circuitsPerCore {
      var targets: [RowPairOnChip] = []
      if next < routes.count, routes[next].source.column == column {
        targets = routes[next].targets
        next += 1
      }
      table.append(targets, from: core.core, image, spec)
    }
    return table
  }

  private mutating func append(
    _ pairs: [RowPairOnChip], from source: CoreOnChip?, _ image: ChipImage, _ spec: ChipSpec
  ) {
    for pair in pairs {
      guard let slot = image.cores.firstIndex(where: { $0.core == pair.core }) else { continue }
      let hops = source.map { spec.geometry.hops(from: $0, to: pair.core) } ?? 0
      let cycles = spec.events.localLatencyCycles + hops * spec.events.hopLatencyCycles
      let latency = cycles * 64 / spec.time.cyclesPerTick
      targets.append(Target(slot: Int32(slot), pair: Int32(pair.pair), latency: Int32(latency)))
      longestLatency = max(longestLatency, latency)
    }
    starts.append(Int32(targets.count))
  }
}
