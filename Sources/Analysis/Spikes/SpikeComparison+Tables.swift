extension SpikeComparison {
  /// The result in a few lines for people, the first difference first.
  public func summary() -> String {
    var lines: [String] = []
    if sampleCounts[0] != sampleCounts[1] {
      lines.append("samples differ: \(sampleCounts[0]) and \(sampleCounts[1])")
    }
    if let divergence = firstDivergence {
      let time = NumberText.fixed(divergence.spike.time, places: 3)
      lines.append(
        "first difference: sample \(divergence.sample), unit \(divergence.spike.unit), "
          + "\(time) us, only in the \(divergence.side.rawValue) recording")
    } else {
      lines.append(largestShift == 0 ? "all spikes equal" : "all spikes within the tolerance")
    }
    lines.append(
      "spikes: \(NumberText.count(firstCount)) and \(NumberText.count(secondCount)), "
        + "\(NumberText.count(coincident)) coincident (\(NumberText.percent(agreement, places: 2)))"
    )
    if largestShift > 0 {
      lines.append(
        "shift: mean \(NumberText.brief(meanShift)) us, largest \(NumberText.brief(largestShift)) us"
      )
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Units whose spikes do not all have a partner, at most `limit` rows.
  public func differingUnits(limit: Int = 20) -> TextTable {
    var table = TextTable("unit", "first", "second", "coincident")
    let differing = units.filter { $0.first != $0.coincident || $0.second != $0.coincident }
    for unit in differing.prefix(max(0, limit)) {
      table.append(["\(unit.unit)", "\(unit.first)", "\(unit.second)", "\(unit.coincident)"])
    }
    return table
  }
}
