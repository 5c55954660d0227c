import HardwareSpec

extension ChipImageText {
  /// The text of an image, which must be valid for the chip.
  public static func write(
    _ image: ChipImage, spec: ChipSpec
  ) throws(ImageFormatError) -> String {
    try image.requireValid(on: spec)
    try requireFinite(image.io)
    var lines = ["synapus-image \(version)"]
    lines.append("chip \(quoted(image.chipName)) \(quoted(image.specHash))")
    lines += description(image.io)
    for core in image.cores { lines += coreLines(core, spec) }
    for (channel, targets) in image.inputRoutes.enumerated() {
      lines.append("input \(channel) ->" + pairs(targets))
    }
    for route in image.delayedInputs {
      lines.append(
        "delayed-input \(route.channel) delay \(route.delayTicks) ->" + pairs(route.targets))
    }
    for route in image.spikeRoutes {
      let delay = route.delayTicks > 0 ? " delay \(route.delayTicks)" : ""
      lines.append("route \(place(route.source))\(delay) ->" + pairs(route.targets))
    }
    for group in image.groups { lines += groupLines(group) }
    for source in image.backgroundSources {
      lines.append(
        "background period \(source.periodCycles) probability \(source.probability)"
          + " seed \(source.seed) ->" + pairs(source.targets))
    }
    for program in image.programs { lines += program.lines() }
    for projection in image.feedback { lines += projection.lines() }
    return lines.joined(separator: "\n") + "\nend\n"
  }

  private static func requireFinite(_ io: ImageIO) throws(ImageFormatError) {
    guard io.dt.isFinite else { throw .notFinite(what: "dt") }
    for map in io.projections {
      guard map.weightPerStep.isFinite else {
        throw .notFinite(what: "the weight per step of projection '\(map.name)'")
      }
      guard map.receiverScales.allSatisfy(\.isFinite) else {
        throw .notFinite(what: "a scale of projection '\(map.name)'")
      }
      guard map.copies <= ProjectionMap.mostCopies else {
        throw .tooLarge(what: "copies", found: map.copies, largest: ProjectionMap.mostCopies)
      }
    }
  }

  private static func description(_ io: ImageIO) -> [String] {
    var lines = [
      "network \(quoted(io.network))", "duration \(io.durationTicks)", "dt \(io.dt)",
      "coding \(quoted(io.coding))",
      "readout \(quoted(io.readout.population)) \(io.readout.measure.rawValue)",
    ]
    for population in io.populations {
      lines.append("population \(quoted(population.name))")
      for range in population.ranges {
        lines.append(
          "  range core \(range.core.index) column \(range.firstColumn) count \(range.count)")
      }
    }
    for projection in io.projections { lines += projectionLines(projection) }
    return lines
  }

  private static func projectionLines(_ map: ProjectionMap) -> [String] {
    let source = map.source.map { "population \(quoted($0))" } ?? "inputs"
    let head =
      "projection \(quoted(map.name)) from \(source) \(map.sourceCount)"
      + " to \(quoted(map.target)) \(map.targetCount) copies \(map.copies)"
      + " weight-per-step \(map.weightPerStep)"
    return [head] + list("  sender-copies", map.senderCopies)
      + list("  receiver-scales", map.receiverScales)
      + map.blocks.flatMap { block in
        let line =
          "  block core \(block.core.index) pair \(block.firstPair) count \(block.pairCount)"
          + " column \(block.firstColumn) count \(block.columnCount)"
          + " line \(block.firstLine) target \(block.firstTarget)"
        return [line] + list("    lines", block.lines) + list("    targets", block.targets)
      }
  }

  /// One line, or none for an empty list.
  private static func list(_ keyword: String, _ values: [some Any]) -> [String] {
    values.isEmpty ? [] : [keyword + values.map { " \($0)" }.joined()]
  }

  private static func coreLines(_ core: CoreImage, _ spec: ChipSpec) -> [String] {
    var lines = ["core \(core.core.index)"]
    if let digital = core.digital { return lines + digital.lines() }
    if core.sensesCorrelation { lines.append("  senses") }
    for (column, circuit) in core.circuits.enumerated() {
      let codes = circuit.namedCodes.map { "\($0) \($1)" }.joined(separator: " ")
      lines.append("  circuit \(column) \(codes) \(circuit.fires ? "fires" : "silent")")
      lines += optionLines(circuit.options)
    }
    for row in core.rowPlasticity {
      lines.append(
        "  plastic \(row.pair) utilisation \(row.utilisation) recovery \(row.recoveryTime)"
          + " \(row.facilitates ? "facilitates" : "depresses")")
    }
    for block in core.plasticBlocks { lines += block.lines() }
    let columns = spec.geometry.circuitsPerCore
    for row in 0..<spec.geometry.synapseRowsPerCore {
      let weights = core.weights[row * columns..<(row + 1) * columns]
      guard let last = weights.lastIndex(where: { $0 != 0 }) else { continue }
      lines.append("  row \(row) " + hexadecimal(weights[...last], digits: digitsPerWeight(spec)))
    }
    return lines
  }

  private static func optionLines(_ options: CircuitOptions) -> [String] {
    CircuitOptions.parts.compactMap { part, names in
      options.codes(of: part).map { codes in
        "    option \(part.rawValue)" + zip(names, codes).map { " \($0) \($1)" }.joined()
      }
    }
  }

  private static func groupLines(_ group: CircuitGroup) -> [String] {
    ["group" + group.members.map { " " + place($0) }.joined()]
      + group.couplings.map { coupling in
        let kind = coupling.conductance.map { "time \($0)" } ?? "joined"
        return "  coupling \(coupling.first) \(coupling.second) \(kind)"
      }
  }

  private static func place(_ circuit: CircuitOnChip) -> String {
    "\(circuit.core.index).\(circuit.column)"
  }

  private static func hexadecimal(_ weights: ArraySlice<UInt8>, digits: Int) -> String {
    let symbols = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for weight in weights {
      if digits == 2 { text.append(symbols[Int(weight >> 4)]) }
      text.append(symbols[Int(weight & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func pairs(_ pairs: [RowPairOnChip]) -> String {
    pairs.map { " \($0.core.index).\($0.pair)" }.joined()
  }
}
