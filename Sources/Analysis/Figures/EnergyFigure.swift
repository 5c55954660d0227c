import Foundation

/// The energy of a run by cause, as bars on a logarithmic scale: causes differ by powers of ten.
public struct EnergyFigure: Figure {
  /// One cause.
  public struct Cause: Equatable, Sendable {
    /// The name at the left.
    public var name: String
    /// Its energy, in joules.
    public var joules: Double

    /// Makes a cause.
    public init(_ name: String, joules: Double) { (self.name, self.joules) = (name, joules) }
  }

  /// The headline.
  public var title: String
  /// The bars from top to bottom.
  public var causes: [Cause]
  /// The power that the whole energy makes over the time of the run, in watts, or nil.
  public var watts: Double?

  /// Makes a figure of causes.
  public init(title: String = "Energy per inference", causes: [Cause], watts: Double? = nil) {
    (self.title, self.causes, self.watts) = (title, causes, watts)
  }

  private static let bar = (left: 130.0, width: 380.0, height: 16.0, distance: 28.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle).draw(on: &canvas)
    let bottom = top + Double(causes.count) * Self.bar.distance
    let decades = decades
    drawScale(decades, from: top, to: bottom, on: &canvas)
    for (index, cause) in causes.enumerated() {
      draw(cause, decades, at: top + Double(index) * Self.bar.distance, on: &canvas)
    }
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: bottom + 40)
    return canvas.document(title: title, height: height)
  }

  private var drawn: [Double] { causes.map(\.joules).filter { $0 > 0 && $0.isDrawable } }
  private var total: Double { drawn.reduce(0, +) }

  private var subtitle: String {
    guard total > 0 else { return "" }
    let power = watts.map { ", \(Self.text($0, "W")) over the run" } ?? ""
    return "Total \(Self.text(total, "J"))\(power)"
  }

  /// The powers of ten that the bars span, at least two of them.
  private var decades: ClosedRange<Int> {
    let powers = drawn.map { Int(log10($0).rounded(.down)) }
    guard let low = powers.min(), let high = powers.max() else { return 0...1 }
    return max(low, high - 12)...(high + 1)
  }

  private func fraction(_ joules: Double, _ decades: ClosedRange<Int>) -> Double {
    guard joules > 0, joules.isDrawable else { return 0 }
    let position = (log10(joules) - Double(decades.lowerBound)) / Double(decades.count - 1)
    return min(max(position, 0.004), 1)
  }

  private func draw(
    _ cause: Cause, _ decades: ClosedRange<Int>, at top: Double, on canvas: inout SVGCanvas
  ) {
    let bar = Self.bar
    let name = TextMetrics.shortened(cause.name, width: bar.left - 30, size: 12)
    canvas.text(name, x: bar.left - 10, y: top + 12, anchor: .end)
    canvas.rectangle(
      x: bar.left, y: top, width: bar.width * fraction(cause.joules, decades), height: bar.height,
      fill: .blue, role: "energy")
    let share = total > 0 && cause.joules.isDrawable ? max(cause.joules, 0) / total : 0
    canvas.text(
      "\(Self.text(cause.joules, "J")) (\(NumberText.percent(share, places: 2)))",
      x: bar.left + bar.width + 10, y: top + 12)
  }

  private func drawScale(
    _ decades: ClosedRange<Int>, from top: Double, to bottom: Double, on canvas: inout SVGCanvas
  ) {
    let bar = Self.bar
    let every = max(1, (decades.count + 7) / 8)
    for power in decades where (power - decades.lowerBound) % every == 0 {
      let x = bar.left + bar.width * Double(power - decades.lowerBound) / Double(decades.count - 1)
      canvas.line(x1: x, y1: top - 4, x2: x, y2: bottom - 4, Stroke(.grid, width: 1))
      canvas.text(
        Self.decade(power), x: x, y: bottom + 11, size: 11, paint: .muted,
        anchor: .middle)
    }
    canvas.text(
      "energy, logarithmic", x: bar.left + bar.width / 2, y: bottom + 30, paint: .muted,
      anchor: .middle)
  }

  private var notes: [String] {
    if causes.isEmpty || total == 0 { return ["No energy is known of this run."] }
    return FigureHeader.note(
      leftOut: causes.count { !$0.joules.isDrawable || $0.joules < 0 },
      "energies that are not finite numbers")
  }

  /// A power of ten in joules, such as `100 nJ`.
  private static func decade(_ power: Int) -> String {
    let prefixes = [0: "", -3: "m", -6: "\u{B5}", -9: "n", -12: "p", -15: "f"]
    let third = Int((Double(power) / 3).rounded(.down)) * 3
    guard let prefix = prefixes[third] else { return "1e\(power) J" }
    return ["1", "10", "100"][power - third] + " \(prefix)J"
  }

  /// A quantity with a prefix, such as `2.01 µJ`.
  static func text(_ value: Double, _ unit: String) -> String {
    guard value.isDrawable, value > 0 else { return "0 \(unit)" }
    let prefixes = [
      (1e0, ""), (1e-3, "m"), (1e-6, "\u{B5}"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"),
    ]
    let (size, prefix) = prefixes.first { value >= $0.0 * 0.9995 } ?? (1e-15, "f")
    return "\(NumberText.brief(value / size)) \(prefix)\(unit)"
  }
}
