import Analysis
import Compiler
import HardwareSpec

/// The pictures of `synapus compile`.
struct CompileFigures {
  let compilation: Compilation
  let spec: ChipSpec
  let defects: DefectList

  private var report: CompileReport { compilation.report }

  private func title(_ what: String) -> String { "\(what): \(report.network) on \(report.chip)" }

  var placement: PlacementFigure {
    let layers = report.layers.map(\.name)
    let numbers = Dictionary(
      layers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let used = report.cores.map { core in
      PlacementFigure.Core(
        index: core.index, x: core.x, y: core.y,
        parts: core.populations.map {
          .init(layer: numbers[$0.population] ?? 0, columns: $0.neurons)
        }, brokenColumns: core.columns.prohibited,
        rowShare: core.rows.share.isFinite ? core.rows.share : 0, joined: core.joined)
    }
    return PlacementFigure(
      title: title("Placement"),
      subtitle: "\(report.coresUsed) of \(spec.geometry.coreCount) cores, seed \(report.seed)",
      columns: spec.geometry.meshColumns, rows: spec.geometry.meshRows,
      columnsPerCore: spec.geometry.circuitsPerCore, layers: layers,
      cores: used + unused(Set(report.cores.map(\.index))))
  }

  /// Broken cores that hold nothing, so that people see why.
  private func unused(_ used: Set<Int>) -> [PlacementFigure.Core] {
    let geometry = spec.geometry
    guard !defects.isEmpty else { return [] }
    return geometry.cores.filter { !used.contains($0.index) }.compactMap { core in
      let part = defects.part(of: core)
      let broken =
        part.isDead
        ? geometry.circuitsPerCore : Set(part.deadColumns + part.stuckColumns).count
      guard broken > 0 else { return nil }
      return PlacementFigure.Core(
        index: core.index, x: core.index % geometry.meshColumns,
        y: core.index / geometry.meshColumns, brokenColumns: broken)
    }
  }

  var links: LinkLoadFigure {
    let rates = report.events?.isMeasured == true ? "measured" : "assumed"
    return LinkLoadFigure(
      title: title("Link load"),
      subtitle: "\(NumberText.count(report.hops)) hops, rates \(rates)",
      columns: spec.geometry.meshColumns, rows: spec.geometry.meshRows,
      links: report.links.map {
        .init(
          from: $0.from, to: $0.to, senders: $0.senders, events: $0.eventsPerTick, load: $0.load)
      }, usedCores: report.cores.map(\.index))
  }

  /// Projections with the lowest signal-to-noise ratios; more make the file too large.
  private static let mostProjections = 12

  var weights: QuantisationFigure {
    let samples =
      compilation.network?.weightSamples(
        projections: Self.mostProjections, largestWeight: spec.synapse.largestWeight) ?? []
    let all = compilation.network?.projections.count ?? 0
    return QuantisationFigure(
      title: title("Weights before and after rounding"),
      subtitle: all > samples.count
        ? "the \(samples.count) projections of \(all) with the lowest SNR" : "",
      projections: samples.map(Self.projection))
  }

  private static func projection(_ sample: WeightSample) -> QuantisationFigure.Projection {
    let bins = sample.errors.indices
    let used = bins.filter { sample.errors[$0] > 0 }
    let shown = used.first.map { min($0, 15)...max(used.last ?? $0, 24) }
    let edges = shown.map { shown in
      (shown.lowerBound...shown.upperBound + 1).map {
        WeightSample.lowestError + Double($0) * WeightSample.binWidth
      }
    }
    var projection = QuantisationFigure.Projection(
      name: sample.name, rows: sample.rows, columns: sample.columns, before: sample.before,
      after: sample.after, clipped: sample.clipped,
      errors: Histogram(
        edges: edges ?? [], counts: shown.map { Array(sample.errors[$0]) } ?? []),
      synapses: sample.synapses, clippedCount: sample.clippedCount,
      signalToNoise: sample.signalToNoise, weightPerStep: sample.weightPerStep)
    (projection.rowStride, projection.columnStride) = (sample.rowStride, sample.columnStride)
    return projection
  }
}
