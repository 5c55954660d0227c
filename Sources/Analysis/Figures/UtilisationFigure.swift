/// How much of each resource of the chip is used, as bars.
public struct UtilisationFigure: Figure {
  /// One resource.
  public struct Resource: Equatable, Sendable {
    /// The name at the left.
    public var name: String
    /// How many are used, and how many there are.
    public var used, available: Int

    /// Makes a resource with its counts.
    public init(_ name: String, used: Int, available: Int) {
      (self.name, self.used, self.available) = (name, used, available)
    }

    /// Used over available; nothing available counts as full when anything is used.
    public var fraction: Double {
      guard available > 0 else { return used > 0 ? .infinity : 0 }
      return Double(used) / Double(available)
    }
  }

  /// The headline.
  public var title: String
  /// The bars from top to bottom.
  public var resources: [Resource]

  /// Makes a figure of bars.
  public init(title: String = "Utilisation", resources: [Resource]) {
    (self.title, self.resources) = (title, resources)
  }

  private static let bar = (left: 170.0, width: 330.0, height: 16.0, distance: 28.0)

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, legend: legend).draw(on: &canvas)
    for (index, resource) in resources.enumerated() {
      draw(resource, at: top + Double(index) * UtilisationFigure.bar.distance, on: &canvas)
    }
    let bottom = top + Double(resources.count) * UtilisationFigure.bar.distance
    drawScale(from: top, to: bottom, on: &canvas)
    let notes = resources.isEmpty ? ["No resources."] : []
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: bottom + 40)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] {
    let used = FigureHeader.Entry(name: "used", mark: .box(.blue))
    let free = FigureHeader.Entry(name: "free", mark: .box(.grid))
    let over = FigureHeader.Entry(name: "more than there is", mark: .box(.vermilion))
    return resources.contains { $0.fraction > 1 } ? [used, free, over] : [used, free]
  }

  private func draw(_ resource: Resource, at top: Double, on canvas: inout SVGCanvas) {
    let bar = UtilisationFigure.bar
    let share = min(max(resource.fraction, 0), 1)
    let name = TextMetrics.shortened(resource.name, width: bar.left - 36, size: 12)
    canvas.text(name, x: bar.left - 10, y: top + 12, anchor: .end)
    canvas.rectangle(x: bar.left, y: top, width: bar.width, height: bar.height, fill: .grid)
    canvas.rectangle(
      x: bar.left, y: top, width: bar.width * share, height: bar.height,
      fill: resource.fraction > 1 ? .vermilion : .blue, role: "used")
    canvas.text(label(resource), x: bar.left + bar.width + 10, y: top + 12)
  }

  private func label(_ resource: Resource) -> String {
    let counts = "\(NumberText.count(resource.used)) of \(NumberText.count(resource.available))"
    return resource.fraction.isFinite
      ? counts + " (\(NumberText.percent(resource.fraction)))" : counts
  }

  private func drawScale(from top: Double, to bottom: Double, on canvas: inout SVGCanvas) {
    let bar = UtilisationFigure.bar
    for percent in [0, 25, 50, 75, 100] {
      let x = bar.left + bar.width * Double(percent) / 100
      canvas.line(x1: x, y1: bottom - 8, x2: x, y2: bottom - 4, Stroke(.axis, width: 1))
      canvas.text("\(percent)", x: x, y: bottom + 9, size: 11, paint: .muted, anchor: .middle)
    }
    canvas.text(
      "used (%)", x: bar.left + bar.width / 2, y: bottom + 28, paint: .muted, anchor: .middle)
  }
}
