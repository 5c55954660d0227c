/// Accuracy by epoch: software, what deploying loses, what training in the loop brings back.
public struct AccuracyFigure: Figure {
  /// A curve over epochs.
  public struct Series: Equatable, Sendable {
    /// The name in the legend.
    public var name: String
    /// The epoch of the first value.
    public var firstEpoch: Int
    /// Accuracies after each epoch, fractions of 1.
    public var accuracies: [Double]

    /// Makes a curve; NaN leaves a gap.
    public init(name: String, firstEpoch: Int = 1, accuracies: [Double]) {
      (self.name, self.firstEpoch, self.accuracies) = (name, firstEpoch, accuracies)
    }
  }

  /// The headline.
  public var title: String
  /// The curves.
  public var series: [Series]
  /// The epoch at which training moves into the loop; what follows is shaded.
  public var loopBegins: Int?
  /// Accuracy of guessing, a fraction of 1.
  public var chance: Double?

  /// Makes a figure of curves; accuracies and `chance` are fractions of 1.
  public init(
    title: String = "Accuracy by epoch", series: [Series], loopBegins: Int? = nil,
    chance: Double? = nil
  ) {
    (self.title, self.series) = (title, series)
    (self.loopBegins, self.chance) = (loopBegins, chance)
  }

  /// Makes the demo's figure: software epochs 1...n, the deployed network at n, then the loop.
  public init(
    title: String = "Accuracy by epoch", software: [Double], deployed: Double,
    inTheLoop: [Double], chance: Double? = nil
  ) {
    let end = software.count
    self.init(
      title: title,
      series: [
        Series(name: "software, 4 bits", accuracies: software),
        Series(name: "deployed on the chip", firstEpoch: end, accuracies: [deployed]),
        Series(
          name: "trained in the loop", firstEpoch: end, accuracies: [deployed] + inTheLoop),
      ], loopBegins: end, chance: chance)
  }

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, legend: legend).draw(on: &canvas)
    let plot = PlotArea(
      left: 64, top: top, width: 592, height: 270, x: epochAxis, y: accuracyAxis)
    drawLoop(in: plot, on: &canvas)
    plot.drawYAxis(on: &canvas)
    plot.drawXAxis(on: &canvas)
    drawChance(in: plot, on: &canvas)
    for index in series.indices where series[index].accuracies.count > 1 {
      draw(index, in: plot, on: &canvas)
    }
    for index in series.indices where series[index].accuracies.count == 1 {
      draw(index, in: plot, on: &canvas)
    }
    drawLastValues(in: plot, on: &canvas)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: plot.bottom + 42)
    return canvas.document(title: title, height: height)
  }

  private func points(_ series: Series) -> [DataPoint] {
    series.accuracies.enumerated().map { index, accuracy in
      DataPoint(x: Double(series.firstEpoch) + Double(index), y: accuracy * 100)
    }
  }

  private var epochAxis: Axis {
    let epochs = series.flatMap { points($0).map(\.x) }
    return Axis(covering: epochs + [0], label: "epoch", fit: .exact, targetTicks: 8)
  }

  private var accuracyAxis: Axis {
    let values = series.flatMap { points($0).map(\.y) } + (chance.map { [$0 * 100] } ?? [])
    return Axis(covering: values + [100], label: "accuracy (%)")
  }

  private func mark(_ index: Int) -> FigureHeader.Mark {
    let paint = Paint.series(index)
    return series[index].accuracies.count == 1 ? .dot(paint) : .line(Stroke(paint, width: 2))
  }

  private var legend: [FigureHeader.Entry] {
    series.indices.map { FigureHeader.Entry(name: series[$0].name, mark: mark($0)) }
  }

  private func draw(_ index: Int, in plot: PlotArea, on canvas: inout SVGCanvas) {
    let paint = Paint.series(index)
    let points = points(series[index])
    if points.count > 1 {
      canvas.path(plot.curve(points), stroke: Stroke(paint, width: 2), role: "series")
    }
    let radius = points.count == 1 ? 5 : points.count > 60 ? 1.4 : 2.6
    for point in points where point.isDrawable {
      canvas.circle(
        x: plot.horizontal(point.x), y: plot.vertical(point.y), radius: radius, fill: paint,
        role: "epoch")
    }
  }

  private func drawLoop(in plot: PlotArea, on canvas: inout SVGCanvas) {
    guard let loopBegins, plot.x.range.contains(Double(loopBegins)) else { return }
    let x = plot.horizontal(Double(loopBegins))
    guard plot.right - x > 1 else { return }
    var area = PathData()
    area.box(x: x, y: plot.top, width: plot.right - x, height: plot.height)
    canvas.path(area, fill: .grid, opacity: 0.5)
    guard plot.right - x > 70 else { return }
    canvas.text("in the loop", x: x + 2, y: plot.top - 5, size: 11, paint: .muted)
  }

  private func drawChance(in plot: PlotArea, on canvas: inout SVGCanvas) {
    guard let chance, chance.isDrawable else { return }
    let y = plot.vertical(chance * 100)
    canvas.line(
      x1: plot.left, y1: y, x2: plot.right, y2: y, Stroke(.muted, width: 1, dash: "5 4"))
    canvas.text(
      "chance \(NumberText.percent(chance))", x: plot.left + 6, y: y - 5, size: 11,
      paint: .muted)
  }

  /// Writes each curve's last value at its end, moved apart where they would overlap.
  private func drawLastValues(in plot: PlotArea, on canvas: inout SVGCanvas) {
    let ends = series.indices.compactMap { index in
      points(series[index]).last { $0.isDrawable }.map { (index: index, point: $0) }
    }
    let end = ends.filter { plot.horizontal($0.point.x) > plot.right - 1 }
    let places = TextMetrics.spread(end.map { plot.vertical($0.point.y) }, distance: 13)
    for (label, place) in zip(end, places) {
      canvas.text(
        NumberText.fixed(label.point.y, places: 1), x: plot.right + 9, y: place + 4, size: 11,
        paint: Paint.series(label.index), bold: true)
    }
    for (index, point) in ends where plot.horizontal(point.x) <= plot.right - 1 {
      let above = series[index].accuracies.count == 1 ? 18.0 : -10.0
      canvas.text(
        NumberText.fixed(point.y, places: 1), x: plot.horizontal(point.x) - 6,
        y: plot.vertical(point.y) + above, size: 11, paint: Paint.series(index), anchor: .end,
        bold: true)
    }
  }

  private var notes: [String] {
    let values = series.flatMap(\.accuracies)
    if values.isEmpty { return ["No epochs."] }
    return FigureHeader.note(
      leftOut: values.count { !$0.isDrawable }, "accuracies that are not finite numbers")
  }
}
