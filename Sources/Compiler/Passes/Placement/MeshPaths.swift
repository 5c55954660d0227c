import HardwareSpec

/// Ways through the mesh from neighbour to neighbour.
struct MeshPaths {
  private let columns, rows: Int
  /// All cores, each beside the one before it: rows forth and back.
  let snake: [Int]

  init(_ geometry: ChipGeometry) {
    (columns, rows) = (geometry.meshColumns, geometry.meshRows)
    let (columns, rows) = (columns, rows)
    snake = (0..<rows).flatMap { row in
      (0..<columns).map { row * columns + (row.isMultiple(of: 2) ? $0 : columns - 1 - $0) }
    }
  }

  /// Places for so many connected cores: rows side by side, other pieces of rows, columns, bends.
  func slots(of count: Int) -> [[Int]] {
    guard count > 1 else { return snake.map { [$0] } }
    var slots: [[Int]] = []
    if count <= columns {
      let starts = (0...columns - count).sorted { a, b in
        (a % count, a) < (b % count, b)
      }
      let tight = starts.filter { $0 % count == 0 }
      for row in 0..<rows { slots += tight.map { horizontal(row, $0, count) } }
      for row in 0..<rows {
        slots += starts.filter { $0 % count != 0 }.map { horizontal(row, $0, count) }
      }
    }
    if count <= rows {
      for column in 0..<columns {
        for row in 0...rows - count {
          slots.append((0..<count).map { (row + $0) * columns + column })
        }
      }
    }
    if count <= snake.count {
      slots += (0...snake.count - count).map { Array(snake[$0..<$0 + count]) }
    }
    return slots
  }

  private func horizontal(_ row: Int, _ first: Int, _ count: Int) -> [Int] {
    (0..<count).map { row * columns + first + $0 }
  }

  /// Neighbours of a core, ascending.
  func neighbours(of core: Int) -> [Int] {
    let (x, y) = (core % columns, core / columns)
    var list: [Int] = []
    if y > 0 { list.append(core - columns) }
    if x > 0 { list.append(core - 1) }
    if x + 1 < columns { list.append(core + 1) }
    if y + 1 < rows { list.append(core + columns) }
    return list
  }

  /// A path of so many cores, found by trying; gives up after some thousand tries.
  func path(
    of count: Int, from start: Int, where isFree: (Int) -> Bool, passes: ([Int]) -> Bool
  ) -> [Int]? {
    var (path, tries) = ([start], 4_000)
    func extend() -> Bool {
      if path.count == count { return passes(path) }
      tries -= 1
      guard tries > 0 else { return false }
      // The neighbour with the fewest ways on first: else it becomes a dead end.
      let next = neighbours(of: path[path.count - 1]).filter { isFree($0) && !path.contains($0) }
      let ranked = next.sorted { a, b in
        (neighbours(of: a).filter(isFree).count, a) < (neighbours(of: b).filter(isFree).count, b)
      }
      for core in ranked {
        path.append(core)
        if extend() { return true }
        path.removeLast()
      }
      return false
    }
    return extend() ? path : nil
  }
}
