import ChipInterface
import HardwareSpec

/// What routes ask of the mesh when each source fires once.
///
/// A route goes along its row first, then along columns, as a tree: two targets share the links
/// that their ways have in common.
struct MeshTraffic {
  /// Links taken by all routes together.
  private(set) var hops = 0
  /// The most routes that take one link.
  private(set) var worstLinkLoad = 0

  init(_ routes: [SpikeRoute], on geometry: ChipGeometry) {
    var tree = LinkTree(geometry)
    for route in routes {
      var cores: [Int] = []
      for target in route.targets where cores.last != target.core.index {
        cores.append(target.core.index)
      }
      hops += tree.add(1, from: route.source.core.index, to: cores)
    }
    worstLinkLoad = Int(tree.loads.map(\.eventsPerTick).max() ?? 0)
  }
}
