/// Which thread of a team advances which clusters of joined circuits.
struct JoinedShares: Equatable {
  /// For each thread its clusters, ascending.
  private(set) var clusters: [[Int]]
  /// Whether any cluster has cores of another thread.
  private(set) var crossBorders = false

  /// Gives clusters to the thread that has all their cores, and all others to the one with the
  /// least to do.
  init(_ slots: [[Int]], _ shares: [Range<Int>]) {
    clusters = Array(repeating: [], count: shares.count)
    var loads = Array(repeating: 0, count: shares.count)
    var others: [Int] = []
    for (cluster, slots) in slots.enumerated() {
      guard let owner = shares.firstIndex(where: { slots.allSatisfy($0.contains) }) else {
        others.append(cluster)
        continue
      }
      clusters[owner].append(cluster)
      loads[owner] += slots.count
    }
    crossBorders = !others.isEmpty
    for cluster in others {
      let idle = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      clusters[idle].append(cluster)
      loads[idle] += slots[cluster].count
    }
    for thread in clusters.indices { clusters[thread].sort() }
  }
}
