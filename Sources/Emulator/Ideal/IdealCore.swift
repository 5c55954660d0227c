import ChipInterface
import HardwareSpec

/// One core of the ideal chip: nominal circuits and real-valued weights.
final class IdealCore: @unchecked Sendable {
  let core: CoreOnChip
  let columns: Int
  let circuits: [NominalCircuit]
  let runs: [IdealRun]
  /// The run of each column.
  let runOfColumn: [Int]
  /// Weights in steps, row pair by row pair: excitatory and inhibitory, both positive.
  let excitatory, inhibitory: UnsafeMutablePointer<Double>
  /// Synapses of non-zero weight in each pair of rows.
  let nonZero: UnsafeMutablePointer<Int>
  private let pairs: Int

  init(_ image: CoreImage, _ spec: ChipSpec) {
    core = image.core
    columns = image.circuits.count
    circuits = image.circuits.map { NominalCircuit($0, on: spec) }
    runs = Self.runs(image.circuits, circuits)
    runOfColumn = runs.enumerated().flatMap { i, run in run.columns.map { _ in i } }
    pairs = spec.geometry.rowPairsPerCore
    excitatory = .allocateAligned(pairs * columns)
    inhibitory = .allocateAligned(pairs * columns)
    nonZero = .allocateAligned(pairs)
    let width = spec.geometry.circuitsPerCore
    for pair in 0..<pairs {
      for column in 0..<columns {
        excitatory[pair * columns + column] = Double(image.weights[2 * pair * width + column])
        inhibitory[pair * columns + column] = Double(image.weights[(2 * pair + 1) * width + column])
      }
    }
    count(pairs: 0..<pairs)
  }

  deinit {
    excitatory.deallocate()
    inhibitory.deallocate()
    nonZero.deallocate()
  }

  func write(_ block: WeightBlock) {
    for k in 0..<block.pairCount {
      for column in 0..<block.columnCount {
        let weight = block.values.number(at: k * block.columnCount + column)
        let i = (block.firstPair + k) * columns + block.firstColumn + column
        (excitatory[i], inhibitory[i]) = (max(weight, 0), max(-weight, 0))
      }
    }
    count(pairs: block.firstPair..<block.firstPair + block.pairCount)
  }

  private func count(pairs: Range<Int>) {
    for pair in pairs {
      nonZero[pair] = (pair * columns..<(pair + 1) * columns).count {
        excitatory[$0] != 0 || inhibitory[$0] != 0
      }
    }
  }

  private static func runs(
    _ settings: [CircuitSettings], _ circuits: [NominalCircuit]
  ) -> [IdealRun] {
    var tables: [IdealCircuitTables.Key: IdealCircuitTables] = [:]
    var runs: [IdealRun] = []
    var last: IdealCircuitTables.Key?
    for (column, circuit) in settings.enumerated() {
      let key = IdealCircuitTables.Key(circuit)
      if key == last {
        runs[runs.count - 1].columns = runs[runs.count - 1].columns.lowerBound..<column + 1
        continue
      }
      let found = tables[key] ?? IdealCircuitTables(circuits[column])
      tables[key] = found
      runs.append(IdealRun(columns: column..<column + 1, tables: found))
      last = key
    }
    return runs
  }
}

extension WeightBlock.Values {
  fileprivate func number(at index: Int) -> Double {
    switch self {
    case .steps(let values): return Double(values[index])
    case .exact(let values): return values[index]
    }
  }
}
