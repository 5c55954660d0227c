/// A rectangle of the canvas with two axes, mapping data to pixels.
struct PlotArea {
  var left: Double
  var top: Double
  var width: Double
  var height: Double
  var x: Axis
  var y: Axis

  var right: Double { left + width }
  var bottom: Double { top + height }

  func horizontal(_ value: Double) -> Double { left + width * x.fraction(value) }
  func vertical(_ value: Double) -> Double { bottom - height * y.fraction(value) }

  /// The room that tick labels and the label of a vertical axis need at its left.
  static func leftMargin(for axis: Axis) -> Double {
    let widest = axis.ticks.map { TextMetrics.width(axis.tickLabel($0), size: 11) }.max() ?? 0
    return max(52, widest + 36)
  }

  func drawYAxis(on canvas: inout SVGCanvas, labelled: Bool = true) {
    for tick in y.ticks {
      let height = vertical(tick)
      canvas.line(x1: left, y1: height, x2: right, y2: height, Stroke(.grid, width: 1))
      canvas.text(
        y.tickLabel(tick), x: left - 7, y: height + 4, size: 11, paint: .muted, anchor: .end)
    }
    guard labelled else { return }
    let widest = y.ticks.map { TextMetrics.width(y.tickLabel($0), size: 11) }.max() ?? 0
    canvas.text(
      y.label, x: left - widest - 18, y: top + height / 2, paint: .muted, anchor: .middle,
      turned: true)
  }

  func drawXAxis(on canvas: inout SVGCanvas, labelled: Bool = true) {
    canvas.line(x1: left, y1: bottom, x2: right, y2: bottom, Stroke(.axis, width: 1))
    for tick in x.ticks {
      let place = horizontal(tick)
      canvas.line(x1: place, y1: bottom, x2: place, y2: bottom + 4, Stroke(.axis, width: 1))
      canvas.text(
        x.tickLabel(tick), x: place, y: bottom + 17, size: 11, paint: .muted, anchor: .middle)
    }
    guard labelled else { return }
    canvas.text(
      x.label, x: left + width / 2, y: bottom + 36, paint: .muted, anchor: .middle)
  }

  /// A curve through the points; a point that is not finite leaves a gap, a lone one a dot.
  func curve(_ points: [DataPoint]) -> PathData {
    var path = PathData()
    var isOpen = false
    for point in points {
      guard point.isDrawable else {
        isOpen = false
        continue
      }
      let (across, down) = (horizontal(point.x), vertical(point.y))
      if isOpen { path.line(across, down) } else { path.move(across, down) }
      isOpen = true
    }
    return path
  }

  /// Thins a curve to its lowest and highest point in each half pixel, so that its outline stays.
  func thinned(_ points: [DataPoint]) -> [DataPoint] {
    guard points.count > 4 * Int(width) else { return points }
    var result: [DataPoint] = []
    var column: [DataPoint] = []
    var current = -1
    for point in points where point.isDrawable {
      let next = Int(max(-1, min(horizontal(point.x) * 2, 1e6)))
      if next != current {
        result += PlotArea.outline(column)
        column.removeAll(keepingCapacity: true)
        current = next
      }
      column.append(point)
    }
    return result + PlotArea.outline(column)
  }

  private static func outline(_ column: [DataPoint]) -> [DataPoint] {
    guard let low = column.indices.min(by: { column[$0].y < column[$1].y }),
      let high = column.indices.max(by: { column[$0].y < column[$1].y })
    else { return [] }
    let kept = Set([column.startIndex, low, high, column.endIndex - 1])
    return kept.sorted().map { column[$0] }
  }
}
