import HardwareSpec

/// What the cores of one device hold, its defects taken off.
struct CoreStock {
  let geometry: ChipGeometry
  /// Columns and row pairs of each core that work, ascending; nil: all of them.
  private let columnLists, pairLists: [[Int32]]?
  /// Whether a core works at all.
  let isAlive: [Bool]
  /// Columns and row pairs of each core that work.
  let columnCounts, pairCounts: [Int]

  init(_ options: CompileOptions) {
    geometry = options.spec.geometry
    let (geometry, defects) = (geometry, options.defects)
    guard !defects.isEmpty else {
      (columnLists, pairLists) = (nil, nil)
      isAlive = Array(repeating: true, count: geometry.coreCount)
      columnCounts = Array(repeating: geometry.circuitsPerCore, count: geometry.coreCount)
      pairCounts = Array(repeating: geometry.rowPairsPerCore, count: geometry.coreCount)
      return
    }
    let cores = geometry.cores.map { defects.part(of: $0) }
    isAlive = cores.map { !$0.isDead }
    let columns = cores.map { $0.goodColumns(geometry) }
    let pairs = cores.map { $0.goodPairs(geometry) }
    (columnCounts, pairCounts) = (columns.map(\.count), pairs.map(\.count))
    (columnLists, pairLists) = (columns, pairs)
  }

  /// Columns that work on all of these cores, ascending.
  func columns(of cores: [Int]) -> [Int32] {
    guard let columnLists, let first = cores.first else {
      return (0..<Int32(geometry.circuitsPerCore)).map { $0 }
    }
    return cores.dropFirst().reduce(columnLists[first]) { good, core in
      let other = Set(columnLists[core])
      return good.filter { other.contains($0) }
    }
  }

  /// Row pairs of a core that work, ascending.
  func pairs(of core: Int) -> [Int32] {
    pairLists?[core] ?? (0..<Int32(geometry.rowPairsPerCore)).map { $0 }
  }

  /// Whether nothing is broken.
  var isWhole: Bool { columnLists == nil }

  /// Cores that work.
  var aliveCount: Int { isAlive.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// What a core may be asked for: from what the best core has down to what all have.
  var limits: [CoreLimit] {
    guard !isWhole else { return [CoreLimit(geometry)] }
    let alive = isAlive.indices.filter { isAlive[$0] }
    let columns = alive.map { columnCounts[$0] }.sorted(by: >)
    let pairs = alive.map { pairCounts[$0] }.sorted(by: >)
    guard let last = columns.last, let lastPairs = pairs.last else { return [] }
    var limits: [CoreLimit] = []
    for quarter in 0...4 {
      let place = quarter * (alive.count - 1) / 4
      limits.append(CoreLimit(geometry, columns: columns[place], pairs: pairs[place]))
    }
    for share in [95, 90, 80, 60] {
      limits.append(
        CoreLimit(geometry, columns: last * share / 100, pairs: lastPairs * share / 100))
    }
    return limits.reduce(into: []) { list, limit in
      if limit.ownColumns > 0, limit.ownPairs > 0, !list.contains(limit) { list.append(limit) }
    }
  }
}

/// The columns and row pairs of one core that a mapping may use.
struct CoreLimit: Equatable, Sendable {
  private let all: Int
  /// Columns and row pairs of one core.
  let ownColumns, ownPairs: Int

  init(_ geometry: ChipGeometry) {
    self.init(
      geometry, columns: geometry.circuitsPerCore, pairs: geometry.rowPairsPerCore)
  }

  init(_ geometry: ChipGeometry, columns: Int, pairs: Int) {
    (all, ownColumns, ownPairs) = (geometry.circuitsPerCore, columns, pairs)
  }

  /// Columns of a cluster: a joined column must work on every core, and cores break apart from
  /// each other.
  func columns(_ cores: Int) -> Int {
    guard cores > 1, ownColumns < all else { return ownColumns }
    var share = 1.0
    for _ in 0..<cores { share *= Double(ownColumns) / Double(all) }
    return max(Int(share * Double(all)), 1)
  }

  /// Row pairs of a cluster.
  func pairs(_ cores: Int) -> Int { cores * ownPairs }

  /// Row pairs of a cluster whose senders have up to so many copies, which stay together.
  func pairs(_ cores: Int, copies: (least: Int, most: Int)) -> Int {
    guard cores > 1, copies.most > 1 else { return pairs(cores) }
    let lost = copies.least == copies.most ? ownPairs % copies.most : copies.most - 1
    return cores * max(ownPairs - lost, 0)
  }
}

extension CoreDefects {
  fileprivate func goodColumns(_ geometry: ChipGeometry) -> [Int32] {
    guard !isDead else { return [] }
    let bad = Set(deadColumns + stuckColumns)
    return (0..<geometry.circuitsPerCore).filter { !bad.contains($0) }.map { Int32($0) }
  }

  fileprivate func goodPairs(_ geometry: ChipGeometry) -> [Int32] {
    guard !isDead else { return [] }
    let bad = Set(deadRows.map { $0 / geometry.rowsPerAxon })
    return (0..<geometry.rowPairsPerCore).filter { !bad.contains($0) }.map { Int32($0) }
  }
}
