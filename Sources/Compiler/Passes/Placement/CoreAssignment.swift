import HardwareSpec

/// What a cluster of parts asks of its cores.
struct ClusterNeed {
  var columns: Int
  /// Row pairs of each core.
  var pairs: [Int]
  /// The mesh core that the user chose for its first core.
  var pin: Int?
  /// The first population on it, for messages.
  var layer: String

  /// Cores of the cluster.
  var count: Int { pairs.count }
}

/// Finds cores for all clusters that hold them: connected ones for joined circuits.
///
/// Clusters follow the network's layers, so consecutive clusters talk most. Single cores are laid
/// along a snake over the mesh, which makes consecutive cores neighbours; joined ones lie in rows,
/// all in one direction, so that the cores of one number stand below each other.
struct CoreAssignment {
  let needs: [ClusterNeed]
  /// The cores of each cluster by their number on the mesh; nil when there are not enough.
  private(set) var cores: [[Int]]?
  /// Why there are none.
  private(set) var shortfall: Misfit?
  private let stock: CoreStock
  private let mesh: MeshPaths
  private var isFree: [Bool]

  init(_ network: PartitionedNetwork, _ stock: CoreStock) {
    self.init(network.needs, stock)
  }

  init(_ needs: [ClusterNeed], _ stock: CoreStock) {
    self.stock = stock
    mesh = MeshPaths(stock.geometry)
    isFree = stock.isAlive
    self.needs = needs
    assign()
  }

  /// Whether cores hold what a cluster asks for.
  func fits(_ cluster: Int, on cores: [Int]) -> Bool {
    let need = needs[cluster]
    guard !stock.isWhole else { return true }
    for (core, pairs) in zip(cores, need.pairs)
    where !stock.isAlive[core] || stock.pairCounts[core] < pairs
      || stock.columnCounts[core] < need.columns
    {
      return false
    }
    return cores.count == 1 || stock.columns(of: cores).count >= need.columns
  }

  private mutating func assign() {
    var found = [[Int]?](repeating: nil, count: needs.count)
    guard assignPins(&found) else { return }
    let isConnected = assignJoined(&found)
    if !isConnected || !assignSingles(&found) {
      // One line through all cores holds everything that has as many cores, but bends.
      guard stock.isWhole, !needs.contains(where: { $0.pin != nil }) else {
        shortfall = isConnected ? lackOfCores : lackOfConnectedCores(found)
        return
      }
      var next = 0
      cores = needs.map { need in
        defer { next += need.count }
        return (next..<next + need.count).map { mesh.snake[$0] }
      }
      return
    }
    cores = found.map { $0 ?? [] }
  }

  private mutating func take(_ cluster: Int, _ cores: [Int], _ found: inout [[Int]?]) {
    found[cluster] = cores
    for core in cores { isFree[core] = false }
  }

  // MARK: Pins

  private mutating func assignPins(_ found: inout [[Int]?]) -> Bool {
    for (cluster, need) in needs.enumerated() {
      guard let pin = need.pin else { continue }
      guard isFree[pin] else {
        shortfall = .mapping(.pinnedCore(layer: need.layer, core: pin, fault: .taken))
        return false
      }
      isFree[pin] = false
      found[cluster] = [pin]
    }
    for (cluster, need) in needs.enumerated() {
      guard let pin = need.pin else { continue }
      isFree[pin] = true
      guard let cores = freeSlot(cluster, startingAt: pin) else {
        shortfall = .mapping(
          .pinnedCore(
            layer: need.layer, core: pin, fault: need.count > 1 ? .notConnected : .tooSmall))
        return false
      }
      take(cluster, cores, &found)
    }
    return true
  }

  // MARK: Joined circuits

  private mutating func assignJoined(_ found: inout [[Int]?]) -> Bool {
    let joined = needs.indices.filter { needs[$0].count > 1 && found[$0] == nil }
      .sorted { (needs[$1].count, $0) < (needs[$0].count, $1) }
    for cluster in joined {
      guard let cores = freeSlot(cluster) else { return false }
      take(cluster, cores, &found)
    }
    return true
  }

  private func freeSlot(_ cluster: Int, startingAt first: Int? = nil) -> [Int]? {
    let count = needs[cluster].count
    func isUsable(_ slot: [Int]) -> Bool {
      (first == nil || slot[0] == first) && slot.allSatisfy { isFree[$0] }
        && fits(cluster, on: slot)
    }
    for slot in mesh.slots(of: count) {
      if isUsable(slot) { return slot }
      if first != nil, isUsable(slot.reversed()) { return slot.reversed() }
    }
    let starts = first.map { [$0] } ?? mesh.snake
    for start in starts where isFree[start] {
      if let path = mesh.path(of: count, from: start, where: { isFree[$0] }, passes: isUsable) {
        return path
      }
    }
    return nil
  }

  // MARK: Single cores

  private mutating func assignSingles(_ found: inout [[Int]?]) -> Bool {
    let singles = needs.indices.filter { needs[$0].count == 1 && found[$0] == nil }
    let free = mesh.snake.filter { isFree[$0] }
    guard singles.count <= free.count else { return false }
    if stock.isWhole {
      for (cluster, core) in zip(singles, free) { found[cluster] = [core] }
      return true
    }
    return assign(singles, free, &found)
  }

  /// Large parts first, each on the first core along the snake that holds it, or, when that leaves
  /// some without, each on the smallest core that holds it.
  private func assign(_ singles: [Int], _ free: [Int], _ found: inout [[Int]?]) -> Bool {
    let large = singles.sorted { a, b in
      (needs[b].columns, needs[b].pairs[0], a) < (needs[a].columns, needs[a].pairs[0], b)
    }
    let bySize = free.sorted { a, b in
      (stock.columnCounts[a], stock.pairCounts[a], a) < (
        stock.columnCounts[b], stock.pairCounts[b], b
      )
    }
    for (clusters, cores) in [(singles, free), (large, bySize)] {
      var (rest, places) = (cores, [(Int, Int)]())
      for cluster in clusters {
        guard let place = rest.firstIndex(where: { fits(cluster, on: [$0]) }) else { break }
        places.append((cluster, rest.remove(at: place)))
      }
      guard places.count == clusters.count else { continue }
      for (cluster, core) in places { found[cluster] = [core] }
      return true
    }
    return false
  }

  // MARK: Misfits

  private var lackOfCores: Misfit {
    let most = needs.filter { $0.count == 1 }
    let (columns, pairs) = (
      most.map(\.columns).max() ?? 0, most.map { $0.pairs[0] }.max() ?? 0
    )
    let good = stock.isAlive.indices.filter {
      stock.columnCounts[$0] >= columns && stock.pairCounts[$0] >= pairs
    }
    return .mapping(
      .brokenCores(
        needed: most.count, available: min(good.count, most.count - 1), columns: columns,
        pairs: pairs))
  }

  private func lackOfConnectedCores(_ found: [[Int]?]) -> Misfit {
    let count = needs.indices.filter { found[$0] == nil }.map { needs[$0].count }.max() ?? 1
    let groups = needs.indices.filter { needs[$0].count == count }
    return .mapping(
      .connectedCores(
        layer: groups.first.map { needs[$0].layer } ?? "", cores: count, needed: groups.count,
        available: groups.filter { found[$0] != nil }.count))
  }
}

extension PartitionedNetwork {
  /// What each cluster asks of its cores.
  fileprivate var needs: [ClusterNeed] {
    var needs = clusters.indices.map { index in
      ClusterNeed(
        columns: 0, pairs: clusters[index].cores.map(\.pairCount),
        pin: pins.isEmpty ? nil : pins[index], layer: "")
    }
    for part in parts {
      needs[part.cluster].columns += part.neurons.count
      if needs[part.cluster].layer.isEmpty {
        needs[part.cluster].layer = network.populations[part.population].name
      }
    }
    return needs
  }
}
