/// Membrane potentials over time with the ADC's samples as dots, levels and spikes.
public struct MembraneTraceFigure: Figure {
  /// One membrane: the line of every tick, if known, and the samples that the ADC took.
  public struct Trace: Equatable, Sendable {
    /// The name in the legend.
    public var name: String
    /// The potential over hardware time in microseconds; may be empty.
    public var membrane: [DataPoint]
    /// The ADC's samples, in the same units; may be empty.
    public var samples: [DataPoint]
    /// Spike times in microseconds.
    public var spikeTimes: [Double]

    /// Makes a trace.
    public init(
      name: String, membrane: [DataPoint] = [], samples: [DataPoint] = [],
      spikeTimes: [Double] = []
    ) {
      (self.name, self.membrane) = (name, membrane)
      (self.samples, self.spikeTimes) = (samples, spikeTimes)
    }
  }

  /// A horizontal line with a name, such as the threshold.
  public struct Level: Equatable, Sendable {
    /// The name at the line's end.
    public var name: String
    /// Where the line stands.
    public var value: Double

    /// Makes a level.
    public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
  }

  /// The headline.
  public var title: String
  /// The membranes, overlaid.
  public var traces: [Trace]
  /// Threshold, reset and leak, as far as they are to be shown.
  public var levels: [Level]
  /// The name of the vertical axis with its unit.
  public var valueLabel: String

  /// Makes a figure of membranes; `valueLabel` names quantity and unit.
  public init(
    title: String = "Membrane potential", traces: [Trace], levels: [Level] = [],
    valueLabel: String = "membrane (ADC codes)"
  ) {
    (self.title, self.traces) = (title, traces)
    (self.levels, self.valueLabel) = (levels, valueLabel)
  }

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, legend: legend).draw(on: &canvas)
    let strip = Double(spikingTraces.count) * 14
    let values = points.map(\.y) + levels.map(\.value)
    let y = Axis(covering: values, label: valueLabel)
    let left = PlotArea.leftMargin(for: y) + 4
    let right = levels.map { TextMetrics.width($0.name, size: 11) }.max() ?? 0
    let plot = PlotArea(
      left: left, top: top + strip, width: 720 - left - max(20, right + 14), height: 260,
      x: timeAxis, y: y)
    plot.drawYAxis(on: &canvas)
    plot.drawXAxis(on: &canvas)
    drawLevels(in: plot, on: &canvas)
    for (index, trace) in traces.enumerated() { draw(trace, index, in: plot, on: &canvas) }
    drawSpikes(in: plot, from: top, on: &canvas)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: plot.bottom + 42)
    return canvas.document(title: title, height: height)
  }

  private var points: [DataPoint] { traces.flatMap { $0.membrane + $0.samples } }

  private var spikingTraces: [(index: Int, times: [Double])] {
    traces.enumerated().compactMap { index, trace in
      trace.spikeTimes.isEmpty ? nil : (index, trace.spikeTimes)
    }
  }

  private var timeAxis: Axis {
    let times = points.map(\.x) + traces.flatMap(\.spikeTimes)
    return Axis(
      covering: times, label: "hardware time (us)".withMicro, fit: .exact, targetTicks: 8)
  }

  private var legend: [FigureHeader.Entry] {
    traces.enumerated().flatMap { index, trace in
      let paint = Paint.series(index)
      var entries: [FigureHeader.Entry] = []
      if !trace.membrane.isEmpty {
        entries.append(.init(name: trace.name, mark: .line(Stroke(paint))))
      }
      if !trace.samples.isEmpty {
        entries.append(.init(name: "\(trace.name), ADC samples", mark: .dot(paint)))
      }
      if !trace.spikeTimes.isEmpty {
        entries.append(.init(name: "\(trace.name), spikes", mark: .tick(paint)))
      }
      return entries
    }
  }

  private func drawLevels(in plot: PlotArea, on canvas: inout SVGCanvas) {
    let shown = levels.filter(\.value.isDrawable)
    let places = shown.map { plot.vertical($0.value) }
    let labels = TextMetrics.spread(places, distance: 13)
    for (level, (place, label)) in zip(shown, zip(places, labels)) {
      canvas.line(
        x1: plot.left, y1: place, x2: plot.right, y2: place,
        Stroke(.muted, width: 1, dash: "5 4"))
      canvas.text(level.name, x: plot.right + 6, y: label + 4, size: 11, paint: .muted)
    }
  }

  private func draw(
    _ trace: Trace, _ index: Int, in plot: PlotArea, on canvas: inout SVGCanvas
  ) {
    let paint = Paint.series(index)
    canvas.path(
      plot.curve(plot.thinned(trace.membrane)), stroke: Stroke(paint, width: 1.3),
      role: "membrane")
    for sample in trace.samples where sample.isDrawable {
      canvas.circle(
        x: plot.horizontal(sample.x), y: plot.vertical(sample.y), radius: 2.4, fill: paint,
        role: "sample")
    }
  }

  private func drawSpikes(in plot: PlotArea, from top: Double, on canvas: inout SVGCanvas) {
    for (row, spiking) in spikingTraces.enumerated() {
      var path = PathData()
      for time in spiking.times where time.isDrawable {
        path.tick(x: plot.horizontal(time), y: top + Double(row) * 14 - 2, height: 11)
      }
      canvas.path(path, stroke: Stroke(Paint.series(spiking.index), width: 2), role: "spikes")
    }
  }

  private var notes: [String] {
    if points.isEmpty, spikingTraces.isEmpty { return ["No samples."] }
    let missing = points.count { !$0.isDrawable }
    return FigureHeader.note(leftOut: missing, "samples that are not finite numbers")
  }
}
