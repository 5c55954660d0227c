import Analysis
import Compiler
import HardwareSpec

/// The tables of `synapus compile`: what a network takes of a chip.
struct CompileSheet {
  private let report: CompileReport
  /// Rows of one table; what is beyond stands in the JSON report.
  private static let longest = 40

  init(_ report: CompileReport) { self.report = report }

  var text: String {
    var parts = [layers.text(), resources.text()]
    if !report.cores.isEmpty { parts.insert(cores.text() + rest(report.cores.count), at: 1) }
    if report.layers.count > Self.longest {
      parts[0] += rest(report.layers.count)
    }
    return (parts + [estimates]).joined(separator: "\n")
  }

  private func rest(_ count: Int) -> String {
    count > Self.longest ? "and \(count - Self.longest) more; --report has all\n" : ""
  }

  private var layers: TextTable {
    let truncated = report.layers.contains { $0.truncated > 0 }
    let shared = report.layers.contains { $0.sharedWeights != nil }
    var columns = ["layer", "neurons", "circuits", "cores", "synapses"]
    if shared { columns.append("shared weights") }
    columns += ["rows", "clipped"] + (truncated ? ["truncated"] : [])
    columns += [
      "dead neurons", "dead senders", "SNR (dB)", "weight per step", "min tau/dt", "ticks late",
    ]
    var table = TextTable(columns: columns.map { TextTable.Column($0) })
    for layer in report.layers.prefix(Self.longest) {
      var cells = [
        layer.name, "\(layer.neurons)", "\(layer.circuits)", "\(layer.cores)", "\(layer.synapses)",
      ]
      if shared { cells.append(layer.sharedWeights.map { "\($0)" } ?? "-") }
      cells += ["\(layer.rows)", "\(layer.clipped)"] + (truncated ? ["\(layer.truncated)"] : [])
      cells += ["\(layer.deadNeurons)", "\(layer.deadSenders)"]
      cells += [
        layer.quantisationSNRdB.map { NumberText.fixed($0, places: 1) } ?? "-",
        NumberText.brief(layer.scale), layer.shortestTimeSteps.map(NumberText.brief) ?? "-",
        NumberText.brief(layer.addedTicks),
      ]
      table.append(cells)
    }
    return table
  }

  private var cores: TextTable {
    var table = TextTable("core", "at", "columns", "rows", "synapses", "joined with", "holds")
    for core in report.cores.prefix(Self.longest) {
      let others = core.joined.filter { $0 != core.index }
      table.append([
        "\(core.index)", "\(core.x),\(core.y)",
        "\(core.columns.used)/\(core.columns.available)",
        "\(core.rows.used)/\(core.rows.available)",
        "\(core.synapses)", others.isEmpty ? "-" : others.map(String.init).joined(separator: " "),
        core.populations.map { "\($0.population) \($0.neurons)" }.joined(separator: ", "),
      ])
    }
    return table
  }

  private static let titles = [
    "neurons": "neurons (circuits)", "rows": "synapse rows", "synapses": "synapses",
    "axons": "axons", "cores": "cores", "links": "links", "adc_channels": "ADC channels",
  ]

  private var resources: TextTable {
    var table = TextTable("resource", "used", "fixed", "prohibited", "available", "util %")
    for (name, usage) in report.resources?.named ?? [] {
      table.append([
        Self.titles[name] ?? name, "\(usage.used)", "\(usage.fixed)", "\(usage.prohibited)",
        "\(usage.available)",
        usage.share.isFinite ? NumberText.fixed(100 * usage.share, places: 2) : "-",
      ])
    }
    return table
  }

  private var estimates: String {
    var lines = ["first effect on the readout after \(report.estimatedLatencyCycles) cycles"]
    lines.append(
      "\(NumberText.count(report.hops)) hops, at most \(NumberText.count(report.worstLinkLoad))"
        + " senders on a link")
    if let energy = report.estimatedEnergyJoule, let events = report.events {
      let rates = events.isMeasured ? "measured" : "assumed"
      lines.append(
        "\(NumberText.brief(energy * 1e6)) uJ a sample at \(rates) rates"
          + " (\(NumberText.brief(events.spikes)) spikes,"
          + " \(NumberText.brief(events.synapticEvents)) synaptic events)")
    }
    if let metrics = report.metrics {
      lines.append(
        "NeuroBench: footprint \(NumberText.count(metrics.footprintBytes)) bytes, connection"
          + " sparsity \(NumberText.fixed(metrics.connectionSparsity, places: 4))")
    }
    return lines.joined(separator: "\n")
  }
}
