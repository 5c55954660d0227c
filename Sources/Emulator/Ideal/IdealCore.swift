import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// One core of the ideal chip: nominal circuits and real-valued weights.
final class IdealCore: @unchecked Sendable {
  let core: CoreOnChip
  let columns: Int
  let circuits: [NominalCircuit]
  let runs: UnsafeMutableBufferPointer<IdealRun>
  /// What each column's propagator does.
  let parts: UnsafeMutablePointer<UnsafeMutablePointer<IdealPropagator.Part>>
  /// Weights in steps, row pair by row pair: excitatory and inhibitory, both positive.
  let excitatory, inhibitory: UnsafeMutablePointer<Double>
  /// Synapses of non-zero weight in each pair of rows.
  let nonZero: UnsafeMutablePointer<Int>
  /// The columns of each pair of rows from its first to its last non-zero weight.
  let spans: UnsafeMutablePointer<synapus_ideal_columns>
  /// Whether weights were overwritten since the image was loaded.
  private(set) var isWritten = false
  private let propagators: [IdealPropagator]

  init(_ image: CoreImage, _ spec: ChipSpec) {
    core = image.core
    columns = image.circuits.count
    circuits = image.circuits.map { NominalCircuit($0, on: spec) }
    propagators = Self.propagators(image.circuits, circuits)
    runs = Self.runs(propagators)
    let pairs = spec.geometry.rowPairsPerCore
    parts = .allocate(capacity: max(1, columns))
    (excitatory, inhibitory) = (
      .allocateAligned(pairs * columns), .allocateAligned(pairs * columns)
    )
    (nonZero, spans) = (.allocateAligned(pairs), .allocateAligned(pairs))
    for (column, propagator) in propagators.enumerated() {
      (parts + column).initialize(to: propagator.parts)
    }
    let width = spec.geometry.circuitsPerCore
    for pair in 0..<pairs {
      for column in 0..<columns {
        excitatory[pair * columns + column] = Double(image.weights[2 * pair * width + column])
        inhibitory[pair * columns + column] = Double(image.weights[(2 * pair + 1) * width + column])
      }
      survey(pair)
    }
  }

  deinit {
    runs.deallocate()
    parts.deallocate()
    excitatory.deallocate()
    inhibitory.deallocate()
    nonZero.deallocate()
    spans.deallocate()
  }

  func write(_ block: WeightBlock) {
    isWritten = true
    for k in 0..<block.pairCount {
      for column in 0..<block.columnCount {
        let weight = block.values.number(at: k * block.columnCount + column)
        let i = (block.firstPair + k) * columns + block.firstColumn + column
        (excitatory[i], inhibitory[i]) = (max(weight, 0), max(-weight, 0))
      }
      survey(block.firstPair + k)
    }
  }

  /// Takes over the weights that a row of a plastic block has learned.
  func write(learned weights: UnsafePointer<Double>, pair: Int, columns: Range<Int>) {
    for (i, column) in columns.enumerated() {
      let place = pair * self.columns + column
      (excitatory[place], inhibitory[place]) = (max(weights[i], 0), max(-weights[i], 0))
    }
    survey(pair)
  }

  /// Stores other weights in all rows.
  func overwrite(with rows: StoredRows) {
    isWritten = true
    for i in rows.excitatory.indices {
      (excitatory[i], inhibitory[i]) = (rows.excitatory[i], rows.inhibitory[i])
    }
    for pair in 0..<rows.excitatory.count / max(1, columns) { survey(pair) }
  }

  /// Notes where a pair of rows has weights: an event passes over the others.
  private func survey(_ pair: Int) {
    var (count, first, end) = (0, columns, 0)
    for column in 0..<columns {
      let i = pair * columns + column
      if excitatory[i] == 0, inhibitory[i] == 0 { continue }
      (count, first, end) = (count + 1, min(first, column), column + 1)
    }
    nonZero[pair] = count
    spans[pair] = .init(first: Int32(first), end: Int32(end))
  }

  /// The propagator of each column: equal circuits have the same one.
  private static func propagators(
    _ settings: [CircuitSettings], _ circuits: [NominalCircuit]
  ) -> [IdealPropagator] {
    var known: [IdealPropagator.Key: IdealPropagator] = [:]
    return settings.indices.map { column in
      let key = IdealPropagator.Key(settings[column])
      let propagator = known[key] ?? IdealPropagator(circuits[column])
      known[key] = propagator
      return propagator
    }
  }

  private static func runs(
    _ propagators: [IdealPropagator]
  ) -> UnsafeMutableBufferPointer<IdealRun> {
    var runs: [IdealRun] = []
    for (column, propagator) in propagators.enumerated() {
      if let last = runs.indices.last, runs[last].parts == propagator.parts {
        runs[last].columns.end = Int32(column) + 1
      } else {
        let columns = synapus_ideal_columns(first: Int32(column), end: Int32(column) + 1)
        runs.append(IdealRun(columns: columns, parts: propagator.parts))
      }
    }
    let memory = UnsafeMutableBufferPointer<IdealRun>.allocate(capacity: runs.count)
    _ = memory.initialize(from: runs)
    return memory
  }
}

extension WeightBlock.Values {
  func number(at index: Int) -> Double {
    switch self {
    case .steps(let values): return Double(values[index])
    case .exact(let values): return values[index]
    }
  }
}
