import ChipInterface
import HardwareSpec

/// Writes one cluster down: its cores' circuits, its joined circuits, and the blocks of projections
/// that lie on it.
struct ClusterEmission {
  private let placed: PlacedNetwork
  private let number: Int
  private let index: EmissionIndex
  private let spec: ChipSpec

  init(_ placed: PlacedNetwork, _ number: Int, _ index: EmissionIndex, _ spec: ChipSpec) {
    (self.placed, self.number, self.index, self.spec) = (placed, number, index, spec)
  }

  private var quantised: QuantisedNetwork { placed.partitioned.quantised }
  private var cluster: CoreCluster { placed.partitioned.clusters[number] }
  private var parts: [PopulationPart] { index.partsOf[number] }

  private func column(_ part: PopulationPart, _ i: Int) -> Int {
    placed.column(part.firstColumn + i, ofCluster: number)
  }

  // MARK: Cores

  /// One of the cluster's cores, with weights zero.
  func core(_ core: Int) -> CoreImage {
    CoreImage(placed.cores[number][core], circuits: circuits(isFirst: core == 0), on: spec.geometry)
  }

  /// Settings by column; circuits between those in use, which are broken, are switched off.
  private func circuits(isFirst: Bool) -> [CircuitSettings] {
    var circuits: [CircuitSettings?] = []
    for part in parts {
      let settings = quantised.populations[part.population].circuits
      for (i, neuron) in part.neurons.enumerated() {
        let column = column(part, i)
        while circuits.count <= column { circuits.append(nil) }
        circuits[column] = member(settings[Int(neuron)], isFirst: isFirst)
      }
    }
    let idle = circuits.compactMap { $0 }.first.map { member($0, isFirst: false) }
    return circuits.compactMap { $0 ?? idle }
  }

  /// A joined membrane has the capacitance of all its circuits, so each gives as much more.
  private func member(_ settings: CircuitSettings, isFirst: Bool) -> CircuitSettings {
    var settings = settings
    let joined = Double(cluster.cores.count)
    if joined > 1 {
      let law = spec.neuron.gain
      settings.excitatoryGain = law.code(law.value(code: Int(settings.excitatoryGain)) * joined)
      settings.inhibitoryGain = law.code(law.value(code: Int(settings.inhibitoryGain)) * joined)
    }
    settings.fires = settings.fires && isFirst
    return settings
  }

  /// The circuits of each neuron, where a neuron has several.
  var groups: [CircuitGroup] {
    guard cluster.cores.count > 1 else { return [] }
    return parts.flatMap { part in
      part.neurons.indices.map { i in
        CircuitGroup.joined(
          placed.cores[number].compactMap {
            CircuitOnChip($0, column: column(part, i), on: spec.geometry)
          })
      }
    }
  }

  // MARK: Blocks

  func addBlocks(to maps: inout [ProjectionMap]) {
    let parts = parts
    for (core, planned) in cluster.cores.enumerated() {
      for bundle in planned.bundles {
        let pairs = (0..<bundle.pairCount).map {
          placed.pair(bundle.firstPair + $0, ofCluster: number, core: core)
        }
        for projection in bundle.projections {
          let lines = lines(projection, bundle)
          for part in parts where part.population == index.targets[projection] {
            maps[projection].blocks += blocks(
              on: placed.cores[number][core], pairs: pairs, lines: lines, part)
          }
        }
      }
    }
  }

  /// One block, or several where broken rows or columns lie in between.
  private func blocks(
    on core: CoreOnChip, pairs: [Int], lines: [Int32], _ part: PopulationPart
  ) -> [ProjectionBlock] {
    let columns = part.neurons.indices.map { column(part, $0) }
    let columnRuns = runs(columns)
    return runs(pairs).flatMap { pairRun in
      columnRuns.map { columnRun in
        ProjectionBlock(
          core: core, pairs: pairs[pairRun], lines: lines[pairRun], columns: columns[columnRun],
          targets: part.neurons[columnRun])
      }
    }
  }

  /// The projection's line of each row pair of a bundle.
  private func lines(_ projection: Int, _ bundle: RowBundle) -> [Int32] {
    let scaled = quantised.projections[projection]
    return bundle.senders.flatMap { sender -> [Int32] in
      let first = index.firstLine(
        ofSender: Int(sender), projection: projection, copies: scaled.copies)
      return (0..<scaled.copies(ofSender: Int(sender))).map { Int32(first + $0) }
    }
  }

  /// The stretches in which numbers follow each other.
  private func runs(_ numbers: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (i, number) in numbers.enumerated() {
      if let last = runs.last, numbers[last.upperBound - 1] + 1 == number {
        runs[runs.count - 1] = last.lowerBound..<i + 1
      } else {
        runs.append(i..<i + 1)
      }
    }
    return runs
  }
}

extension ProjectionBlock {
  /// Lists lines and receivers only where they do not follow each other.
  fileprivate init(
    core: CoreOnChip, pairs: ArraySlice<Int>, lines: ArraySlice<Int32>, columns: ArraySlice<Int>,
    targets: ArraySlice<Int32>
  ) {
    self.init(
      core: core, firstPair: pairs.first ?? 0, pairCount: pairs.count,
      firstColumn: columns.first ?? 0, columnCount: columns.count,
      firstLine: Int(lines.first ?? 0), firstTarget: Int(targets.first ?? 0))
    if !lines.follow { self.lines = Array(lines) }
    if !targets.follow { self.targets = Array(targets) }
  }
}

extension ArraySlice<Int32> {
  fileprivate var follow: Bool { zip(self, dropFirst()).allSatisfy { $0 + 1 == $1 } }
}
