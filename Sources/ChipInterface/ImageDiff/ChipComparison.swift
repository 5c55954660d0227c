import HardwareSpec

/// Compares what no population and no projection covers, in the words of the chip.
struct ChipComparison {
  private let a, b: DesignView
  private typealias Difference = ImageDifference

  init(_ a: DesignView, _ b: DesignView) { (self.a, self.b) = (a, b) }

  var differences: [ImageDifference] {
    let (first, second) = (a.image, b.image)
    return cores
      + Difference.matching(
        looseRoutes(a), looseRoutes(b), \.name, \.name,
        { Difference.between($0.name, $0.targets, $1.targets) })
      + Difference.between("groups", first.groups.count, second.groups.count)
      + zip(first.groups, second.groups).enumerated().flatMap { number, groups in
        groups.0.couplings == groups.1.couplings
          ? [] : Difference.between("group \(number)", groups.0.couplings, groups.1.couplings)
      }
      + Difference.between(
        "background sources", first.backgroundSources.count, second.backgroundSources.count)
      + zip(first.backgroundSources, second.backgroundSources).enumerated().flatMap {
        Difference.between("background source \($0)", $1.0, $1.1)
      }
      + Difference.between("learning rules", first.programs.count, second.programs.count)
      + zip(first.programs, second.programs).flatMap {
        Difference.between("learning rule '\($0.name)'", $0.lines(), $1.lines())
      }
      + Difference.between(
        "feedback", first.feedback.flatMap { $0.lines() }, second.feedback.flatMap { $0.lines() })
  }

  // MARK: Cores

  private var cores: [ImageDifference] {
    Difference.matching(
      Array(a.image.cores.enumerated()), Array(b.image.cores.enumerated()), \.element.core,
      { $0.element.core.description }, { compare($0.offset, $1.offset) })
  }

  private func compare(_ one: Int, _ two: Int) -> [ImageDifference] {
    let (first, second) = (a.image.cores[one], b.image.cores[two])
    return circuits(one, two)
      + Difference.between(
        "\(first.core) correlation sensors", first.sensesCorrelation, second.sensesCorrelation)
      + Difference.between(
        "\(first.core) plastic row pairs", first.rowPlasticity, second.rowPlasticity)
      + Difference.between(
        "\(first.core) plastic blocks", first.plasticBlocks, second.plasticBlocks)
      + digital(first, second) + weights(one, two)
  }

  /// The lines of the text form that differ.
  private func digital(_ a: CoreImage, _ b: CoreImage) -> [ImageDifference] {
    guard a.digital != b.digital else { return [] }
    let (first, second) = (a.digital?.lines() ?? [], b.digital?.lines() ?? [])
    return Difference.between("\(a.core) lines of registers", first.count, second.count)
      + zip(first, second).flatMap { Difference.between("\(a.core)", $0, $1) }
  }

  /// Circuits that are no neuron's in either image.
  private func circuits(_ one: Int, _ two: Int) -> [ImageDifference] {
    let (first, second) = (a.image.cores[one], b.image.cores[two])
    var found = Difference.between(
      "\(first.core) circuits", first.circuits.count, second.circuits.count)
    for (column, settings) in zip(first.circuits, second.circuits).enumerated()
    where settings.0 != settings.1 && !a.isNeuron[one][column] && !b.isNeuron[two][column] {
      let what = "\(first.core) column \(column)"
      for (code, other) in zip(settings.0.namedCodes, settings.1.namedCodes) {
        found += Difference.between("\(what) \(code.0)", code.1, other.1)
      }
      found += Difference.between("\(what) fires", settings.0.fires, settings.1.fires)
      found += Difference.between("\(what) options", settings.0.options, settings.1.options)
    }
    return found
  }

  /// Weights outside of all projections; those inside count as zero.
  private func weights(_ one: Int, _ two: Int) -> [ImageDifference] {
    let (first, second) = (a.image.cores[one], b.image.cores[two])
    guard first.weights != second.weights else { return [] }
    guard first.weights.count == second.weights.count else {
      return Difference.between(
        "\(first.core) synapses", first.weights.count, second.weights.count)
    }
    let columns = a.spec.geometry.circuitsPerCore
    let (covered, covers) = (a.coveredCells(one), b.coveredCells(two))
    return (0..<first.weights.count / columns).compactMap { row in
      var (count, largest) = (0, 0)
      for column in 0..<columns {
        let (place, cell) = (row * columns + column, row / 2 * columns + column)
        let weight = covered[cell] ? 0 : Int(first.weights[place])
        let step = abs(weight - (covers[cell] ? 0 : Int(second.weights[place])))
        if step > 0 { (count, largest) = (count + 1, max(largest, step)) }
      }
      return count == 0
        ? nil : .weights(core: first.core.index, row: row, count: count, largest: largest)
    }
  }

  // MARK: Routes

  private struct LooseRoute {
    var name: String
    var targets: [String]
  }

  /// Row pairs that belong to no projection, by who drives them.
  private func looseRoutes(_ view: DesignView) -> [LooseRoute] {
    var targets: [String: [String]] = [:]
    var names: [String] = []
    for (slot, core) in view.image.cores.enumerated() {
      let covered = view.coveredPairs(slot)
      for (pair, drivers) in view.drivers[slot].enumerated() where !covered[pair] {
        for driver in drivers {
          let name = "route of \(driver)"
          if targets[name] == nil { names.append(name) }
          targets[name, default: []].append("\(core.core) pair \(pair)")
        }
      }
    }
    return names.map { LooseRoute(name: $0, targets: targets[$0] ?? []) }
  }
}
