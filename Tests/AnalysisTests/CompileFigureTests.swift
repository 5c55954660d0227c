import Analysis
import Testing

@Suite("Pictures of a compilation") struct CompileFigureTests {
  private func reader(_ figure: any Figure) throws -> MarkupReader {
    try #require(MarkupReader.read(figure.svg()))
  }

  @Test func placementFillsCoresByTheColumnsTaken() throws {
    let figure = FigureSamples.placement(name: "hidden")
    let reader = try reader(figure)
    // One box a part: two colours, three parts of the first and one of the second.
    #expect(reader.moves(role: "part") == 4)
    #expect(reader.elements.count { $0.attributes["data-role"] == "part" } == 2)
    #expect(reader.moves(role: "rows") == 3)
    #expect(reader.moves(role: "mesh") == 6)
    for words in ["hidden", "readout", "broken or prohibited", "joined cores"] {
      #expect(reader.text.contains(words), "\(words)")
    }
    #expect(reader.text.contains("core 3 (0, 1): hidden 20, readout 10; rows 25.0 %; 2 columns"))
  }

  /// Two neighbours that are joined share one outline of six sides.
  @Test func joinedCoresHaveOneOutline() throws {
    var figure = FigureSamples.placement(name: "x")
    #expect(try reader(figure).moves(role: "joined") == 6)
    for i in figure.cores.indices { figure.cores[i].joined = [] }
    let plain = try reader(figure)
    #expect(plain.moves(role: "joined") == 0 && !plain.text.contains("joined cores"))
  }

  @Test func brokenPartsAreHatched() throws {
    var figure = FigureSamples.placement(name: "x")
    #expect(try reader(figure).moves(role: "broken") > 8)
    for i in figure.cores.indices { figure.cores[i].brokenColumns = 0 }
    let whole = try reader(figure)
    #expect(whole.moves(role: "broken") == 0 && !whole.text.contains("broken"))
  }

  @Test func linksAreColouredByLoad() throws {
    let reader = try reader(FigureSamples.links(name: "x"))
    let lines = reader.elements.filter { $0.attributes["data-role"] == "link" }
    #expect(lines.count == 3)
    let colours = lines.compactMap { $0.attributes["stroke"] }
    // The busiest is drawn last, in the darkest colour; two directions lie side by side.
    #expect(colours.last == "#7a1212" && colours[0] == "#f2d06b")
    #expect(lines[0].attributes["y1"] != lines[1].attributes["y1"])
    #expect(reader.text.contains("0 to 3: 3 senders, 40.0 events a tick, 125.0 %"))
  }

  @Test func clippedWeightsAreCrossedAndErrorsCounted() throws {
    let reader = try reader(FigureSamples.quantisation(name: "fc1"))
    #expect(reader.moves(role: "clipped") == 2)
    #expect(reader.count(role: "bin") == 3)
    // Five synapses in each of two maps; the sixth cell has none.
    #expect(reader.moves(role: "weights") == 10)
    #expect(reader.text.contains("5 synapses, 1 clipped (20.0 %), SNR 12.3 dB, step 0.250"))
  }

  @Test func largeMeshesAreSmallFiles() throws {
    let layers = (0..<1000).map { "population\($0)" }
    let cores = (0..<1000).map { index -> PlacementFigure.Core in
      let parts = (0..<3).map { part -> PlacementFigure.Part in
        .init(layer: (index + 7 * part) % 1000, columns: 80)
      }
      return .init(
        index: index, x: index % 40, y: index / 40, parts: parts, brokenColumns: index % 9,
        rowShare: 0.7, joined: [index, index ^ 1])
    }
    let placement = PlacementFigure(
      title: "mesh", columns: 40, rows: 25, columnsPerCore: 256, layers: layers, cores: cores)
    #expect(placement.svg().utf8.count < 1_000_000)
    var links: [LinkLoadFigure.Link] = []
    for from in 0..<1000 {
      for to in [from + 1, from - 1, from + 40, from - 40] where (0..<1000).contains(to) {
        links.append(
          .init(from: from, to: to, senders: from, events: Double(from) / 7, load: 0.3))
      }
    }
    let loads = LinkLoadFigure(
      title: "mesh", columns: 40, rows: 25, links: links, usedCores: Array(0..<1000))
    #expect(loads.svg().utf8.count < 1_500_000)
    #expect(try reader(loads).count(role: "link") > 3800)
  }

  @Test func coloursOfLayersDiffer() {
    let colours = (0..<48).map(LayerColours.colour)
    #expect(Set(colours).count == 48)
    #expect(colours.allSatisfy { $0.count == 7 && $0.hasPrefix("#") })
    #expect(LayerColours.colour(48) == LayerColours.colour(0))
  }
}
