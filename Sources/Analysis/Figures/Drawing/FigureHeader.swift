/// The top of every figure: headline, a quiet second line, legend.
struct FigureHeader {
  /// What stands beside a name in the legend.
  enum Mark {
    case line(Stroke)
    case dot(Paint)
    case tick(Paint)
    case box(Paint)
    /// A colour that is data.
    case swatch(String)
    case hatch(Paint)
    case outline(Paint)
  }

  struct Entry {
    var name: String
    var mark: Mark
  }

  static let margin = 20.0

  var title: String
  var subtitle = ""
  var legend: [Entry] = []

  /// Draws and returns the height at which the plot may begin.
  func draw(on canvas: inout SVGCanvas) -> Double {
    let room = canvas.width - 2 * FigureHeader.margin
    var y = 12.0
    for line in TextMetrics.wrapped(title, width: room, size: 15) {
      y += 18
      canvas.text(line, x: FigureHeader.margin, y: y, size: 15, bold: true)
    }
    for line in TextMetrics.wrapped(subtitle, width: room, size: 12) {
      y += 17
      canvas.text(line, x: FigureHeader.margin, y: y, size: 12, paint: .muted)
    }
    if !legend.isEmpty { y = drawLegend(on: &canvas, below: y, room: room) }
    return y + 16
  }

  private func drawLegend(on canvas: inout SVGCanvas, below top: Double, room: Double) -> Double {
    var (x, y) = (FigureHeader.margin, top + 22)
    for entry in legend {
      let name = TextMetrics.shortened(entry.name, width: room - 30, size: 12)
      let width = 26 + TextMetrics.width(name, size: 12)
      if x > FigureHeader.margin, x + width > FigureHeader.margin + room {
        (x, y) = (FigureHeader.margin, y + 18)
      }
      draw(entry.mark, on: &canvas, x: x, y: y - 4)
      canvas.text(name, x: x + 26, y: y, size: 12)
      x += width + 14
    }
    return y
  }

  private func draw(_ mark: Mark, on canvas: inout SVGCanvas, x: Double, y: Double) {
    switch mark {
    case .line(let stroke): canvas.line(x1: x, y1: y, x2: x + 20, y2: y, stroke)
    case .dot(let paint): canvas.circle(x: x + 10, y: y, radius: 3.2, fill: paint)
    case .tick(let paint):
      canvas.line(x1: x + 10, y1: y - 6, x2: x + 10, y2: y + 6, Stroke(paint, width: 2))
    case .box(let paint):
      canvas.rectangle(x: x + 4, y: y - 6, width: 12, height: 12, fill: paint)
    case .swatch(let colour):
      var path = PathData()
      path.box(x: x + 4, y: y - 6, width: 12, height: 12)
      canvas.path(path, colour: colour, role: "legend")
    case .hatch(let paint):
      var path = PathData()
      path.hatch(x: x + 4, y: y - 6, width: 12, height: 12, distance: 4)
      canvas.path(path, stroke: Stroke(paint, width: 1))
    case .outline(let paint):
      canvas.rectangle(
        x: x + 4, y: y - 6, width: 12, height: 12, fill: nil, stroke: Stroke(paint, width: 2))
    }
  }

  /// Draws notes below a plot (what was left out, how it was counted); returns the figure's height.
  static func drawNotes(_ notes: [String], on canvas: inout SVGCanvas, below top: Double) -> Double
  {
    var y = top
    for note in notes {
      for line in TextMetrics.wrapped(note, width: canvas.width - 2 * margin, size: 11) {
        y += 15
        canvas.text(line, x: margin, y: y, size: 11, paint: .muted)
      }
    }
    return y + 14
  }

  /// The sentence for values that could not be drawn, or nothing.
  static func note(leftOut count: Int, _ what: String) -> [String] {
    count == 0 ? [] : ["Not drawn, \(what): \(NumberText.count(count))."]
  }
}
