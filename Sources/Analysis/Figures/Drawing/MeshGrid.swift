/// The squares of a mesh of cores on a canvas of 720 pixels, with numbers along its sides.
struct MeshGrid {
  let columns, rows: Int
  let left, top: Double
  /// The distance of two squares, and the side of one.
  let cell, inner: Double

  init(columns: Int, rows: Int, top: Double, largestCell: Double) {
    (self.columns, self.rows, self.top) = (columns, rows, top)
    left = FigureHeader.margin + 22
    cell = min(largestCell, 650 / Double(max(columns, rows, 1)))
    inner = cell * 0.92
  }

  var bottom: Double { top + cell * Double(rows) }

  func corner(_ x: Int, _ y: Int) -> (left: Double, top: Double) {
    (left + Double(x) * cell, top + Double(y) * cell)
  }

  func centre(_ x: Int, _ y: Int) -> (x: Double, y: Double) {
    (left + Double(x) * cell + inner / 2, top + Double(y) * cell + inner / 2)
  }

  /// Draws the squares, empty, and the numbers of some columns and rows.
  func drawFrame(on canvas: inout SVGCanvas) {
    var path = PathData()
    for y in 0..<rows {
      for x in 0..<columns {
        let (left, top) = corner(x, y)
        path.box(x: left, y: top, width: inner, height: inner)
      }
    }
    canvas.path(path, fill: .grid, role: "mesh")
    for x in stride(from: 0, to: columns, by: step(columns)) {
      canvas.text(
        "\(x)", x: centre(x, 0).x, y: top - 5, size: 10, paint: .muted, anchor: .middle)
    }
    for y in stride(from: 0, to: rows, by: step(rows)) {
      canvas.text(
        "\(y)", x: left - 6, y: centre(0, y).y + 4, size: 10, paint: .muted, anchor: .end)
    }
  }

  private func step(_ count: Int) -> Int { count <= 20 ? 1 : count <= 100 ? 5 : 20 }
}
