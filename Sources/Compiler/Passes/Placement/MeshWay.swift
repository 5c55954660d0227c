/// The links from one core to another, by their numbers on the mesh: along the row first.
struct MeshWay: Sequence, IteratorProtocol {
  private var here: Int
  private let goal, columns: Int

  init(from source: Int, to target: Int, columns: Int) {
    (here, goal, self.columns) = (source, target, columns)
  }

  /// The next link.
  mutating func next() -> (from: Int, to: Int)? {
    guard here != goal else { return nil }
    let from = here
    let along = goal % columns - here % columns
    here += along != 0 ? along.signum() : (goal - here).signum() * columns
    return (from, here)
  }

  /// All links of the way.
  var links: [(from: Int, to: Int)] { Array(self) }
}
