import HardwareSpec

/// Compares what drives the rows of each sender of projections that both images have.
struct RouteComparison {
  private let a, b: DesignView
  private let limit: Int

  init(_ a: DesignView, _ b: DesignView, limit: Int) {
    (self.a, self.b, self.limit) = (a, b, limit)
  }

  private var shared: [(ProjectionMap, ProjectionMap)] {
    let partners = Dictionary(
      b.image.io.projections.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    var known: Set<String> = []
    return a.image.io.projections.compactMap { map in
      known.insert(map.name).inserted ? partners[map.name].map { (map, $0) } : nil
    }
  }

  var differences: [DesignDifference] {
    shared.compactMap { one, two in
      let (first, second) = (drivers(one, a), drivers(two, b))
      let changed = (0..<min(first.count, second.count)).filter { first[$0] != second[$0] }
      guard !changed.isEmpty else { return nil }
      return DesignDifference(
        owner: one.name, aspect: "routes", count: changed.count, largestSteps: nil, target: nil,
        parts: changed.prefix(limit).map {
          .init(number: $0, receiver: nil, first: text(first[$0]), second: text(second[$0]))
        })
    }
  }

  /// How far events travel, where that differs.
  var hops: [ImageDifference] {
    shared.flatMap { one, two -> [ImageDifference] in
      let (first, second) = (hops(one, a), hops(two, b))
      return ImageDifference.between("hops of '\(one.name)' in all", first.total, second.total)
        + ImageDifference.between("hops of '\(one.name)' at most", first.most, second.most)
    }
  }

  /// What drives each sender's rows, wherever it sits; a row that nothing drives counts as nil.
  private func drivers(_ map: ProjectionMap, _ view: DesignView) -> [Set<DesignView.Driver?>] {
    let owners = map.lineOwners
    var drivers = [Set<DesignView.Driver?>](repeating: [], count: map.sourceCount)
    for block in map.blocks {
      guard let slot = view.image.slot(of: block.core) else { continue }
      for pair in 0..<block.pairCount {
        let sender = owners[block.line(pair)].sender
        let found = view.drivers[slot][block.firstPair + pair]
        if found.isEmpty { drivers[sender].insert(nil) }
        for driver in found { drivers[sender].insert(driver.anywhere) }
      }
    }
    return drivers
  }

  private func text(_ drivers: Set<DesignView.Driver?>) -> String {
    drivers.isEmpty
      ? "nothing" : drivers.map { $0?.description ?? "nothing" }.sorted().joined(separator: ", ")
  }

  private func hops(_ map: ProjectionMap, _ view: DesignView) -> (total: Int, most: Int) {
    var (total, most) = (0, 0)
    for block in map.blocks {
      guard let slot = view.image.slot(of: block.core) else { continue }
      for driver in view.drivers[slot][block.firstPair..<block.firstPair + block.pairCount].joined()
      {
        let hops = driver.core.map { view.spec.geometry.hops(from: $0, to: block.core) } ?? 0
        (total, most) = (total + hops, max(most, hops))
      }
    }
    return (total, most)
  }
}

/// Tells what lies elsewhere on the chip.
struct PlacementComparison {
  private let a, b: DesignView

  init(_ a: DesignView, _ b: DesignView) { (self.a, self.b) = (a, b) }

  var differences: [ImageDifference] {
    var found: [ImageDifference] = []
    var known: Set<String> = []
    for name in a.image.io.populations.map(\.name) where known.insert(name).inserted {
      guard let one = a.circuits[name], let two = b.circuits[name] else { continue }
      let moved = zip(one, two).count { $0 != $1 }
      if moved > 0 {
        found.append(.moved(what: "neurons of '\(name)'", count: moved, of: one.count))
      }
    }
    let partners = Dictionary(
      b.image.io.projections.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    for one in a.image.io.projections {
      guard let two = partners[one.name] else { continue }
      let (first, second) = (lines(one), lines(two))
      let moved = zip(first, second).count { $0 != $1 }
      if moved > 0 || first.count != second.count || (moved == 0 && one.blocks != two.blocks) {
        found.append(.moved(what: "rows of '\(one.name)'", count: moved, of: first.count))
      }
    }
    return found
  }

  /// The row pairs of each line.
  private func lines(_ map: ProjectionMap) -> [Set<Int>] {
    var places = [Set<Int>](repeating: [], count: map.lineCount)
    for block in map.blocks {
      for pair in 0..<block.pairCount {
        places[block.line(pair)].insert(block.core.index << 16 | (block.firstPair + pair))
      }
    }
    return places
  }
}
