/// Spikes over time, one row a neuron, coloured by population, with the mean rates below.
public struct SpikeRasterFigure: Figure {
  /// The neurons drawn in one band and colour.
  public struct Population: Equatable, Sendable {
    /// The name of the band.
    public var name: String
    /// Number of neurons; spikes name units `0..<unitCount`.
    public var unitCount: Int
    /// The spikes, in any order; times in microseconds of hardware time.
    public var spikes: [TimedSpike]

    /// Makes a population.
    public init(name: String, unitCount: Int, spikes: [TimedSpike]) {
      (self.name, self.unitCount, self.spikes) = (name, max(1, unitCount), spikes)
    }
  }

  /// Above this many spikes, those that fall on one spot of a population are drawn once.
  public static let markLimit = 20_000

  /// The headline.
  public var title: String
  /// The bands, from top to bottom.
  public var populations: [Population]
  /// The time shown, in microseconds; `nil` shows all spikes.
  public var window: ClosedRange<Double>?

  /// Makes a raster of populations over a window of hardware time in microseconds.
  public init(
    title: String = "Spikes", populations: [Population], window: ClosedRange<Double>? = nil
  ) {
    (self.title, self.populations, self.window) = (title, populations, window)
  }

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle).draw(on: &canvas)
    let bands = layOut(from: top)
    let time = timeAxis
    let bins = RateBins(axis: time)
    let rates = populations.map { bins.rates($0, axis: time) }
    let below = PlotArea(
      left: 120, top: (bands.last?.bottom ?? top) + 18, width: 580, height: 90, x: time,
      y: Axis(covering: rates.joined() + [0], label: "rate (kHz)", targetTicks: 3))
    for tick in time.ticks {
      let x = below.horizontal(tick)
      canvas.line(x1: x, y1: top, x2: x, y2: below.top - 18, Stroke(.grid, width: 1))
    }
    var (drawn, marks) = (0, 0)
    for (index, band) in bands.enumerated() {
      let counts = draw(index, in: band, on: &canvas, over: below)
      drawn += counts.spikes
      marks += counts.marks
    }
    drawRates(rates, bins, in: below, on: &canvas)
    let height = FigureHeader.drawNotes(
      notes(drawn: drawn, marks: marks, bins: bins), on: &canvas, below: below.bottom + 42)
    return canvas.document(title: title, height: height)
  }

  private var subtitle: String {
    guard !populations.isEmpty else { return "" }
    let counts = populations.map { "\($0.name) \(NumberText.count($0.spikes.count))" }
    return "Spikes: " + counts.joined(separator: " · ")
  }

  private var timeAxis: Axis {
    var times = [0.0]
    if let window {
      times = [window.lowerBound, window.upperBound]
    } else {
      for population in populations { times += population.spikes.map(\.time) }
    }
    return Axis(
      covering: times, label: "hardware time (us)".withMicro, fit: .exact, targetTicks: 8)
  }

  private struct Band {
    var top, height: Double
    var bottom: Double { top + height }
  }

  /// Gives each population room by its neurons, and at least room for its name.
  private func layOut(from top: Double) -> [Band] {
    let all = Double(populations.reduce(0) { $0 + min($1.unitCount, 1 << 40) })
    var next = top
    return populations.map { population in
      let height = max(36, 230 * Double(population.unitCount) / all)
      defer { next += height + 6 }
      return Band(top: next, height: height)
    }
  }

  private func draw(
    _ index: Int, in band: Band, on canvas: inout SVGCanvas, over plot: PlotArea
  ) -> (spikes: Int, marks: Int) {
    let population = populations[index]
    let paint = Paint.series(index)
    canvas.rectangle(x: 112, y: band.top, width: 4, height: band.height, fill: paint)
    let name = TextMetrics.shortened(population.name, width: 88, size: 12)
    let middle = band.top + band.height / 2
    canvas.text(name, x: 104, y: middle - 2, anchor: .end)
    canvas.text(
      "n = \(NumberText.count(population.unitCount))", x: 104, y: middle + 13, size: 11,
      paint: .muted, anchor: .end)
    let row = band.height / Double(population.unitCount)
    let mark = min(max(row * 0.8, 1.6), 9)
    let shown = population.spikes.filter { contains($0, of: population, on: plot.x) }
    var path = PathData()
    var (marks, taken) = (0, Set<SIMD2<Int32>>())
    for spike in shown {
      let x = plot.horizontal(spike.time)
      let y = band.bottom - (Double(spike.unit) + 0.5) * row - mark / 2
      if shown.count > SpikeRasterFigure.markLimit {
        let spot = SIMD2(Int32(x * 2), Int32(y * 2))
        guard taken.insert(spot).inserted else { continue }
      }
      path.tick(x: x, y: y, height: mark)
      marks += 1
    }
    canvas.path(path, stroke: Stroke(paint, width: row > 4 ? 1.6 : 1.1), role: "spikes")
    return (shown.count, marks)
  }

  private func contains(_ spike: TimedSpike, of population: Population, on time: Axis) -> Bool {
    spike.time.isDrawable && time.range.contains(spike.time)
      && (0..<population.unitCount).contains(spike.unit)
  }

  private func drawRates(
    _ rates: [[Double]], _ bins: RateBins, in plot: PlotArea, on canvas: inout SVGCanvas
  ) {
    plot.drawYAxis(on: &canvas, labelled: false)
    canvas.text(
      plot.y.label, x: 62, y: plot.top + plot.height / 2, paint: .muted, anchor: .middle,
      turned: true)
    plot.drawXAxis(on: &canvas)
    for (index, rate) in rates.enumerated() {
      var points: [DataPoint] = []
      for (bin, value) in rate.enumerated() {
        points.append(DataPoint(x: bins.edge(bin, plot.x), y: value))
        points.append(DataPoint(x: bins.edge(bin + 1, plot.x), y: value))
      }
      canvas.path(plot.curve(points), stroke: Stroke(Paint.series(index)), role: "rate")
    }
  }

  private func notes(drawn: Int, marks: Int, bins: RateBins) -> [String] {
    let all = populations.reduce(0) { $0 + $1.spikes.count }
    var notes = [
      "Rate: mean per neuron in bins of \(NumberText.brief(bins.width)) \u{B5}s of hardware time."
    ]
    if marks < drawn {
      notes.append(
        "\(NumberText.count(drawn)) spikes drawn as \(NumberText.count(marks)) marks; "
          + "spikes on one spot share a mark.")
    }
    if all == 0 { notes.append("No spikes.") }
    return notes
      + FigureHeader.note(leftOut: all - drawn, "spikes outside the window or the population")
  }
}

/// Bins of equal, round width over the time axis; the last one may be cut by the axis' end.
private struct RateBins {
  let width: Double
  let count: Int

  init(axis: Axis) {
    let span = axis.range.upperBound - axis.range.lowerBound
    width = Axis.niceStep(span: span, target: 50)
    count = max(1, Int((span / width - 1e-9).rounded(.up)))
  }

  func edge(_ bin: Int, _ axis: Axis) -> Double {
    min(axis.range.lowerBound + Double(bin) * width, axis.range.upperBound)
  }

  /// Mean rate per neuron in each bin, in kHz.
  func rates(_ population: SpikeRasterFigure.Population, axis: Axis) -> [Double] {
    var counts = Array(repeating: 0, count: count)
    for spike in population.spikes where axis.range.contains(spike.time) {
      guard (0..<population.unitCount).contains(spike.unit) else { continue }
      counts[min(count - 1, Int((spike.time - axis.range.lowerBound) / width))] += 1
    }
    return counts.enumerated().map { bin, spikes in
      let time = edge(bin + 1, axis) - edge(bin, axis)
      return time > 0 ? Double(spikes) / Double(population.unitCount) / time * 1000 : 0
    }
  }
}

extension String {
  /// The text with "(us)" written as "(µs)".
  var withMicro: String { replacing("(us)", with: "(\u{B5}s)") }
}
