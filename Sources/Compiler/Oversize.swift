import HardwareSpec

/// Joins as many chips as a network needs, where the options ask for it.
struct Oversize {
  private let options: CompileOptions
  /// Columns and rows of cores that a mesh may have.
  private static let longestSide = 256

  init(_ options: CompileOptions) { self.options = options }

  /// Compiles for the chip of the options, or for the smallest number of chips that holds the
  /// network.
  func compile(
    _ log: CompileLog,
    _ passes: (CompileOptions, inout CompileLog) throws(CompilerError) -> Compilation
  ) throws(CompilerError) -> Compilation {
    var (options, current) = (options, log)
    let chip = options.spec
    var count = 1
    while true {
      do {
        return try passes(options, &current)
      } catch {
        guard options.oversize == .chips, case .doesNotFit(let report) = error,
          let cores = report.coresNeeded
        else { throw error }
        count = max(count + 1, (cores - 1) / chip.geometry.coreCount + 1)
        current = log
        options.spec = try joined(chip, count, cores, &current)
        current.move(to: options.spec)
        current.add(.joinedChips(count: count, chip: chip.name, joined: options.spec.name))
      }
    }
  }

  /// So many chips in as square a mesh as can be.
  private func joined(
    _ chip: ChipSpec, _ count: Int, _ cores: Int, _ log: inout CompileLog
  ) throws(CompilerError) -> ChipSpec {
    let geometry = chip.geometry
    guard chip.network?.chipLinks != nil else {
      log.add(.noChipLinks(chip: chip.name, needed: cores, available: geometry.coreCount))
      throw .doesNotFit(log.report)
    }
    let most = (
      columns: Self.longestSide / geometry.meshColumns, rows: Self.longestSide / geometry.meshRows
    )
    let shapes = (1...min(count, max(most.rows, 1))).filter {
      count.isMultiple(of: $0) && count / $0 <= most.columns
    }
    let square = shapes.min {
      (abs(count / $0 - $0), $0) < (abs(count / $1 - $1), $1)
    }
    guard let rows = square, let spec = try? chip.joined(columns: count / rows, rows: rows) else {
      // A number without such a mesh: the next larger one may have it.
      if count < most.columns * most.rows { return try joined(chip, count + 1, cores, &log) }
      log.add(
        .chips(chip: chip.name, needed: count, available: most.columns * most.rows))
      throw .doesNotFit(log.report)
    }
    return spec
  }
}

extension CompileReport {
  /// The cores that the network needs, where too few cores are all that is wrong.
  var coresNeeded: Int? {
    var most = 0
    for misfit in misfits {
      switch misfit {
      case .cores(let needed, _), .mapping(.brokenCores(let needed, _, _, _)):
        most = max(most, needed)
      case .mapping(.connectedCores(_, let cores, let needed, _)):
        most = max(most, cores * needed)
      default: return nil
      }
    }
    return misfits.isEmpty ? nil : most
  }
}
