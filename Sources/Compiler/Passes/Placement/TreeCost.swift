import HardwareSpec

/// Weighted hops of multicast trees: along the source's row first, then along columns, each link
/// once.
struct TreeCost {
  /// The way from the mesh's left and top edge to each column and row; borders of chips count more.
  private let wayX, wayY: [Int32]
  let columns, rows: Int
  /// The reach of the present tree up and down each column.
  private var top, bottom, stamps: [Int32]
  private var stamp: Int32 = 0

  init(_ spec: ChipSpec) {
    (columns, rows) = (spec.geometry.meshColumns, spec.geometry.meshRows)
    let chips = spec.network?.chips
    let border = chips.map { chips in
      max(1, chips.link.cyclesPerEvent / max(spec.network?.link.cyclesPerEvent ?? 1, 1))
    }
    func way(_ count: Int, _ tile: Int?) -> [Int32] {
      var way: [Int32] = [0]
      for place in 1..<max(count, 2) {
        let isBorder = tile.map { place % $0 == 0 } ?? false
        way.append(way[place - 1] + Int32(isBorder ? border ?? 1 : 1))
      }
      return way
    }
    wayX = way(columns, chips?.columns)
    wayY = way(rows, chips?.rows)
    (top, bottom, stamps) = (
      Array(repeating: 0, count: columns), Array(repeating: 0, count: columns),
      Array(repeating: 0, count: columns)
    )
  }

  /// Hops of the tree from a core to others, by their places on the mesh.
  mutating func hops(
    from source: Int32, to targets: ArraySlice<Int32>, _ x: [Int32], _ y: [Int32]
  ) -> Int {
    let (sourceX, sourceY) = (x[Int(source)], y[Int(source)])
    if targets.count == 1, let target = targets.first {
      return Int(
        abs(wayX[Int(x[Int(target)])] - wayX[Int(sourceX)])
          + abs(wayY[Int(y[Int(target)])] - wayY[Int(sourceY)]))
    }
    stamp += 1
    var (left, right, sum) = (sourceX, sourceX, 0)
    for target in targets {
      let (column, row) = (Int(x[Int(target)]), y[Int(target)])
      if stamps[column] != stamp {
        stamps[column] = stamp
        (top[column], bottom[column]) = (sourceY, sourceY)
        left = min(left, Int32(column))
        right = max(right, Int32(column))
      }
      if row < top[column] {
        sum += Int(wayY[Int(top[column])] - wayY[Int(row)])
        top[column] = row
      } else if row > bottom[column] {
        sum += Int(wayY[Int(row)] - wayY[Int(bottom[column])])
        bottom[column] = row
      }
    }
    return sum + Int(wayX[Int(right)] - wayX[Int(left)])
  }
}
