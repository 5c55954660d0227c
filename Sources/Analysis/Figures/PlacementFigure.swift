/// Which layers lie on which cores of a mesh.
public struct PlacementFigure: Figure {
  /// Neurons of one layer on a core.
  public struct Part: Equatable, Sendable {
    /// The layer, by its position in the figure's list.
    public var layer: Int
    /// How many columns it takes.
    public var columns: Int

    /// Makes a part.
    public init(layer: Int, columns: Int) { (self.layer, self.columns) = (layer, columns) }
  }

  /// One core with something on it, or broken.
  public struct Core: Equatable, Sendable {
    /// Its number, and its column and row in the mesh.
    public var index, x, y: Int
    /// What lies on it, by column.
    public var parts: [Part]
    /// Columns that cannot be used; all of them: the core is broken.
    public var brokenColumns: Int
    /// Synapse rows in use over rows there are, 0 to 1.
    public var rowShare: Double
    /// The cores that it is joined with, by number, itself among them; empty: none.
    public var joined: [Int]

    /// Makes a core.
    public init(
      index: Int, x: Int, y: Int, parts: [Part] = [], brokenColumns: Int = 0, rowShare: Double = 0,
      joined: [Int] = []
    ) {
      (self.index, self.x, self.y, self.parts) = (index, x, y, parts)
      (self.brokenColumns, self.rowShare, self.joined) = (brokenColumns, rowShare, joined)
    }
  }

  /// The headline, and the quiet line below it.
  public var title, subtitle: String
  /// Columns and rows of the mesh.
  public let columns, rows: Int
  /// Columns of one core.
  public var columnsPerCore: Int
  /// The names of the layers.
  public var layers: [String]
  /// The cores that are in use or broken.
  public var cores: [Core]

  /// Makes a figure of a mesh of up to 256 x 256 cores.
  public init(
    title: String, subtitle: String = "", columns: Int, rows: Int, columnsPerCore: Int,
    layers: [String], cores: [Core]
  ) {
    (self.title, self.subtitle, self.layers, self.cores) = (title, subtitle, layers, cores)
    (self.columns, self.rows) = (min(max(columns, 0), 256), min(max(rows, 0), 256))
    self.columnsPerCore = max(1, columnsPerCore)
  }

  private static let legendLimit = 18

  /// Draws the figure as a standalone SVG document.
  public func svg() -> String {
    var canvas = SVGCanvas(width: 720)
    let top = FigureHeader(title: title, subtitle: subtitle, legend: legend).draw(on: &canvas)
    let grid = MeshGrid(columns: columns, rows: rows, top: top + 14, largestCell: 150)
    grid.drawFrame(on: &canvas)
    drawParts(grid, on: &canvas)
    drawBroken(grid, on: &canvas)
    drawJoined(grid, on: &canvas)
    drawWords(grid, on: &canvas)
    let height = FigureHeader.drawNotes(notes, on: &canvas, below: grid.bottom + 8)
    return canvas.document(title: title, height: height)
  }

  private var legend: [FigureHeader.Entry] {
    var legend = layers.prefix(Self.legendLimit).enumerated().map {
      FigureHeader.Entry(name: $1, mark: .swatch(LayerColours.colour($0)))
    }
    legend.append(.init(name: "synapse rows in use", mark: .box(.grey)))
    if inMesh.contains(where: { $0.brokenColumns > 0 }) {
      legend.append(.init(name: "broken or prohibited", mark: .hatch(.vermilion)))
    }
    if inMesh.contains(where: { $0.joined.count > 1 }) {
      legend.append(.init(name: "joined cores", mark: .outline(.text)))
    }
    return legend
  }

  private var notes: [String] {
    var notes = [
      "Each square is a core: filled from below by the columns that a layer takes, of"
        + " \(NumberText.count(columnsPerCore)); at its right side the synapse rows in use."
    ]
    if layers.count > Self.legendLimit {
      notes.append(
        "\(NumberText.count(layers.count - Self.legendLimit)) more layers are not in the legend;"
          + " rest the pointer on a core for their names.")
    }
    return notes
      + FigureHeader.note(leftOut: cores.count - inMesh.count, "cores outside of the mesh")
  }

  private var inMesh: [Core] {
    cores.filter { (0..<columns).contains($0.x) && (0..<rows).contains($0.y) }
  }

  /// One path a colour, so that large meshes stay small files.
  private func drawParts(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    var paths: [String: PathData] = [:]
    var order: [String] = []
    var rowPath = PathData()
    let bar = max(1, grid.cell * 0.08)
    for core in inMesh {
      let (left, top) = grid.corner(core.x, core.y)
      var used = 0
      for part in core.parts where part.columns > 0 && part.layer >= 0 {
        let begin = min(used, columnsPerCore)
        let (low, high) = (share(begin), share(min(begin + part.columns, columnsPerCore)))
        used = begin + min(part.columns, columnsPerCore)
        let colour = LayerColours.colour(part.layer)
        if paths[colour] == nil { order.append(colour) }
        paths[colour, default: PathData()].box(
          x: left, y: top + grid.inner * (1 - high), width: grid.inner - bar,
          height: grid.inner * (high - low))
      }
      let height = grid.inner * min(max(core.rowShare.isFinite ? core.rowShare : 0, 0), 1)
      if height > 0 {
        rowPath.box(
          x: left + grid.inner - bar, y: top + grid.inner - height, width: bar, height: height)
      }
    }
    for colour in order {
      canvas.path(paths[colour] ?? PathData(), colour: colour, role: "part")
    }
    canvas.path(rowPath, fill: .grey, role: "rows")
  }

  private func share(_ columns: Int) -> Double { Double(columns) / Double(columnsPerCore) }

  private func drawBroken(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    var path = PathData()
    let distance = max(2.5, grid.cell / 9)
    for core in inMesh where core.brokenColumns > 0 {
      let (left, top) = grid.corner(core.x, core.y)
      let height = max(grid.inner * share(min(core.brokenColumns, columnsPerCore)), 3)
      path.hatch(
        x: left, y: top, width: grid.inner, height: min(height, grid.inner), distance: distance)
    }
    canvas.path(path, stroke: Stroke(.vermilion, width: max(0.6, grid.cell / 60)), role: "broken")
  }

  /// The borders of groups of joined cores: the sides beyond which lies a core of another group.
  private func drawJoined(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    var path = PathData()
    for core in inMesh where core.joined.count > 1 {
      let group = Set(core.joined)
      let (left, top) = grid.corner(core.x, core.y)
      let (right, bottom) = (left + grid.inner, top + grid.inner)
      func isInside(_ x: Int, _ y: Int) -> Bool {
        (0..<columns).contains(x) && (0..<rows).contains(y) && group.contains(y * columns + x)
      }
      func side(_ isOpen: Bool, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        guard !isOpen else { return }
        path.move(x1, y1)
        path.line(x2, y2)
      }
      side(isInside(core.x, core.y - 1), left, top, right, top)
      side(isInside(core.x, core.y + 1), left, bottom, right, bottom)
      side(isInside(core.x - 1, core.y), left, top, left, bottom)
      side(isInside(core.x + 1, core.y), right, top, right, bottom)
    }
    canvas.path(path, stroke: Stroke(.text, width: max(1.2, grid.cell / 40)), role: "joined")
  }

  private func drawWords(_ grid: MeshGrid, on canvas: inout SVGCanvas) {
    for core in inMesh {
      let (left, top) = grid.corner(core.x, core.y)
      if grid.cell >= 44 {
        canvas.text(
          "\(core.index)", x: left + 4, y: top + 13, size: 11, bold: true, halo: true)
      }
      if grid.cell >= 70 {
        for (line, part) in core.parts.prefix(Int((grid.cell - 24) / 13)).enumerated() {
          let words = "\(name(part.layer)) \(part.columns)"
          canvas.text(
            TextMetrics.shortened(words, width: grid.inner - 14, size: 11), x: left + 4,
            y: top + 27 + 13 * Double(line), size: 11, halo: true)
        }
      }
      canvas.tip(words(core), x: left, y: top, width: grid.inner, height: grid.inner)
    }
  }

  private func name(_ layer: Int) -> String {
    layers.indices.contains(layer) ? layers[layer] : "layer \(layer)"
  }

  private func words(_ core: Core) -> String {
    let parts = core.parts.map { "\(name($0.layer)) \($0.columns)" }.joined(separator: ", ")
    var words = "core \(core.index) (\(core.x), \(core.y)): " + (parts.isEmpty ? "unused" : parts)
    words += "; rows \(NumberText.percent(core.rowShare))"
    if core.brokenColumns > 0 { words += "; \(core.brokenColumns) columns prohibited" }
    if core.joined.count > 1 {
      words += "; joined with " + core.joined.map(String.init).joined(separator: " ")
    }
    return words
  }
}
