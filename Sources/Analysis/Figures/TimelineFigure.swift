/// What happens when: lanes with spans and moments over one time axis.
public struct TimelineFigure: Figure {
  /// A stretch of time with a name.
  public struct Span: Equatable, Sendable {
    /// What goes on.
    public var name: String
    /// From when to when, in microseconds.
    public var start, end: Double

    /// Makes a span; times in microseconds.
    public init(_ name: String, start: Double, end: Double) {
      (self.name, self.start, self.end) = (name, start, end)
    }
  }

  /// One line of the picture.
  public struct Lane: Equatable, Sendable {
    /// The name at the left.
    public var name: String
    /// The spans, each in a colour of its own.
    public var spans: [Span]
    /// Moments, in microseconds.
    public var marks: [Double]

    /// Makes a lane.
    public init(_ name: String, spans: [Span] = [], marks: [Double] = []) {
      (self.name, self.spans, self.marks) = (name, spans, marks)
    }
  }

  /// The headline, and the line below it.
  public var title, subtitle: String
  /// The lanes from top to bottom.
  public var lanes: [Lane]

  /// Makes a figure of lanes.
  public init(title: String = "Time line", subtitle: String = "", lanes: [Lane]) {
    (self.title, self.subtitle, self.lanes) = (title, subtitle, lanes)
  }

  private static let lane = (height: 20.0, distance: 32.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    let height = max(1, Double(lanes.count)) * Self.lane.distance
    let plot = PlotArea(
      left: 130, top: top, width: 570, height: height, x: axis,
      y: Axis(covering: [0, 1], label: ""))
    for tick in plot.x.ticks {
      let x = plot.horizontal(tick)
      canvas.line(x1: x, y1: top, x2: x, y2: plot.bottom, Stroke(.grid, width: 1))
    }
    for (index, lane) in lanes.enumerated() {
      draw(lane, at: top + Double(index) * Self.lane.distance + 4, in: plot, on: &canvas)
    }
    plot.drawXAxis(on: &canvas)
    let end = FigureHeader.drawNotes(notes, on: &canvas, below: plot.bottom + 42)
    return canvas.document(title: title, height: end)
  }

  private var times: [Double] {
    lanes.flatMap { $0.marks + $0.spans.flatMap { [$0.start, $0.end] } }
  }

  private var axis: Axis {
    Axis(
      covering: times + [0], label: "hardware time (us)".withMicro, fit: .exact, targetTicks: 8)
  }

  /// The names of spans, in the order in which they come first.
  private var names: [String] {
    var names: [String] = []
    for span in lanes.flatMap(\.spans) where !names.contains(span.name) { names.append(span.name) }
    return names
  }

  private var legend: [FigureHeader.Entry] {
    names.enumerated().map { .init(name: $1, mark: .box(Paint.series($0))) }
  }

  private func draw(_ lane: Lane, at top: Double, in plot: PlotArea, on canvas: inout SVGCanvas) {
    let name = TextMetrics.shortened(lane.name, width: 100, size: 12)
    canvas.text(name, x: plot.left - 10, y: top + 14, anchor: .end)
    for span in lane.spans where span.start.isDrawable && span.end.isDrawable {
      let paint = Paint.series(names.firstIndex(of: span.name) ?? 0)
      let (left, right) = (plot.horizontal(span.start), plot.horizontal(max(span.start, span.end)))
      canvas.rectangle(
        x: left, y: top, width: max(right - left, 0.5), height: Self.lane.height, fill: paint,
        role: "span")
    }
    var path = PathData()
    for mark in lane.marks where mark.isDrawable {
      path.tick(x: plot.horizontal(mark), y: top, height: Self.lane.height)
    }
    canvas.path(path, stroke: Stroke(.text, width: 1), role: "marks")
  }

  private var notes: [String] {
    if lanes.isEmpty { return ["Nothing happened."] }
    return FigureHeader.note(
      leftOut: times.count { !$0.isDrawable }, "times that are not finite numbers")
  }
}
