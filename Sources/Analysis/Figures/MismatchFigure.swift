/// How the circuits of one chip differ: a histogram for each parameter, with mean and sigma.
public struct MismatchFigure: Figure {
  /// The drawn values of one parameter over the circuits of a chip.
  public struct Parameter: Equatable, Sendable {
    /// The name above the histogram.
    public var name: String
    /// The label of the horizontal axis with its unit.
    public var axisLabel: String
    /// One value a circuit.
    public var values: [Double]
    /// What every circuit was meant to have.
    public var target: Double?

    /// Makes a parameter; values and target in the unit that `axisLabel` names.
    public init(name: String, axisLabel: String, values: [Double], target: Double? = nil) {
      (self.name, self.axisLabel) = (name, axisLabel)
      (self.values, self.target) = (values, target)
    }
  }

  /// The headline.
  public var title: String
  /// The quiet line: chip, seed, what was drawn.
  public var subtitle: String
  /// The parameters, three in a row.
  public var parameters: [Parameter]

  /// Makes small multiples, one a parameter.
  public init(
    title: String = "Drawn mismatch", subtitle: String = "", parameters: [Parameter]
  ) {
    (self.title, self.subtitle, self.parameters) = (title, subtitle, parameters)
  }

  private static let columns = 3
  private static let cell = (width: 228.0, height: 196.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    for (index, parameter) in parameters.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: MismatchFigure.columns)
      draw(
        parameter, left: 18 + Double(column) * MismatchFigure.cell.width,
        top: top + Double(row) * MismatchFigure.cell.height, on: &canvas)
    }
    let rows = (parameters.count + MismatchFigure.columns - 1) / MismatchFigure.columns
    let height = FigureHeader.drawNotes(
      notes, on: &canvas, below: top + Double(rows) * MismatchFigure.cell.height - 4)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] {
    let mean = FigureHeader.Entry(name: "mean", mark: .line(Stroke(.vermilion, width: 2)))
    let target = FigureHeader.Entry(
      name: "target", mark: .line(Stroke(.text, width: 1.5, dash: "4 3")))
    return parameters.contains { $0.target != nil } ? [mean, target] : [mean]
  }

  private func draw(
    _ parameter: Parameter, left: Double, top: Double, on canvas: inout SVGCanvas
  ) {
    let summary = SampleSummary(parameter.values)
    let histogram = Histogram(parameter.values)
    let name = TextMetrics.shortened(parameter.name, width: 205, size: 12)
    canvas.text(name, x: left + 34, y: top + 12, bold: true)
    canvas.text(
      MismatchFigure.caption(summary), x: left + 34, y: top + 27, size: 11, paint: .muted)
    let plot = PlotArea(
      left: left + 34, top: top + 36, width: 182, height: 104,
      x: Axis(
        covering: histogram.edges + (parameter.target.map { [$0] } ?? []),
        label: TextMetrics.shortened(parameter.axisLabel, width: 200, size: 12), fit: .exact,
        targetTicks: 4),
      y: Axis(covering: histogram.counts.map(Double.init) + [0], label: "", targetTicks: 3))
    plot.drawYAxis(on: &canvas, labelled: false)
    drawBars(histogram, in: plot, on: &canvas)
    plot.drawXAxis(on: &canvas)
    drawMark(
      summary.count > 0 ? summary.mean : nil, Stroke(.vermilion, width: 2), in: plot, on: &canvas)
    drawMark(parameter.target, Stroke(.text, width: 1.5, dash: "4 3"), in: plot, on: &canvas)
  }

  private static func caption(_ summary: SampleSummary) -> String {
    guard summary.count > 0 else { return "no values" }
    return "mean \(NumberText.brief(summary.mean)), σ \(NumberText.brief(summary.deviation)), "
      + "n \(NumberText.count(summary.count))"
  }

  private func drawBars(_ histogram: Histogram, in plot: PlotArea, on canvas: inout SVGCanvas) {
    for (bin, count) in histogram.counts.enumerated() {
      let left = plot.horizontal(histogram.edges[bin])
      let width = plot.horizontal(histogram.edges[bin + 1]) - left
      let top = plot.vertical(Double(count))
      canvas.rectangle(
        x: left, y: top, width: max(0.5, width - 0.7), height: plot.bottom - top, fill: .blue,
        role: "bin")
    }
  }

  private func drawMark(
    _ value: Double?, _ stroke: Stroke, in plot: PlotArea, on canvas: inout SVGCanvas
  ) {
    guard let value, value.isDrawable else { return }
    let x = plot.horizontal(value)
    canvas.line(x1: x, y1: plot.top, x2: x, y2: plot.bottom, stroke)
  }

  private var notes: [String] {
    if parameters.isEmpty { return ["No parameters: every circuit is as the chip file says."] }
    let missing = parameters.reduce(0) { $0 + Histogram($1.values).leftOut }
    return ["Vertical: circuits in a bin. σ is that of the sample."]
      + FigureHeader.note(leftOut: missing, "values that are not finite numbers")
  }
}
