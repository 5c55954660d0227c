import ChipInterface
import HardwareSpec

/// Where events go: for each source, the row pairs they drive and how long they travel.
///
/// Inputs, background sources, and spikes on chips whose file has no `network` section: a fixed
/// latency a hop, no contention on the way. Kept in raw memory: it is read for every event.
final class RouteTable: @unchecked Sendable {
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
  let starts: UnsafeMutablePointer<Int32>
  let targets: UnsafeMutablePointer<Target>
  /// The coordinate of each source in noise.
  let coordinates: UnsafeMutablePointer<Int>
  /// The longest time on the way, in 1/64 tick.
  let longestLatency: Int

  private init(_ lists: [[Target]], coordinates: [Int] = []) {
    self.coordinates = .allocateCopy(of: coordinates)
    starts = .allocateAligned(lists.count + 1)
    targets = .allocateAligned(lists.reduce(0) { $0 + $1.count })
    var count = 0
    for (source, list) in lists.enumerated() {
      for (i, target) in list.enumerated() { targets[count + i] = target }
      count += list.count
      starts[source + 1] = Int32(count)
    }
    longestLatency = Int(lists.joined().map(\.latency).max() ?? 0)
  }

  deinit {
    starts.deallocate()
    targets.deallocate()
    coordinates.deallocate()
  }

  /// The routes of the image's input channels, then those of its delayed inputs.
  static func inputs(_ image: ChipImage, _ spec: ChipSpec) -> RouteTable {
    let slots = image.slots
    return RouteTable(
      InputPlayback.routes(image).map { Self.targets($0, from: nil, slots, spec) },
      coordinates: InputPlayback.coordinates(image))
  }

  /// The routes of the image's background sources, which are inputs made on the chip.
  static func background(_ image: ChipImage, _ spec: ChipSpec) -> RouteTable {
    let slots = image.slots
    return RouteTable(
      image.backgroundSources.map { Self.targets($0.targets, from: nil, slots, spec) })
  }

  /// The routes of the circuits of each core in use, by column.
  static func spikes(_ image: ChipImage, _ spec: ChipSpec) -> [RouteTable] {
    let (slots, columns) = (image.slots, spec.geometry.circuitsPerCore)
    var lists = [[Target]](repeating: [], count: image.cores.count * columns)
    for route in image.spikeRoutes {
      guard let slot = slots[route.source.core] else { continue }
      lists[slot * columns + route.source.column] += Self.targets(
        route.targets, from: route.source.core, delay: Int(route.delayTicks), slots, spec)
    }
    return image.cores.indices.map { slot in
      RouteTable(Array(lists[slot * columns..<(slot + 1) * columns]))
    }
  }

  private static func targets(
    _ pairs: [RowPairOnChip], from source: CoreOnChip?, delay: Int = 0,
    _ slots: [CoreOnChip: Int], _ spec: ChipSpec
  ) -> [Target] {
    pairs.compactMap { pair in
      guard let slot = slots[pair.core] else { return nil }
      let cycles = spec.routeLatencyCycles(from: source ?? pair.core, to: pair.core)
      return Target(
        slot: Int32(slot), pair: Int32(pair.pair),
        latency: Int32(cycles * 64 / spec.time.cyclesPerTick + delay * 64))
    }
  }
}
