import Analysis
import Testing

@Suite struct FigureTests {
  @Test func everyFigureIsWellFormedAndStandsAlone() throws {
    for figure in FigureSamples.all() + FigureSamples.empty + FigureSamples.broken {
      let svg = figure.svg()
      let reader = try #require(MarkupReader.read(svg), "\(figure)")
      let root = try #require(reader.elements.first)
      #expect(root.name == "svg")
      #expect(root.attributes["viewBox"] != nil)
      for element in reader.elements {
        #expect(!["script", "style", "image", "use", "foreignObject"].contains(element.name))
        #expect(element.attributes["id"] == nil && element.attributes["href"] == nil)
      }
      #expect(!svg.contains("nan") && !svg.contains("inf\""), "\(figure)")
    }
  }

  @Test func allMarksStandInsideTheViewBox() throws {
    for figure in FigureSamples.all() + FigureSamples.empty {
      let reader = try #require(MarkupReader.read(figure.svg()))
      let box = try #require(reader.elements.first?.attributes["viewBox"])
      let size = box.split(separator: " ").compactMap { Double($0) }
      for element in reader.elements {
        for (key, limit) in [
          ("x", size[2]), ("cx", size[2]), ("x1", size[2]), ("x2", size[2]), ("y", size[3]),
          ("cy", size[3]), ("y1", size[3]), ("y2", size[3]),
        ] {
          guard let value = element.attributes[key].flatMap(Double.init) else { continue }
          #expect((0...limit).contains(value), "\(type(of: figure)) \(element)")
        }
      }
    }
  }

  @Test func namesAreEscaped() throws {
    for figure in FigureSamples.all(name: FigureSamples.hostile) {
      let svg = figure.svg()
      #expect(MarkupReader.read(svg) != nil, "\(type(of: figure))")
      #expect(!svg.contains("<b>") && !svg.contains("\u{1}"))
    }
  }

  @Test func equalDataMakesEqualBytes() {
    for (one, other) in zip(FigureSamples.all(seed: 3), FigureSamples.all(seed: 3)) {
      #expect(one.svg() == other.svg())
    }
    let seeds = [3, 4].map { FigureSamples.raster(seed: $0, name: "x").svg() }
    #expect(seeds[0] != seeds[1])
  }

  @Test func everySpikeHasItsMark() throws {
    let figure = FigureSamples.raster(seed: 1, name: "x")
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.moves(role: "spikes") == 307)
    #expect(reader.count(role: "rate") == 2)
  }

  @Test func spikesThatAreNotDrawnAreCounted() throws {
    var figure = FigureSamples.raster(seed: 1, name: "x")
    let outside = figure.populations.reduce(0) { $0 + $1.spikes.count { $0.time > 50 } }
    figure.window = 0...50
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.moves(role: "spikes") == 307 - outside)
    #expect(
      reader.text.contains("Not drawn, spikes outside the window or the population: \(outside)."))
  }

  @Test func manySpikesShareMarksAndSaySo() throws {
    let spikes = (0..<50_000).map { TimedSpike(time: Double($0 % 100), unit: $0 / 100 % 4) }
    let figure = SpikeRasterFigure(populations: [.init(name: "x", unitCount: 4, spikes: spikes)])
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.moves(role: "spikes") == 400)
    #expect(reader.text.contains("50,000 spikes drawn as 400 marks"))
  }

  @Test func membraneHasADotForEachSampleAndATickForEachSpike() throws {
    let reader = try #require(
      MarkupReader.read(FigureSamples.membrane(seed: 1, name: "x").svg()))
    #expect(reader.count(role: "sample") == 9)
    #expect(reader.moves(role: "spikes") == 3)
    #expect(reader.moves(role: "membrane") == 1)
    for level in ["threshold", "reset", "leak"] { #expect(reader.text.contains(level)) }
  }

  /// A hundred thousand ticks are thinned, yet the one high tick stays where it was.
  @Test func aLongMembraneKeepsItsOutline() throws {
    let ends = [0.0, 54_321, 99_999].map { DataPoint(x: $0, y: $0 == 54_321 ? 9 : 1) }
    let full = (0..<100_000).map { DataPoint(x: Double($0), y: $0 == 54_321 ? 9 : 1) }
    let heights = try [ends, full].map { points in
      let figure = MembraneTraceFigure(traces: [.init(name: "x", membrane: points)])
      #expect(figure.svg().utf8.count < 120_000)
      let reader = try #require(MarkupReader.read(figure.svg()))
      let path = try #require(
        reader.elements.first { $0.attributes["data-role"] == "membrane" }?.attributes["d"])
      return path.split(whereSeparator: "ML".contains).compactMap {
        $0.split(separator: " ").last.flatMap { Double($0) }
      }
    }
    #expect(heights[0].min() == heights[1].min() && heights[0].max() == heights[1].max())
    #expect(heights[0].min() != heights[0].max())
  }

  @Test func accuracyShowsEveryEpochAndChance() throws {
    let reader = try #require(MarkupReader.read(FigureSamples.accuracy(name: "x").svg()))
    // 4 software epochs, the deployed point, and the loop's curve from there through 2 epochs.
    #expect(reader.count(role: "epoch") == 4 + 1 + 3)
    #expect(reader.count(role: "series") == 2)
    #expect(reader.text.contains("chance 33.3 %"))
    #expect(reader.text.contains("97.0") && reader.text.contains("70.0"))
  }

  @Test func waterfallBarsHaveTheHeightOfTheirChange() throws {
    let reader = try #require(MarkupReader.read(FigureSamples.gap(name: "x").svg()))
    let heights = reader.values("height", role: "stage")
    #expect(heights.count == 6)
    let pixelsPerPoint = heights[0] / 97
    #expect(abs(heights[2] - 26.5 * pixelsPerPoint) < 0.02)
    #expect(abs(heights[3] - 1 * pixelsPerPoint) < 0.02)
    #expect(abs(heights[5] - 95.5 * pixelsPerPoint) < 0.02)
    #expect(reader.text.contains("\u{2212}26.5") && reader.text.contains("+1.0"))
  }

  @Test func mismatchBarsAreProportionalToTheCounts() throws {
    let values = [1.0, 1, 1, 2, 2, 3]
    let reader = try #require(
      MarkupReader.read(
        MismatchFigure(parameters: [.init(name: "a", axisLabel: "b", values: values)]).svg()))
    let heights = reader.values("height", role: "bin").filter { $0 > 0 }
    #expect(heights.count == 3)
    #expect(abs(heights[0] / heights[2] - 3) < 0.01 && abs(heights[1] / heights[2] - 2) < 0.01)
    #expect(reader.text.contains("mean 1.67, σ 0.816, n 6"))
  }

  @Test func weightsHaveOneCellEachAndClippedOnesAreMarked() throws {
    let figure = FigureSamples.weights(seed: 1, name: "x")
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.moves(role: "weights") == 2 * 12 * 7)
    let clipped = figure.trained.count { abs($0) > 0.75 }
    #expect(clipped > 0)
    #expect(reader.moves(role: "clipped") == 2 * clipped)
    #expect(reader.text.contains("\(clipped) weights clipped"))
  }

  @Test func aLargeMatrixIsSampledAndSaysSo() throws {
    let weights = Array(repeating: 0.5, count: 246 * 256)
    let figure = WeightMatrixFigure(
      rows: 246, columns: 256, trained: weights, quantised: weights, largest: 1)
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.moves(role: "weights") == 2 * 82 * 86)
    #expect(reader.text.contains("Shown: one row in 3, one column in 3."))
  }

  @Test func colourScaleIsSymmetricAndEndsAtItsLimit() {
    let scale = DivergingScale(limit: 2)
    #expect(scale.shade(0) == 0 && DivergingScale.colour(0) == "#ffffff")
    #expect(scale.shade(2) == 31 && scale.shade(-2) == -31 && scale.shade(-9) == -31)
    let colours = (-31...31).map(DivergingScale.colour)
    #expect(Set(colours).count == 63)
  }

  @Test func utilisationBarsAreFractionsOfTheTrack() throws {
    let figure = UtilisationFigure(resources: [
      .init("rows", used: 256, available: 512), .init("over", used: 3, available: 2),
    ])
    let reader = try #require(MarkupReader.read(figure.svg()))
    #expect(reader.values("width", role: "used") == [165, 330])
    #expect(reader.text.contains("256 of 512 (50.0 %)"))
    #expect(reader.text.contains("more than there is"))
  }
}
