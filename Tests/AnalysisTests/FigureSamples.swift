import Analysis

/// One figure of each kind with data, for the tests that hold for all of them.
enum FigureSamples {
  static let hostile = "<b>\"&'\u{1}\u{0}]]>"

  static func all(seed: UInt64 = 1, name: String = "sample") -> [any Figure] {
    [
      raster(seed: seed, name: name), membrane(seed: seed, name: name), accuracy(name: name),
      gap(name: name), mismatch(seed: seed, name: name), weights(seed: seed, name: name),
      UtilisationFigure(title: name, resources: [.init(name, used: 3, available: 8)]),
      CurveFigure(
        title: name, subtitle: name,
        curves: [
          .init(name: name, line: [.init(x: 0, y: 1), .init(x: 2, y: 3)]),
          .init(name: "dots", dots: [.init(x: 1, y: 2)]),
        ], horizontalLabel: name, verticalLabel: name),
      EnergyFigure(
        title: name,
        causes: [
          .init(name, joules: 2e-6), .init("network", joules: 3e-9), .init("off", joules: 0),
        ],
        watts: 0.17),
      TimelineFigure(
        title: name, subtitle: name,
        lanes: [
          .init(
            name, spans: [.init(name, start: 0, end: 10), .init("set-up", start: 10, end: 11)]),
          .init("ADC", marks: [1.8, 3.6, 5.4]),
        ]),
      placement(name: name), links(name: name), quantisation(name: name),
    ]
  }

  /// A mesh of 3 x 2: two layers, two joined cores, a broken one, one broken in part.
  static func placement(name: String) -> PlacementFigure {
    PlacementFigure(
      title: name, subtitle: name, columns: 3, rows: 2, columnsPerCore: 256,
      layers: [name, "readout"],
      cores: [
        .init(
          index: 0, x: 0, y: 0, parts: [.init(layer: 0, columns: 100)], rowShare: 1, joined: [0, 1]),
        .init(
          index: 1, x: 1, y: 0, parts: [.init(layer: 0, columns: 100)], rowShare: 0.5,
          joined: [0, 1]),
        .init(
          index: 3, x: 0, y: 1,
          parts: [.init(layer: 0, columns: 20), .init(layer: 1, columns: 10)], brokenColumns: 2,
          rowShare: 0.25),
        .init(index: 5, x: 2, y: 1, brokenColumns: 256),
      ])
  }

  static func links(name: String) -> LinkLoadFigure {
    LinkLoadFigure(
      title: name, subtitle: name, columns: 3, rows: 2,
      links: [
        .init(from: 0, to: 1, senders: 100, events: 1, load: 0.03),
        .init(from: 1, to: 0, senders: 20, events: 0.2, load: 0.006),
        .init(from: 0, to: 3, senders: 3, events: 40, load: 1.25),
      ], usedCores: [0, 1, 3])
  }

  static func quantisation(name: String) -> QuantisationFigure {
    QuantisationFigure(
      title: name, subtitle: name,
      projections: [
        .init(
          name: name, rows: 2, columns: 3, before: [1, -0.52, .nan, 0.1, 0.2, 4],
          after: [1, -0.5, .nan, 0, 0.25, 3], clipped: [false, false, false, false, false, true],
          errors: Histogram(edges: [-0.5, 0, 0.5, 1], counts: [1, 3, 1]), synapses: 5,
          clippedCount: 1, signalToNoise: 12.3, weightPerStep: 0.25)
      ])
  }

  static let empty: [any Figure] = [
    SpikeRasterFigure(populations: []),
    SpikeRasterFigure(populations: [.init(name: "silent", unitCount: 0, spikes: [])]),
    MembraneTraceFigure(traces: []), AccuracyFigure(series: []),
    AccuracyFigure(software: [], deployed: .nan, inTheLoop: []), AccuracyGapFigure(stages: []),
    MismatchFigure(parameters: []),
    MismatchFigure(parameters: [.init(name: "", axisLabel: "", values: [], target: .nan)]),
    WeightMatrixFigure(rows: 0, columns: 0, trained: [], quantised: [], largest: 0),
    UtilisationFigure(resources: []), EnergyFigure(causes: []),
    CurveFigure(title: "", curves: [], horizontalLabel: "", verticalLabel: ""),
    EnergyFigure(causes: [.init("none", joules: 0)]), TimelineFigure(lanes: []),
    TimelineFigure(lanes: [.init("idle")]),
    PlacementFigure(
      title: "", columns: 0, rows: 0, columnsPerCore: 0, layers: [], cores: []),
    LinkLoadFigure(title: "", columns: 2, rows: 2, links: [], usedCores: []),
    QuantisationFigure(title: "", projections: []),
  ]

  static let broken: [any Figure] = [
    SpikeRasterFigure(
      populations: [
        .init(
          name: "x", unitCount: .max,
          spikes: [
            .init(time: .nan, unit: 0), .init(time: 1e308, unit: .max), .init(time: 3, unit: .min),
          ])
      ]),
    SpikeRasterFigure(
      populations: [.init(name: "x", unitCount: 1, spikes: [.init(time: 5, unit: 0)])],
      window: -(.infinity)...(.infinity)),
    MembraneTraceFigure(
      traces: [
        .init(
          name: "x", membrane: [.init(x: .nan, y: 1), .init(x: 0, y: .infinity)],
          samples: [.init(x: 1, y: .nan)], spikeTimes: [.nan, .infinity])
      ], levels: [.init("t", .nan), .init("u", 1e300)]),
    AccuracyFigure(
      series: [.init(name: "x", firstEpoch: .max, accuracies: [.nan, 1, -.infinity])],
      loopBegins: .max, chance: .infinity),
    AccuracyGapFigure(
      stages: [
        .init("a", accuracy: .nan, kind: .total), .init("b", accuracy: -4, kind: .change),
      ], chance: .nan),
    MismatchFigure(
      parameters: [.init(name: "x", axisLabel: "y", values: [.nan, 1, 1], target: 1e300)]),
    WeightMatrixFigure(
      rows: .max, columns: .max, trained: [1, .nan], quantised: [.infinity], largest: .nan),
    CurveFigure(
      title: "x",
      curves: [.init(name: "x", line: [.init(x: .nan, y: 1)], dots: [.init(x: 1e308, y: 0)])],
      horizontalLabel: "x", verticalLabel: "y"),
    EnergyFigure(
      causes: [
        .init("a", joules: .nan), .init("b", joules: -1), .init("c", joules: 1e-300),
        .init("d", joules: 1e299), .init("e", joules: .infinity),
      ], watts: .nan),
    TimelineFigure(
      lanes: [
        .init(
          "a",
          spans: [.init("x", start: .nan, end: 1), .init("y", start: 3, end: -.infinity)],
          marks: [.nan, 2, 1e308])
      ]),
    UtilisationFigure(
      resources: [
        .init("a", used: .max, available: 0), .init("b", used: -5, available: -1),
        .init("c", used: .min, available: .max),
      ]),
    PlacementFigure(
      title: "x", columns: .max, rows: 1, columnsPerCore: -1, layers: [],
      cores: [
        .init(
          index: -1, x: 0, y: 0, parts: [.init(layer: 99, columns: .max)], brokenColumns: .max,
          rowShare: .nan, joined: [.min, .max]),
        .init(index: 7, x: .max, y: .min, parts: [.init(layer: -1, columns: -5)]),
      ]),
    LinkLoadFigure(
      title: "x", columns: 1, rows: 2,
      links: [
        .init(from: .min, to: .max, senders: -1, events: .nan, load: .infinity),
        .init(from: 0, to: 1, senders: .max, events: 1e308, load: .nan),
        .init(from: 1, to: 1, senders: 1, events: 1, load: 1),
      ], usedCores: [.min, .max, 1]),
    QuantisationFigure(
      title: "x",
      projections: [
        .init(
          name: "", rows: .max, columns: 1, before: [.nan], after: [.infinity, 1e308], clipped: [],
          errors: Histogram(edges: [1, 0], counts: [3]), synapses: -1, clippedCount: .max,
          signalToNoise: .nan, weightPerStep: .infinity)
      ]),
  ]

  static func raster(seed: UInt64, name: String) -> SpikeRasterFigure {
    var random = TestRandom(state: seed)
    return SpikeRasterFigure(
      title: name,
      populations: [
        .init(name: name, unitCount: 5, spikes: random.spikes(7, units: 5)),
        .init(name: "hidden", unitCount: 120, spikes: random.spikes(300, units: 120)),
      ])
  }

  static func membrane(seed: UInt64, name: String) -> MembraneTraceFigure {
    var random = TestRandom(state: seed)
    let points = random.times(50).enumerated().map { DataPoint(x: Double($0), y: $1) }
    return MembraneTraceFigure(
      title: name,
      traces: [
        .init(name: name, membrane: points, samples: Array(points[..<9]), spikeTimes: [3, 8, 20])
      ], levels: [.init("threshold", 90), .init("reset", 10), .init("leak", 12)],
      valueLabel: name)
  }

  static func accuracy(name: String) -> AccuracyFigure {
    AccuracyFigure(
      title: name, software: [0.6, 0.9, 0.95, 0.97], deployed: 0.7, inTheLoop: [0.93, 0.95],
      chance: 1.0 / 3)
  }

  static func gap(name: String) -> AccuracyGapFigure {
    AccuracyGapFigure(
      title: name, software: 0.97,
      effects: [(name, 0.965), ("mismatch", 0.7), ("noise", 0.71)], deployed: 0.71,
      afterLoop: 0.955, chance: 1.0 / 3)
  }

  static func mismatch(seed: UInt64, name: String) -> MismatchFigure {
    var random = TestRandom(state: seed)
    return MismatchFigure(
      title: name, subtitle: name,
      parameters: (0..<4).map { _ in
        .init(name: name, axisLabel: name, values: random.times(200), target: 50)
      })
  }

  static func weights(seed: UInt64, name: String) -> WeightMatrixFigure {
    var random = TestRandom(state: seed)
    let trained = random.times(12 * 7).map { $0 / 50 - 1 }
    return WeightMatrixFigure(
      title: name, rows: 12, columns: 7, trained: trained,
      quantised: trained.map { max(-0.75, min(0.75, ($0 * 20).rounded() / 20)) }, largest: 0.75)
  }
}
