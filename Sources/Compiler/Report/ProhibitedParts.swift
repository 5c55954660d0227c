import HardwareSpec

/// How many parts of each core cannot be used, because they are broken.
struct ProhibitedParts {
  /// Of each core that has any, by number: columns, single rows, and signed synapses.
  private var cores: [Int: (columns: Int, rows: Int, synapses: Int)] = [:]
  private(set) var coreCount = 0
  private(set) var linkCount = 0

  init(_ defects: DefectList, on geometry: ChipGeometry) {
    guard !defects.isEmpty else { return }
    coreCount = defects.cores.count
    for core in Self.touched(defects) {
      let part = defects.part(of: core)
      let columns = Set(part.deadColumns + part.stuckColumns)
      let pairs = Set(part.deadRows.map { $0 / geometry.rowsPerAxon })
      let (width, height) = (geometry.circuitsPerCore, geometry.rowPairsPerCore)
      if part.isDead {
        cores[core.index] = (width, geometry.synapseRowsPerCore, width * height)
        continue
      }
      let single = Set(
        part.deadSynapses.map { $0.row / geometry.rowsPerAxon * width + $0.column }
      ).filter { !columns.contains($0 % width) && !pairs.contains($0 / width) }
      let lines = columns.count * height + (width - columns.count) * pairs.count
      cores[core.index] = (columns.count, Set(part.deadRows).count, lines + single.count)
    }
    linkCount = Self.links(defects, geometry)
  }

  private static func touched(_ defects: DefectList) -> [CoreOnChip] {
    let all =
      defects.cores + (defects.deadNeurons + defects.stuckNeurons).map(\.core)
      + defects.rows.map(\.core) + defects.synapses.map(\.core)
    return Array(Set(all)).sorted()
  }

  /// Dead links, and those of dead cores in both directions.
  private static func links(_ defects: DefectList, _ geometry: ChipGeometry) -> Int {
    var links = Set(defects.links)
    for core in defects.cores {
      for other in geometry.neighbours(of: core) {
        links.insert(.init(from: core, to: other))
        links.insert(.init(from: other, to: core))
      }
    }
    return links.count
  }

  func columns(of core: Int) -> Int { cores[core]?.columns ?? 0 }
  func rows(of core: Int) -> Int { cores[core]?.rows ?? 0 }

  var columns: Int { cores.values.reduce(0) { $0 + $1.columns } }
  var rows: Int { cores.values.reduce(0) { $0 + $1.rows } }
  var synapses: Int { cores.values.reduce(0) { $0 + $1.synapses } }
}

extension CompileReport.Usage {
  /// A part of which so many are there, some of them prohibited.
  init(used: Int, of all: Int, prohibited: Int, fixed: Int = 0) {
    self.init(
      used: used, available: max(all - prohibited, 0), fixed: fixed, prohibited: prohibited)
  }
}
