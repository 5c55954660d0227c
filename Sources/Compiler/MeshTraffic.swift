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
    var load: [Link: Int] = [:]
    for route in routes {
      let links = Set(
        Set(route.targets.map(\.core.index)).flatMap {
          Self.way(from: route.source.core.index, to: $0, geometry.meshColumns)
        })
      hops += links.count
      for link in links { load[link, default: 0] += 1 }
    }
    worstLinkLoad = load.values.max() ?? 0
  }

  private struct Link: Hashable { var from, to: Int }

  private static func way(from: Int, to: Int, _ columns: Int) -> [Link] {
    var links: [Link] = []
    var here = from
    while here != to {
      let along = to % columns - here % columns
      let next = along != 0 ? here + along.signum() : here + (to - here).signum() * columns
      links.append(Link(from: here, to: next))
      here = next
    }
    return links
  }
}
