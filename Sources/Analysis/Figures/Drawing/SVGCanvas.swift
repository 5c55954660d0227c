/// Collects SVG elements and closes them into a standalone document.
///
/// Colours stand as attributes, so that the file is complete alone, and as class names, so that
/// the report's CSS can turn them dark. There are no element ids: many figures share one page.
struct SVGCanvas {
  enum Anchor: String { case start, middle, end }

  let width: Double
  private var elements: [String] = []

  init(width: Double) { self.width = width }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, paint: Paint = .text,
    anchor: Anchor = .start, bold: Bool = false, turned: Bool = false, halo: Bool = false
  ) {
    let weight = bold ? " font-weight=\"600\"" : ""
    let turn = turned ? " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" : ""
    let place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    elements.append(
      "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(number(size))\"\(place)\(weight)"
        + "\(halo ? fillOnData(paint) : fill(paint))\(turn)>\(MarkupText.escaped(text))</text>")
  }

  mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, _ stroke: Stroke) {
    elements.append(
      "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
        + "\(attributes(stroke))/>")
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill paint: Paint?,
    stroke: Stroke? = nil, role: String? = nil
  ) {
    elements.append(
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(0, width)))\" "
        + "height=\"\(number(max(0, height)))\"\(attributes(paint, stroke))\(data(role))/>")
  }

  mutating func circle(x: Double, y: Double, radius: Double, fill paint: Paint, role: String? = nil)
  {
    elements.append(
      "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\"\(fill(paint))"
        + "\(data(role))/>")
  }

  mutating func path(
    _ path: PathData, fill paint: Paint? = nil, stroke: Stroke? = nil, role: String? = nil,
    opacity: Double = 1
  ) {
    guard !path.isEmpty else { return }
    let veil = opacity < 1 ? " opacity=\"\(number(opacity))\"" : ""
    elements.append(
      "<path d=\"\(path.text)\"\(attributes(paint, stroke))\(veil)\(data(role))/>")
  }

  /// A path filled with a colour that is data and therefore the same by night.
  mutating func path(_ path: PathData, colour: String, role: String) {
    guard !path.isEmpty else { return }
    elements.append("<path d=\"\(path.text)\" fill=\"\(colour)\"\(data(role))/>")
  }

  /// A line in a colour that is data, with words that show where the pointer rests.
  mutating func line(
    x1: Double, y1: Double, x2: Double, y2: Double, colour: String, width: Double, role: String,
    tip: String
  ) {
    elements.append(
      "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
        + "stroke=\"\(colour)\" stroke-width=\"\(number(width))\"\(data(role))>"
        + "<title>\(MarkupText.escaped(tip))</title></line>")
  }

  /// A place that shows words where the pointer rests.
  mutating func tip(_ words: String, x: Double, y: Double, width: Double, height: Double) {
    elements.append(
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
        + "height=\"\(number(height))\" fill=\"none\" pointer-events=\"all\" data-role=\"tip\">"
        + "<title>\(MarkupText.escaped(words))</title></rect>")
  }

  /// Lines in a colour that is data.
  mutating func path(_ path: PathData, lines colour: String, width: Double, role: String) {
    guard !path.isEmpty else { return }
    elements.append(
      "<path d=\"\(path.text)\" fill=\"none\" stroke=\"\(colour)\" "
        + "stroke-width=\"\(number(width))\"\(data(role))/>")
  }

  /// Black crosses on coloured cells, the same by night.
  mutating func cross(_ path: PathData, width: Double) {
    guard !path.isEmpty else { return }
    elements.append(
      "<path d=\"\(path.text)\" fill=\"none\" stroke=\"#000000\" "
        + "stroke-width=\"\(number(width))\" data-role=\"clipped\"/>")
  }

  func document(title: String, height: Double) -> String {
    let name = MarkupText.escaped(title)
    let size = "viewBox=\"0 0 \(number(width)) \(number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) width="\(number(width))" \
      height="\(number(height))" role="img" aria-label="\(name)" \
      font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif">
      <title>\(name)</title>
      <rect width="100%" height="100%"\(fill(.paper))/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  private func number(_ value: Double) -> String { MarkupText.coordinate(value) }

  private func data(_ role: String?) -> String { role.map { " data-role=\"\($0)\"" } ?? "" }

  private func fill(_ paint: Paint) -> String {
    " class=\"fill-\(paint.name)\" fill=\"\(paint.light)\""
  }

  /// Letters with the colour of the paper around them, for those that stand on colours of data.
  private func fillOnData(_ paint: Paint) -> String {
    " class=\"fill-\(paint.name) stroke-\(Paint.paper.name)\" fill=\"\(paint.light)\" "
      + "stroke=\"\(Paint.paper.light)\" stroke-width=\"3\" stroke-linejoin=\"round\" "
      + "paint-order=\"stroke\""
  }

  private func attributes(_ stroke: Stroke) -> String {
    let dash = stroke.dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    return " class=\"stroke-\(stroke.paint.name)\" stroke=\"\(stroke.paint.light)\" "
      + "stroke-width=\"\(number(stroke.width))\"\(dash)"
  }

  private func attributes(_ paint: Paint?, _ stroke: Stroke?) -> String {
    var classes: [String] = []
    var text = ""
    if let paint {
      classes.append("fill-\(paint.name)")
      text += " fill=\"\(paint.light)\""
    } else {
      text += " fill=\"none\""
    }
    if let stroke {
      classes.append("stroke-\(stroke.paint.name)")
      text += " stroke=\"\(stroke.paint.light)\" stroke-width=\"\(number(stroke.width))\""
      text += stroke.dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    }
    return classes.isEmpty ? text : " class=\"\(classes.joined(separator: " "))\"" + text
  }
}

/// The data of an SVG path, in pixels.
struct PathData {
  private(set) var text = ""

  var isEmpty: Bool { text.isEmpty }

  mutating func move(_ x: Double, _ y: Double) { append("M", x, y) }

  mutating func line(_ x: Double, _ y: Double) { append("L", x, y) }

  /// A vertical tick, the mark of a spike.
  mutating func tick(x: Double, y: Double, height: Double) {
    append("M", x, y)
    text += "v" + MarkupText.coordinate(height)
  }

  mutating func box(x: Double, y: Double, width: Double, height: Double) {
    append("M", x, y)
    let (across, down) = (MarkupText.coordinate(width), MarkupText.coordinate(height))
    text += "h\(across)v\(down)h\(MarkupText.coordinate(-width))z"
  }

  /// A cross within a square, so far from its edges.
  mutating func cross(left: Double, top: Double, size: Double, inset: Double) {
    move(left + inset, top + inset)
    line(left + size - inset, top + size - inset)
    move(left + inset, top + size - inset)
    line(left + size - inset, top + inset)
  }

  /// Slanted lines that fill a box.
  mutating func hatch(x: Double, y: Double, width: Double, height: Double, distance: Double) {
    guard width > 0, height > 0, distance > 0 else { return }
    for offset in stride(from: distance / 2, to: width + height, by: distance) {
      let (left, right) = (max(0, offset - height), min(offset, width))
      move(x + left, y + offset - left)
      line(x + right, y + offset - right)
    }
  }

  private mutating func append(_ command: String, _ x: Double, _ y: Double) {
    text += command + MarkupText.coordinate(x) + " " + MarkupText.coordinate(y)
  }
}
