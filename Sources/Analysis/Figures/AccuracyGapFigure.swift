/// Where the accuracy goes: a waterfall from software to the chip and back through the loop.
public struct AccuracyGapFigure: Figure {
  /// One bar of the waterfall.
  public struct Stage: Equatable, Sendable {
    /// Whether a bar stands on the axis or hangs between two accuracies.
    public enum Kind: Equatable, Sendable {
      /// The whole accuracy, from zero.
      case total
      /// The change that one effect makes, from the stage before.
      case change
    }

    /// The name below the bar.
    public var name: String
    /// Accuracy once this stage's effect is switched on beside those before, a fraction of 1.
    public var accuracy: Double
    /// How the bar is drawn.
    public var kind: Kind

    /// Makes a stage with its accuracy as a fraction of 1.
    public init(_ name: String, accuracy: Double, kind: Kind) {
      (self.name, self.accuracy, self.kind) = (name, accuracy, kind)
    }
  }

  /// The headline.
  public var title: String
  /// The bars from left to right.
  public var stages: [Stage]
  /// Accuracy of guessing, a fraction of 1.
  public var chance: Double?

  /// Makes a waterfall; accuracies and `chance` are fractions of 1.
  public init(
    title: String = "Where the accuracy goes", stages: [Stage], chance: Double? = nil
  ) {
    (self.title, self.stages, self.chance) = (title, stages, chance)
  }

  /// Makes the demo's waterfall: software, each effect switched on in turn, deployed, the loop.
  ///
  /// Each effect's accuracy is that with all effects up to and with it, a fraction of 1.
  public init(
    title: String = "Where the accuracy goes", software: Double,
    effects: [(name: String, accuracy: Double)], deployed: Double, afterLoop: Double,
    chance: Double? = nil
  ) {
    let changes = effects.map { Stage($0.name, accuracy: $0.accuracy, kind: .change) }
    self.init(
      title: title,
      stages: [Stage("software", accuracy: software, kind: .total)] + changes + [
        Stage("deployed", accuracy: deployed, kind: .total),
        Stage("after the loop", accuracy: afterLoop, kind: .total),
      ], chance: chance)
  }

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, legend: legend).draw(on: &canvas)
    let values = stages.map { $0.accuracy * 100 } + (chance.map { [$0 * 100] } ?? [])
    let plot = PlotArea(
      left: 64, top: top + 8, width: 590, height: 270,
      x: Axis(covering: [0, 1], label: ""),
      y: Axis(covering: values + [0, 100], label: "accuracy (%)"))
    plot.drawYAxis(on: &canvas)
    drawChance(in: plot, on: &canvas)
    let names = stages.indices.map { draw($0, in: plot, on: &canvas) }
    let base = plot.vertical(0)
    canvas.line(x1: plot.left, y1: base, x2: plot.right, y2: base, Stroke(.axis, width: 1))
    let below = plot.bottom + 8 + 14 * Double(names.max() ?? 1)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: below)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] {
    [
      .init(name: "accuracy", mark: .box(.blue)), .init(name: "loss", mark: .box(.vermilion)),
      .init(name: "gain", mark: .box(.green)),
    ]
  }

  /// Draws one bar with its value and name; returns the lines that the name takes.
  private func draw(_ index: Int, in plot: PlotArea, on canvas: inout SVGCanvas) -> Int {
    let slot = plot.width / Double(stages.count)
    let middle = plot.left + (Double(index) + 0.5) * slot
    let width = min(64, slot * 0.66)
    if let bar = bar(index) {
      let (high, low) = (plot.vertical(bar.high), plot.vertical(bar.low))
      canvas.rectangle(
        x: middle - width / 2, y: high, width: width, height: max(1.5, low - high),
        fill: bar.paint, role: "stage")
      let label = bar.isLoss ? max(high, low) + 15 : high - 6
      canvas.text(bar.label, x: middle, y: label, size: 11, anchor: .middle, bold: true)
      drawConnector(from: index, at: middle + width / 2, slot - width, in: plot, on: &canvas)
    } else {
      canvas.text("–", x: middle, y: plot.vertical(0) - 6, paint: .muted, anchor: .middle)
    }
    let lines = TextMetrics.wrapped(stages[index].name, width: slot, size: 11)
    for (row, line) in lines.enumerated() {
      canvas.text(
        line, x: middle, y: plot.bottom + 17 + 14 * Double(row), size: 11, paint: .muted,
        anchor: .middle)
    }
    return lines.count
  }

  private struct Bar {
    var low, high: Double
    var paint: Paint
    var label: String
    var isLoss = false
  }

  private func bar(_ index: Int) -> Bar? {
    let stage = stages[index]
    let value = stage.accuracy * 100
    guard value.isDrawable else { return nil }
    let before = stages[..<index].last { $0.accuracy.isDrawable }.map { $0.accuracy * 100 }
    guard stage.kind == .change, let before else {
      return Bar(
        low: min(0, value), high: max(0, value), paint: .blue,
        label: NumberText.fixed(value, places: 1))
    }
    let change = value - before
    let label = (change > 0 ? "+" : "") + NumberText.fixed(change, places: 1)
    return Bar(
      low: min(before, value), high: max(before, value), paint: change < 0 ? .vermilion : .green,
      label: label, isLoss: change < 0)
  }

  /// A thin line that carries the accuracy on to the next bar, unless that one is the loop's.
  private func drawConnector(
    from index: Int, at x: Double, _ gap: Double, in plot: PlotArea, on canvas: inout SVGCanvas
  ) {
    guard index + 1 < stages.count else { return }
    let next = stages[index + 1]
    let meets = next.kind == .change || next.accuracy == stages[index].accuracy
    guard meets, next.accuracy.isDrawable else { return }
    let y = plot.vertical(stages[index].accuracy * 100)
    canvas.line(x1: x, y1: y, x2: x + gap, y2: y, Stroke(.axis, width: 1))
  }

  private func drawChance(in plot: PlotArea, on canvas: inout SVGCanvas) {
    guard let chance, chance.isDrawable else { return }
    let y = plot.vertical(chance * 100)
    canvas.line(
      x1: plot.left, y1: y, x2: plot.right, y2: y, Stroke(.muted, width: 1, dash: "5 4"))
    canvas.text("chance", x: plot.right + 6, y: y + 4, size: 11, paint: .muted)
  }

  private var notes: [String] {
    let missing = stages.count { !$0.accuracy.isDrawable }
    return (stages.isEmpty ? ["No stages."] : [])
      + FigureHeader.note(leftOut: missing, "accuracies that are not finite numbers")
  }
}
