import HardwareSpec

/// Populations and projections, and how samples are coded and scored.
extension ImageTextParser {
  /// What inputs, outputs and weights mean: the text before the cores.
  mutating func description() throws(ImageFormatError) -> ImageIO {
    let network = try textLine("network")
    var duration = try take("duration")
    let ticks = try duration.integer("a number of ticks", in: 1...Experiment.longestTicks)
    try duration.end()
    var step = try take("dt")
    let dt = try step.real("seconds")
    try step.end()
    let coding = try textLine("coding")
    let readout = try readout()
    var populations: [Population] = []
    while isNext("population") { populations.append(try population()) }
    var projections: [ProjectionMap] = []
    while isNext("projection") { projections.append(try projection()) }
    return ImageIO(
      network: network, populations: populations, projections: projections, durationTicks: ticks,
      dt: dt, coding: coding, readout: readout)
  }

  mutating func textLine(_ keyword: String) throws(ImageFormatError) -> String {
    var line = try take(keyword)
    let text = try line.text("a text")
    try line.end()
    return text
  }

  private mutating func readout() throws(ImageFormatError) -> ReadoutRule {
    var line = try take("readout")
    let population = try line.text("a population")
    let word = try line.word(among: ReadoutRule.Measure.allCases.map(\.rawValue))
    try line.end()
    return ReadoutRule(
      population: population, measure: ReadoutRule.Measure(rawValue: word) ?? .mostSpikes)
  }

  private mutating func population() throws(ImageFormatError) -> Population {
    var population = Population(name: try textLine("population"), ranges: [])
    while isNext("range") {
      var line = try take("range")
      try line.word("core")
      let core = try line.core(geometry)
      try line.word("column")
      let first = try line.integer("a column", in: 0...geometry.circuitsPerCore)
      try line.word("count")
      let count = try line.integer("columns", in: 0...geometry.circuitsPerCore)
      try line.end()
      population.ranges.append(CircuitRange(core: core, firstColumn: first, count: count))
    }
    return population
  }

  private mutating func projection() throws(ImageFormatError) -> ProjectionMap {
    var line = try take("projection")
    let name = try line.text("a name")
    try line.word("from")
    let kind = try line.word(among: ["inputs", "population"])
    let source = kind == "inputs" ? nil : try line.text("a population")
    let sources = try line.integer("senders", in: 0...Int(UInt32.max))
    try line.word("to")
    let target = try line.text("a population")
    let targets = try line.integer("receivers", in: 0...Int(UInt32.max))
    try line.word("copies")
    let copies = try line.integer("copies", in: 1...ProjectionMap.mostCopies)
    try line.word("weight-per-step")
    let scale = try line.real("a weight")
    try line.end()
    var map = ProjectionMap(
      name: name, source: source, target: target, sourceCount: sources, targetCount: targets,
      copies: copies, weightPerStep: scale, blocks: [])
    let most = geometry.rowPairsPerCore
    map.senderCopies = try list("sender-copies") { line throws(ImageFormatError) in
      try line.integer("copies", in: 0...most)
    }
    map.receiverScales = try list("receiver-scales") { line throws(ImageFormatError) in
      try line.real("a scale")
    }
    while isNext("block") { map.blocks.append(try block()) }
    return map
  }

  private mutating func block() throws(ImageFormatError) -> ProjectionBlock {
    let (pairs, columns) = (geometry.rowPairsPerCore, geometry.circuitsPerCore)
    var line = try take("block")
    try line.word("core")
    let core = try line.core(geometry)
    var values: [Int] = []
    for (word, largest) in [
      ("pair", pairs), ("count", pairs), ("column", columns), ("count", columns),
      ("line", Int(UInt32.max)), ("target", Int(UInt32.max)),
    ] {
      try line.word(word)
      values.append(try line.integer("a number", in: 0...largest))
    }
    try line.end()
    var block = ProjectionBlock(
      core: core, firstPair: values[0], pairCount: values[1], firstColumn: values[2],
      columnCount: values[3], firstLine: values[4], firstTarget: values[5])
    block.lines = try numbers("lines")
    block.targets = try numbers("targets")
    return block
  }

  private mutating func numbers(_ keyword: String) throws(ImageFormatError) -> [Int32] {
    try list(keyword) { line throws(ImageFormatError) in
      Int32(try line.integer("a number", in: 0...Int(Int32.max)))
    }
  }

  /// The elements of a list that has a line of its own, which is left out where it is empty.
  private mutating func list<Element>(
    _ keyword: String, _ element: (inout ImageTextLine) throws(ImageFormatError) -> Element
  ) throws(ImageFormatError) -> [Element] {
    guard isNext(keyword) else { return [] }
    var line = try take(keyword)
    var elements = [try element(&line)]
    while !line.isAtEnd { elements.append(try element(&line)) }
    return elements
  }
}
