/// Curves over a common axis, each a line, dots, or both: measured against expected.
public struct CurveFigure: Figure {
  /// One curve.
  public struct Curve: Equatable, Sendable {
    /// The name in the legend.
    public var name: String
    /// The line; may be empty.
    public var line: [DataPoint]
    /// The dots; may be empty.
    public var dots: [DataPoint]

    /// Makes a curve.
    public init(name: String, line: [DataPoint] = [], dots: [DataPoint] = []) {
      (self.name, self.line, self.dots) = (name, line, dots)
    }
  }

  /// The headline, and the line below it.
  public var title, subtitle: String
  /// The curves, each in a colour of its own.
  public var curves: [Curve]
  /// The names of the axes with their units.
  public var horizontalLabel, verticalLabel: String

  /// Makes a figure of curves.
  public init(
    title: String, subtitle: String = "", curves: [Curve], horizontalLabel: String,
    verticalLabel: String
  ) {
    (self.title, self.subtitle, self.curves) = (title, subtitle, curves)
    (self.horizontalLabel, self.verticalLabel) = (horizontalLabel, verticalLabel)
  }

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    let y = Axis(covering: points.map(\.y), label: verticalLabel)
    let left = PlotArea.leftMargin(for: y) + 4
    let plot = PlotArea(
      left: left, top: top, width: 700 - left, height: 280,
      x: Axis(covering: points.map(\.x), label: horizontalLabel, targetTicks: 8), y: y)
    plot.drawYAxis(on: &canvas)
    plot.drawXAxis(on: &canvas)
    for (index, curve) in curves.enumerated() {
      let paint = Paint.series(index)
      canvas.path(
        plot.curve(plot.thinned(curve.line)), stroke: Stroke(paint, width: 1.3), role: "curve")
      for dot in curve.dots where dot.isDrawable {
        canvas.circle(
          x: plot.horizontal(dot.x), y: plot.vertical(dot.y), radius: 2.4, fill: paint, role: "dot")
      }
    }
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: plot.bottom + 42)
    return canvas.document(title: title, height: height)
  }

  private var points: [DataPoint] { curves.flatMap { $0.line + $0.dots }.filter(\.isDrawable) }

  private var legend: [FigureHeader.Entry] {
    curves.enumerated().map { index, curve in
      let paint = Paint.series(index)
      return .init(name: curve.name, mark: curve.line.isEmpty ? .dot(paint) : .line(Stroke(paint)))
    }
  }

  private var notes: [String] {
    if points.isEmpty { return ["No data."] }
    let missing = curves.flatMap { $0.line + $0.dots }.count { !$0.isDrawable }
    return FigureHeader.note(leftOut: missing, "points that are not finite numbers")
  }
}
