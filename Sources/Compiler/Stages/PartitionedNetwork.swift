import HardwareSpec

/// A network cut into parts that each fit a core; which core is still open.
public struct PartitionedNetwork: Equatable, Sendable {
  /// The network in codes.
  public var scaled: ScaledNetwork
  /// The parts; a population's parts stand together and in order.
  public var parts: [PopulationPart]
  /// The row pairs of each part's projections.
  public var rows: [PartRows]
  /// Groups of parts, each to be one core.
  public var groupCount: Int
}

/// Neurons of one population that share a core.
public struct PopulationPart: Equatable, Sendable {
  /// The population's position in the network.
  public var population: Int
  /// The first neuron, and how many.
  public var firstNeuron, count: Int
  /// The group that the part belongs to, and its first column there.
  public var group, firstColumn: Int
}

/// The row pairs that one projection drives for one part.
public struct PartRows: Equatable, Sendable {
  /// The part's and the projection's position.
  public var part, projection: Int
  /// The first row pair on the core of the part's group, and how many.
  public var firstPair, count: Int
}

extension PartitionedNetwork: Stage {
  static let stageName = "partition"

  func faults(on spec: ChipSpec) -> [String] {
    faultsOfPopulations + faultsOfRows + faultsOfGroups(spec.geometry)
  }

  private var faultsOfPopulations: [String] {
    var faults: [String] = []
    for (index, population) in scaled.populations.enumerated() {
      var next = 0
      for part in parts where part.population == index {
        if part.firstNeuron != next { faults.append("population \(index) has a gap at \(next)") }
        next += part.count
      }
      if next != population.circuits.count { faults.append("population \(index) lost neurons") }
    }
    return faults
  }

  private var faultsOfRows: [String] {
    var wanted: [[Int]] = parts.map {
      scaled.network.projections(to: scaled.network.populations[$0.population].name)
    }
    for row in rows.reversed() {
      let isWanted = wanted[row.part].popLast() == row.projection
      if !isWanted || row.count != scaled.lines(row.projection) {
        return ["part \(row.part) has rows that it does not need"]
      }
    }
    return wanted.allSatisfy(\.isEmpty) ? [] : ["a part lost row pairs"]
  }

  private func faultsOfGroups(_ geometry: ChipGeometry) -> [String] {
    (0..<groupCount).flatMap { group in
      overlaps(
        parts.filter { $0.group == group }.map { ($0.firstColumn, $0.count) },
        geometry.circuitsPerCore, "columns of group \(group)")
        + overlaps(
          rows.filter { parts[$0.part].group == group }.map { ($0.firstPair, $0.count) },
          geometry.rowPairsPerCore, "row pairs of group \(group)")
    }
  }

  /// Ranges must follow each other without gap, as a core's columns in use do.
  private func overlaps(_ ranges: [(Int, Int)], _ end: Int, _ what: String) -> [String] {
    var next = 0
    for (first, count) in ranges.sorted(by: { $0 < $1 }) {
      if first != next { return ["\(what) have a gap or overlap at \(first)"] }
      next = first + count
    }
    return next > end ? ["\(what) end at \(next), beyond \(end)"] : []
  }
}
