/// Numbers the links of a mesh, each direction for itself, for tables: four a core.
struct MeshLinkNumbers {
  /// Columns of the mesh.
  let columns: Int

  /// The number of the link from a core to its neighbour.
  func number(from: Int, to: Int) -> Int {
    switch to - from {
    case 1: return 4 * from + (columns == 1 ? 3 : 1)
    case -1: return 4 * from + (columns == 1 ? 2 : 0)
    default: return 4 * from + (to < from ? 2 : 3)
    }
  }

  /// The cores that a link joins.
  func ends(_ number: Int) -> (from: Int, to: Int) {
    (number / 4, number / 4 + [-1, 1, -columns, columns][number % 4])
  }
}
