/// A weight matrix as trained and as the chip holds it, as two heat maps on one colour scale.
public struct WeightMatrixFigure: Figure {
  /// Rows and columns drawn at most; of a larger matrix every n-th is.
  public static let cellLimit = 96

  /// The headline.
  public var title: String
  /// Number of target neurons, drawn as rows.
  public let rows: Int
  /// Number of source neurons, drawn as columns.
  public let columns: Int
  /// Trained weights, row by row: `rows * columns` values in the network's units.
  public let trained: [Double]
  /// The same weights after quantisation, in the same units.
  public let quantised: [Double]
  /// Largest magnitude that the chip can hold; trained weights beyond are marked as clipped.
  public let largest: Double

  /// Makes a figure of two matrices in the same units.
  ///
  /// Missing values are drawn as gaps and noted. Quantised values are code times scale, and
  /// `largest` is the largest code times scale.
  public init(
    title: String = "Weights", rows: Int, columns: Int, trained: [Double], quantised: [Double],
    largest: Double
  ) {
    self.title = title
    // Kept where a product of the two cannot overflow.
    (self.rows, self.columns) = (min(max(0, rows), 1 << 30), min(max(0, columns), 1 << 30))
    (self.trained, self.quantised, self.largest) = (trained, quantised, largest)
  }

  private static let panel = (width: 320.0, height: 300.0, gap: 24.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle).draw(on: &canvas)
    let scale = DivergingScale(limit: limit)
    let left = FigureHeader.margin + 10
    let cell = cellSize
    for (index, (name, weights)) in panels.enumerated() {
      let x = left + Double(index) * panelDistance
      canvas.text(name, x: x, y: top + 12, bold: true)
      draw(weights, scale, x: x, y: top + 20, cell: cell, on: &canvas)
      if index == 0 { drawClipped(x: x, y: top + 20, cell: cell, on: &canvas) }
    }
    let bottom = top + 20 + cell * Double(shownRows.count)
    if rows > 0, columns > 0 {
      drawAxes(left: left, top: top + 20, bottom: bottom, on: &canvas)
    }
    drawScale(scale, left: left, top: bottom + 28, on: &canvas)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: bottom + 66)
    return canvas.document(title: title, height: height)
  }

  private var panels: [(String, [Double])] { [("trained", trained), ("on the chip", quantised)] }

  private var limit: Double {
    let finite = (trained + quantised + [largest]).filter(\.isDrawable)
    return finite.map(\.magnitude).max() ?? 1
  }

  private var subtitle: String {
    let clipped = trained.count { $0.isDrawable && $0.magnitude > largest }
    let share = trained.isEmpty ? 0 : Double(clipped) / Double(trained.count)
    return "\(NumberText.count(rows)) targets x \(NumberText.count(columns)) sources, "
      .replacing(" x ", with: " \u{D7} ") + "\(NumberText.count(clipped)) weights clipped "
      + "(\(NumberText.percent(share)))"
  }

  private var rowStride: Int { WeightMatrixFigure.step(rows) }
  private var columnStride: Int { WeightMatrixFigure.step(columns) }
  private var shownRows: [Int] { Array(stride(from: 0, to: rows, by: rowStride)) }
  private var shownColumns: [Int] { Array(stride(from: 0, to: columns, by: columnStride)) }

  private static func step(_ count: Int) -> Int { max(1, (count + cellLimit - 1) / cellLimit) }

  private var cellSize: Double {
    let panel = WeightMatrixFigure.panel
    return min(
      24, panel.width / Double(max(1, shownColumns.count)),
      panel.height / Double(max(1, shownRows.count)))
  }

  private var panelDistance: Double {
    max(cellSize * Double(shownColumns.count), 130) + WeightMatrixFigure.panel.gap
  }

  /// One path a shade: a file of tens of kilobytes instead of megabytes of rectangles.
  private func draw(
    _ weights: [Double], _ scale: DivergingScale, x: Double, y: Double, cell: Double,
    on canvas: inout SVGCanvas
  ) {
    let shades = DivergingScale.shades
    var paths = Array(repeating: PathData(), count: 2 * shades + 1)
    forEachShown(in: weights) { value, row, column in
      paths[scale.shade(value) + shades].box(
        x: x + Double(column) * cell, y: y + Double(row) * cell, width: cell, height: cell)
    }
    for (index, path) in paths.enumerated() {
      canvas.path(path, colour: DivergingScale.colour(index - shades), role: "weights")
    }
    canvas.rectangle(
      x: x, y: y, width: cell * Double(shownColumns.count), height: cell * Double(shownRows.count),
      fill: nil, stroke: Stroke(.axis, width: 1))
  }

  private func drawClipped(x: Double, y: Double, cell: Double, on canvas: inout SVGCanvas) {
    var path = PathData()
    let inset = cell * 0.22
    forEachShown(in: trained) { value, row, column in
      guard value.magnitude > largest else { return }
      path.cross(
        left: x + Double(column) * cell, top: y + Double(row) * cell, size: cell, inset: inset)
    }
    // Black on a full colour of the scale: the same by day and by night, unlike named paints.
    canvas.cross(path, width: max(0.6, min(1.4, cell * 0.14)))
  }

  private func forEachShown(in weights: [Double], _ body: (Double, Int, Int) -> Void) {
    for (row, sourceRow) in shownRows.enumerated() {
      for (column, sourceColumn) in shownColumns.enumerated() {
        let index = sourceRow * columns + sourceColumn
        guard index < weights.count, weights[index].isDrawable else { continue }
        body(weights[index], row, column)
      }
    }
  }

  private func drawAxes(
    left: Double, top: Double, bottom: Double, on canvas: inout SVGCanvas
  ) {
    canvas.text(
      "target neuron", x: left - 8, y: (top + bottom) / 2, size: 11, paint: .muted,
      anchor: .middle, turned: true)
    for index in 0...1 {
      let x = left + Double(index) * panelDistance
      canvas.text("source neuron", x: x, y: bottom + 15, size: 11, paint: .muted)
    }
  }

  private func drawScale(
    _ scale: DivergingScale, left: Double, top: Double, on canvas: inout SVGCanvas
  ) {
    let step = 4.0
    let shades = DivergingScale.shades
    for shade in -shades...shades {
      var path = PathData()
      path.box(x: left + Double(shade + shades) * step, y: top, width: step, height: 10)
      canvas.path(path, colour: DivergingScale.colour(shade), role: "scale")
    }
    for (place, value) in [(0, -scale.limit), (shades, 0), (2 * shades, scale.limit)] {
      canvas.text(
        NumberText.brief(value), x: left + (Double(place) + 0.5) * step, y: top + 24, size: 11,
        paint: .muted, anchor: .middle)
    }
    canvas.text(
      "weight (network units)" + clippedLegend,
      x: left + Double(2 * shades + 1) * step + 22, y: top + 10, size: 11, paint: .muted)
  }

  private var clippedLegend: String {
    largest.isDrawable ? "; \u{D7} beyond \u{B1}\(NumberText.brief(largest)), clipped" : ""
  }

  private static func share(_ stride: Int, _ what: String) -> String {
    stride == 1 ? "every \(what)" : "one \(what) in \(NumberText.count(stride))"
  }

  private var notes: [String] {
    guard rows > 0, columns > 0 else { return ["No weights."] }
    var notes: [String] = []
    if rowStride > 1 || columnStride > 1 {
      notes.append(
        "Shown: \(WeightMatrixFigure.share(rowStride, "row")), "
          + "\(WeightMatrixFigure.share(columnStride, "column")).")
    }
    let (expected, overflow) = rows.multipliedReportingOverflow(by: columns)
    if overflow || trained.count != expected || quantised.count != expected {
      notes.append("The matrices do not have rows \u{D7} columns values; the rest is left empty.")
    }
    let missing = (trained + quantised).count { !$0.isDrawable }
    return notes + FigureHeader.note(leftOut: missing, "weights that are not finite numbers")
  }
}
