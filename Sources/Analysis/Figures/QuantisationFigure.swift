/// What rounding did to the weights of a network: maps before and after, and the errors.
public struct QuantisationFigure: Figure {
  /// The weights of one projection, or of a sample of its synapses.
  public struct Projection: Equatable, Sendable {
    /// The name above the maps.
    public var name: String
    /// Receivers, drawn as rows, and senders, drawn as columns, of the maps.
    public let rows, columns: Int
    /// Weights before and after, row by row, in the network's unit; not-a-number: no synapse.
    public var before, after: [Double]
    /// Whether each weight was clipped.
    public var clipped: [Bool]
    /// Errors of all synapses, in steps of weight.
    public var errors: Histogram
    /// Synapses, clipped ones among them, and signal over error in decibels.
    public var synapses, clippedCount: Int
    /// Signal power over the power of the errors, in decibels; nil: nothing was rounded.
    public var signalToNoise: Double?
    /// What one step means in the network's unit.
    public var weightPerStep: Double
    /// Receivers and senders that stand for one row and column of the maps.
    public var rowStride = 1
    /// Senders that stand for one column of the maps.
    public var columnStride = 1

    /// Makes a projection; maps have `rows * columns` values.
    public init(
      name: String, rows: Int, columns: Int, before: [Double], after: [Double], clipped: [Bool],
      errors: Histogram, synapses: Int, clippedCount: Int, signalToNoise: Double?,
      weightPerStep: Double
    ) {
      (self.name, self.before, self.after) = (name, before, after)
      (self.rows, self.columns) = (min(max(rows, 0), 512), min(max(columns, 0), 512))
      (self.clipped, self.errors, self.synapses) = (clipped, errors, synapses)
      (self.clippedCount, self.signalToNoise) = (clippedCount, signalToNoise)
      self.weightPerStep = weightPerStep
    }
  }

  /// The headline, and the quiet line below it.
  public var title, subtitle: String
  /// The projections, one a line.
  public var projections: [Projection]

  /// Makes a figure of one line a projection.
  public init(title: String, subtitle: String = "", projections: [Projection]) {
    (self.title, self.subtitle, self.projections) = (title, subtitle, projections)
  }

  private static let map = (side: 200.0, distance: 226.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    var top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    for projection in projections { top = draw(projection, at: top, on: &canvas) }
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: top)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] {
    [
      .init(name: "excitatory", mark: .swatch(DivergingScale.colour(DivergingScale.shades))),
      .init(name: "inhibitory", mark: .swatch(DivergingScale.colour(-DivergingScale.shades))),
      .init(name: "no synapse", mark: .box(.grid)),
      .init(name: "\u{D7} clipped", mark: .swatch("#ffffff")),
    ]
  }

  private var notes: [String] {
    if projections.isEmpty { return ["No projections."] }
    let sampled = projections.filter { $0.rowStride > 1 || $0.columnStride > 1 }
    let words = sampled.prefix(6).map {
      "\($0.name): one cell for \($0.rowStride) \u{D7} \($0.columnStride) synapses"
    }
    return ["Receivers downwards, senders to the right. Errors are float minus chip, in steps."]
      + (sampled.isEmpty
        ? []
        : [
          "Of large projections each cell shows the largest weight of its block, and a cross where"
            + " any was clipped: " + words.joined(separator: "; ") + "."
        ])
  }

  private func draw(
    _ projection: Projection, at top: Double, on canvas: inout SVGCanvas
  ) -> Double {
    let left = FigureHeader.margin
    let name = TextMetrics.shortened(projection.name, width: 300, size: 12)
    canvas.text(name, x: left, y: top + 10, bold: true)
    canvas.text(
      Self.caption(projection), x: left + TextMetrics.width(name, size: 12) + 16, y: top + 10,
      size: 11, paint: .muted)
    let cell = min(
      24, Self.map.side / Double(max(projection.columns, 1)),
      Self.map.side / Double(max(projection.rows, 1)))
    let scale = DivergingScale(
      limit: (projection.before + projection.after).filter(\.isDrawable).map(\.magnitude).max()
        ?? 1)
    let maps = [("before", projection.before), ("on the chip", projection.after)]
    for (index, (name, weights)) in maps.enumerated() {
      let x = left + Double(index) * Self.map.distance
      canvas.text(name, x: x, y: top + 28, size: 11, paint: .muted)
      draw(weights, of: projection, scale, x: x, y: top + 34, cell: cell, on: &canvas)
    }
    drawCrosses(projection, x: left, y: top + 34, cell: cell, on: &canvas)
    drawErrors(projection, left: left + 2 * Self.map.distance, top: top + 34, on: &canvas)
    return top + 34 + max(cell * Double(projection.rows), 150) + 40
  }

  private static func caption(_ projection: Projection) -> String {
    let share = Double(projection.clippedCount) / Double(max(projection.synapses, 1))
    var words = "\(NumberText.count(projection.synapses)) synapses, "
    words += "\(NumberText.count(projection.clippedCount)) clipped (\(NumberText.percent(share))), "
    words += projection.signalToNoise.map { "SNR \(NumberText.fixed($0, places: 1)) dB, " } ?? ""
    return words + "step \(NumberText.brief(projection.weightPerStep))"
  }

  /// One path a shade; cells without a synapse keep the background.
  private func draw(
    _ weights: [Double], of projection: Projection, _ scale: DivergingScale, x: Double, y: Double,
    cell: Double, on canvas: inout SVGCanvas
  ) {
    let shades = DivergingScale.shades
    let (width, height) = (cell * Double(projection.columns), cell * Double(projection.rows))
    canvas.rectangle(x: x, y: y, width: width, height: height, fill: .grid)
    var paths = Array(repeating: PathData(), count: 2 * shades + 1)
    for row in 0..<projection.rows {
      for column in 0..<projection.columns {
        let index = row * projection.columns + column
        guard index < weights.count, weights[index].isDrawable else { continue }
        paths[scale.shade(weights[index]) + shades].box(
          x: x + Double(column) * cell, y: y + Double(row) * cell, width: cell, height: cell)
      }
    }
    for (index, path) in paths.enumerated() {
      canvas.path(path, colour: DivergingScale.colour(index - shades), role: "weights")
    }
    canvas.rectangle(
      x: x, y: y, width: width, height: height, fill: nil, stroke: Stroke(.axis, width: 1))
  }

  private func drawCrosses(
    _ projection: Projection, x: Double, y: Double, cell: Double, on canvas: inout SVGCanvas
  ) {
    var path = PathData()
    let inset = cell * 0.2
    for row in 0..<projection.rows {
      for column in 0..<projection.columns {
        let index = row * projection.columns + column
        guard index < projection.clipped.count, projection.clipped[index] else { continue }
        path.cross(
          left: x + Double(column) * cell, top: y + Double(row) * cell, size: cell, inset: inset)
      }
    }
    canvas.cross(path, width: max(0.6, min(1.4, cell * 0.14)))
  }

  private func drawErrors(
    _ projection: Projection, left: Double, top: Double, on canvas: inout SVGCanvas
  ) {
    let errors = projection.errors
    guard !errors.counts.isEmpty else {
      return canvas.text("no errors", x: left + 30, y: top + 20, size: 11, paint: .muted)
    }
    let plot = PlotArea(
      left: left + 44, top: top, width: 180, height: 112,
      x: Axis(covering: errors.edges, label: "error (steps)", fit: .exact, targetTicks: 4),
      y: Axis(covering: errors.counts.map(Double.init) + [0], label: "", targetTicks: 3))
    plot.drawYAxis(on: &canvas, labelled: false)
    for (bin, count) in errors.counts.enumerated() {
      let x = plot.horizontal(errors.edges[bin])
      let width = plot.horizontal(errors.edges[bin + 1]) - x
      let y = plot.vertical(Double(count))
      canvas.rectangle(
        x: x, y: y, width: max(0.5, width - 0.5), height: plot.bottom - y, fill: .blue, role: "bin")
    }
    plot.drawXAxis(on: &canvas)
  }
}
