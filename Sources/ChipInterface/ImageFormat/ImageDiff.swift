import HardwareSpec

/// One difference between two images.
public enum ImageDifference: Equatable, Sendable, CustomStringConvertible {
  /// A part that only one of the images has.
  case onlyIn(Side, what: String)
  /// A value that differs.
  case value(what: String, first: String, second: String)
  /// Weights of one row that differ: how many, and by how many steps at most.
  case weights(core: Int, row: Int, count: Int, largest: Int)

  /// Which image.
  public enum Side: String, Sendable { case first, second }

  /// One line.
  public var description: String {
    switch self {
    case .onlyIn(let side, let what): return "\(what): only in the \(side.rawValue) image"
    case .value(let what, let first, let second): return "\(what): \(first) -> \(second)"
    case .weights(let core, let row, let count, let largest):
      return "core \(core) row \(row): \(count) weights differ, by up to \(largest) steps"
    }
  }
}

/// Compares images part by part.
public enum ImageDiff {
  /// All differences, in the order of the text form; empty when the images are equal.
  public static func differences(
    _ first: ChipImage, _ second: ChipImage, on geometry: ChipGeometry
  ) -> [ImageDifference] {
    value("chip", first.chipName, second.chipName)
      + value("spec hash", first.specHash, second.specHash)
      + description(first.io, second.io)
      + cores(first.cores, second.cores, columns: geometry.circuitsPerCore)
      + inputs(first.inputRoutes, second.inputRoutes)
      + routes(first.spikeRoutes, second.spikeRoutes)
      + value("groups", first.groups.count, second.groups.count)
      + zip(first.groups, second.groups).enumerated().flatMap {
        value("group \($0)", $1.0, $1.1)
      }
      + value(
        "background sources", first.backgroundSources.count, second.backgroundSources.count)
      + zip(first.backgroundSources, second.backgroundSources).enumerated().flatMap {
        value("background source \($0)", $1.0, $1.1)
      }
      + value("learning rules", first.programs.count, second.programs.count)
      + zip(first.programs, second.programs).flatMap {
        value("learning rule '\($0.name)'", $0.lines(), $1.lines())
      }
      + value(
        "feedback", first.feedback.flatMap { $0.lines() }, second.feedback.flatMap { $0.lines() })
  }

  private static func value<T: Equatable>(_ what: String, _ a: T, _ b: T) -> [ImageDifference] {
    a == b ? [] : [.value(what: what, first: "\(a)", second: "\(b)")]
  }

  /// Joins two lists by key and compares what has a partner.
  private static func match<Part, Key: Hashable>(
    _ first: [Part], _ second: [Part], _ key: (Part) -> Key, _ what: (Part) -> String,
    _ compare: (Part, Part) -> [ImageDifference]
  ) -> [ImageDifference] {
    let partners = Dictionary(second.map { (key($0), $0) }) { a, _ in a }
    let known = Set(first.map(key))
    let shared = first.flatMap { part in
      partners[key(part)].map { compare(part, $0) } ?? [.onlyIn(.first, what: what(part))]
    }
    return shared
      + second.filter { !known.contains(key($0)) }.map { .onlyIn(.second, what: what($0)) }
  }

  private static func description(_ a: ImageIO, _ b: ImageIO) -> [ImageDifference] {
    value("network", a.network, b.network) + value("duration", a.durationTicks, b.durationTicks)
      + value("dt", a.dt, b.dt) + value("coding", a.coding, b.coding)
      + value("readout population", a.readout.population, b.readout.population)
      + value("readout measure", a.readout.measure.rawValue, b.readout.measure.rawValue)
      + match(
        a.populations, b.populations, \.name, { "population '\($0.name)'" },
        { value("population '\($0.name)'", places($0), places($1)) })
      + match(
        a.projections, b.projections, \.name, { "projection '\($0.name)'" }, projections)
  }

  private static func places(_ population: Population) -> String {
    population.ranges.map {
      "\($0.core) columns \($0.firstColumn)..<\($0.firstColumn + $0.count)"
    }.joined(separator: ", ")
  }

  private static func projections(_ a: ProjectionMap, _ b: ProjectionMap) -> [ImageDifference] {
    let what = "projection '\(a.name)'"
    return value("\(what) source", a.source ?? "inputs", b.source ?? "inputs")
      + value("\(what) target", a.target, b.target)
      + value("\(what) senders", a.sourceCount, b.sourceCount)
      + value("\(what) receivers", a.targetCount, b.targetCount)
      + value("\(what) copies", a.copies, b.copies)
      + value("\(what) weight per step", a.weightPerStep, b.weightPerStep)
      + value("\(what) blocks", places(a), places(b))
  }

  private static func places(_ map: ProjectionMap) -> String {
    map.blocks.map {
      "\($0.core) pairs \($0.firstPair)..<\($0.firstPair + $0.pairCount) columns"
        + " \($0.firstColumn)..<\($0.firstColumn + $0.columnCount) line \($0.firstLine)"
        + " target \($0.firstTarget)"
    }.joined(separator: ", ")
  }

  private static func cores(
    _ a: [CoreImage], _ b: [CoreImage], columns: Int
  ) -> [ImageDifference] {
    match(a, b, \.core, { $0.core.description }) {
      circuits($0, $1)
        + value("\($0.core) correlation sensors", $0.sensesCorrelation, $1.sensesCorrelation)
        + value("\($0.core) plastic row pairs", $0.rowPlasticity, $1.rowPlasticity)
        + value("\($0.core) plastic blocks", $0.plasticBlocks, $1.plasticBlocks)
        + digital($0, $1)
        + weights($0, $1, columns: columns)
    }
  }

  /// The lines of the text form that differ.
  private static func digital(_ a: CoreImage, _ b: CoreImage) -> [ImageDifference] {
    guard a.digital != b.digital else { return [] }
    let (first, second) = (a.digital?.lines() ?? [], b.digital?.lines() ?? [])
    return value("\(a.core) lines of registers", first.count, second.count)
      + zip(first, second).flatMap { value("\(a.core)", $0, $1) }
  }

  private static func circuits(_ a: CoreImage, _ b: CoreImage) -> [ImageDifference] {
    var found = value("\(a.core) circuits", a.circuits.count, b.circuits.count)
    for (column, (one, two)) in zip(a.circuits, b.circuits).enumerated() where one != two {
      let what = "\(a.core) column \(column)"
      for (code, other) in zip(one.namedCodes, two.namedCodes) {
        found += value("\(what) \(code.0)", code.1, other.1)
      }
      found += value("\(what) fires", one.fires, two.fires)
      found += value("\(what) options", one.options, two.options)
    }
    return found
  }

  private static func weights(
    _ a: CoreImage, _ b: CoreImage, columns: Int
  ) -> [ImageDifference] {
    guard a.weights.count == b.weights.count else {
      return value("\(a.core) synapses", a.weights.count, b.weights.count)
    }
    return stride(from: 0, to: a.weights.count, by: columns).compactMap { start in
      let range = start..<min(start + columns, a.weights.count)
      let steps = zip(a.weights[range], b.weights[range]).map { abs(Int($0) - Int($1)) }
      let changed = steps.filter { $0 > 0 }
      guard let largest = changed.max() else { return nil }
      return .weights(
        core: a.core.index, row: start / columns, count: changed.count, largest: largest)
    }
  }

  private static func inputs(
    _ a: [[RowPairOnChip]], _ b: [[RowPairOnChip]]
  ) -> [ImageDifference] {
    value("inputs", a.count, b.count)
      + zip(a, b).enumerated().flatMap { value("input \($0)", $1.0, $1.1) }
  }

  private static func routes(_ a: [SpikeRoute], _ b: [SpikeRoute]) -> [ImageDifference] {
    match(a, b, { RouteKey(source: $0.source, delay: $0.delayTicks) }, routeName) {
      value(routeName($0), $0.targets, $1.targets)
    }
  }

  private struct RouteKey: Hashable {
    var source: CircuitOnChip
    var delay: UInt8
  }

  private static func routeName(_ route: SpikeRoute) -> String {
    route.delayTicks == 0
      ? "route of \(route.source)" : "route of \(route.source) delayed by \(route.delayTicks)"
  }
}
