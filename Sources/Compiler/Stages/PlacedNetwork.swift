import HardwareSpec

/// A partitioned network whose clusters have cores, and whose parts have columns and row pairs.
public struct PlacedNetwork: Equatable, Sendable {
  /// The network in parts.
  public var partitioned: PartitionedNetwork
  /// The cores of each cluster, in the order of its planned cores.
  public var cores: [[CoreOnChip]]
  /// The column on the chip of each column of a cluster; empty: the same, nothing is broken.
  public var columns: [[Int32]]
  /// The row pair on the chip of each row pair of a cluster's cores; empty: the same.
  public var pairs: [[[Int32]]]

  /// Places clusters on whole cores.
  public init(partitioned: PartitionedNetwork, cores: [[CoreOnChip]]) {
    (self.partitioned, self.cores) = (partitioned, cores)
    columns = Array(repeating: [], count: cores.count)
    pairs = cores.map { Array(repeating: [], count: $0.count) }
  }

  /// The column of a cluster's column on the chip.
  func column(_ column: Int, ofCluster cluster: Int) -> Int {
    columns[cluster].isEmpty ? column : Int(columns[cluster][column])
  }

  /// The row pair of a planned core's row pair on the chip.
  func pair(_ pair: Int, ofCluster cluster: Int, core: Int) -> Int {
    pairs[cluster][core].isEmpty ? pair : Int(pairs[cluster][core][pair])
  }
}

extension PlacedNetwork: Stage {
  static let stageName = "place"

  func faults(on spec: ChipSpec) -> [String] {
    var faults: [String] = []
    guard cores.map(\.count) == partitioned.clusters.map(\.cores.count) else {
      return ["a cluster has no cores"]
    }
    let all = cores.flatMap { $0 }
    if Set(all).count != all.count { faults.append("two clusters share a core") }
    if all.contains(where: { $0.index >= spec.geometry.coreCount }) {
      faults.append("a cluster lies outside of the chip")
    }
    for cluster in cores {
      for (a, b) in zip(cluster, cluster.dropFirst()) where spec.geometry.hops(from: a, to: b) != 1
      {
        faults.append("\(a) and \(b) are joined but are no neighbours")
      }
    }
    return faults
  }
}
