/// How busy the links between the cores of a mesh are.
public struct LinkLoadFigure: Figure {
  /// One direction of a link.
  public struct Link: Equatable, Sendable {
    /// The cores that it joins, by number.
    public var from, to: Int
    /// Neurons whose events take it, and events in one tick.
    public var senders: Int
    /// Events in one tick.
    public var events: Double
    /// Events over what the link takes; nil where nothing bounds it.
    public var load: Double?

    /// Makes a link.
    public init(from: Int, to: Int, senders: Int, events: Double, load: Double?) {
      (self.from, self.to, self.senders) = (from, to, senders)
      (self.events, self.load) = (events, load)
    }
  }

  /// The headline, and the quiet line below it.
  public var title, subtitle: String
  /// Columns and rows of the mesh.
  public let columns, rows: Int
  /// The links with events.
  public var links: [Link]
  /// The cores in use, by number.
  public var usedCores: [Int]

  /// Makes a figure of a mesh of up to 256 x 256 cores.
  public init(
    title: String, subtitle: String = "", columns: Int, rows: Int, links: [Link], usedCores: [Int]
  ) {
    (self.title, self.subtitle) = (title, subtitle)
    (self.links, self.usedCores) = (links, usedCores)
    (self.columns, self.rows) = (min(max(columns, 0), 256), min(max(rows, 0), 256))
  }

  /// Of more links only the colour is drawn, without words where the pointer rests.
  private static let tipLimit = 6000

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    let grid = MeshGrid(columns: columns, rows: rows, top: top + 14, largestCell: 110)
    grid.drawFrame(on: &canvas)
    drawCores(grid, on: &canvas)
    let scale = HeatScale(limit: limit)
    drawLinks(grid, scale, on: &canvas)
    drawNumbers(grid, on: &canvas)
    drawScale(scale, top: grid.bottom + 14, on: &canvas)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: grid.bottom + 44)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] { [.init(name: "core in use", mark: .box(.sky))] }

  /// Loads are drawn where all links have one, else senders.
  private var hasLoads: Bool { !links.isEmpty && links.allSatisfy { $0.load?.isDrawable == true } }

  private func value(_ link: Link) -> Double {
    hasLoads ? link.load ?? 0 : Double(link.senders)
  }

  /// The busiest link gets the full colour, or the link's bound, where it is passed.
  private var limit: Double { inMesh.map(value).filter(\.isDrawable).max() ?? 1 }

  private var inMesh: [Link] {
    let cores = 0..<columns * rows
    return links.filter { cores.contains($0.from) && cores.contains($0.to) && $0.from != $0.to }
  }

  private func drawCores(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    var path = PathData()
    let side = grid.inner * 0.5
    for core in usedCores where core >= 0 && core < columns * rows {
      let (x, y) = grid.centre(core % columns, core / columns)
      path.box(x: x - side / 2, y: y - side / 2, width: side, height: side)
    }
    canvas.path(path, fill: .sky, role: "core", opacity: 0.45)
  }

  private func drawNumbers(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    guard grid.cell >= 44 else { return }
    for core in usedCores where core >= 0 && core < columns * rows {
      let (x, y) = grid.centre(core % columns, core / columns)
      canvas.text("\(core)", x: x, y: y + 4, size: 11, anchor: .middle, bold: true)
    }
  }

  /// Each direction stands a little to the right of the line between the two centres.
  private func drawLinks(_ grid: MeshGrid, _ scale: HeatScale, on canvas: inout SVGCanvas) {
    let links = inMesh
    let width = max(1, min(5, grid.cell * 0.1))
    var paths = Array(repeating: PathData(), count: HeatScale.shades)
    for link in links.sorted(by: { value($0) < value($1) }) {
      let a = grid.centre(link.from % columns, link.from / columns)
      let b = grid.centre(link.to % columns, link.to / columns)
      let length = max(((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot(), 1e-9)
      let (alongX, alongY) = ((b.x - a.x) / length, (b.y - a.y) / length)
      let (aside, short) = (width * 0.75, grid.cell * 0.14)
      let (x1, y1) = (a.x + alongX * short - alongY * aside, a.y + alongY * short + alongX * aside)
      let (x2, y2) = (b.x - alongX * short - alongY * aside, b.y - alongY * short + alongX * aside)
      let shade = scale.shade(value(link))
      if links.count <= Self.tipLimit {
        canvas.line(
          x1: x1, y1: y1, x2: x2, y2: y2, colour: HeatScale.colour(shade), width: width,
          role: "link", tip: words(link))
      } else {
        paths[shade].move(x1, y1)
        paths[shade].line(x2, y2)
      }
    }
    for (shade, path) in paths.enumerated() {
      canvas.path(path, lines: HeatScale.colour(shade), width: width, role: "link")
    }
  }

  private func words(_ link: Link) -> String {
    var words = "\(link.from) to \(link.to): \(link.senders) senders, "
    words += "\(NumberText.brief(link.events)) events a tick"
    if let load = link.load { words += ", \(NumberText.percent(load))" }
    return words
  }

  private func drawScale(_ scale: HeatScale, top: Double, on canvas: inout SVGCanvas) {
    let (left, step) = (FigureHeader.margin + 22, 10.0)
    for shade in 0..<HeatScale.shades {
      var path = PathData()
      path.box(x: left + Double(shade) * step, y: top, width: step, height: 10)
      canvas.path(path, colour: HeatScale.colour(shade), role: "scale")
    }
    let right = left + step * Double(HeatScale.shades)
    canvas.text("0", x: left, y: top + 24, size: 11, paint: .muted, anchor: .middle)
    let end = hasLoads ? NumberText.percent(scale.limit) : NumberText.brief(scale.limit)
    canvas.text(end, x: right, y: top + 24, size: 11, paint: .muted, anchor: .middle)
    canvas.text(
      hasLoads ? "events over what the link takes" : "senders whose events take the link",
      x: right + 40, y: top + 10, size: 11, paint: .muted)
  }

  private var notes: [String] {
    guard !links.isEmpty else { return ["No events leave their core."] }
    let busiest = inMesh.sorted { (value($1), $0.from, $0.to) < (value($0), $1.from, $1.to) }
    let list = busiest.prefix(3).map(words).joined(separator: "; ")
    return ["Each direction of a link stands at its right-hand side. Busiest: \(list)."]
      + FigureHeader.note(leftOut: links.count - inMesh.count, "links outside of the mesh")
  }
}
