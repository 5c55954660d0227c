import HardwareSpec

/// What the synapse rows of an analog core store, by a state of it.
///
/// A state lists only the pairs of rows that differ from this: the image's weights, and on columns
/// of plastic blocks what the block's synapses weigh, positive on the excitatory row and negative
/// on the inhibitory one. Blocks that are not signed leave the inhibitory row alone.
package struct StoredRows {
  /// Columns in use.
  package let columns: Int
  /// Steps stored, pair by pair and by column.
  package private(set) var excitatory, inhibitory: [Double]

  /// The rows of a core whose state was checked against its image.
  package init(_ image: CoreImage, _ state: CoreState, on geometry: ChipGeometry) {
    columns = image.circuits.count
    let (columns, width) = (columns, geometry.circuitsPerCore)
    func rows(_ sign: Int) -> [Double] {
      (0..<geometry.rowPairsPerCore).flatMap { pair in
        (0..<columns).map { Double(image.weights[(2 * pair + sign) * width + $0]) }
      }
    }
    (excitatory, inhibitory) = (rows(0), rows(1))
    for plastic in state.plastic { lay(plastic, image.plasticBlocks[plastic.position]) }
    for row in state.rows {
      for column in 0..<columns {
        excitatory[row.pair * columns + column] = row.excitatory[column]
        inhibitory[row.pair * columns + column] = row.inhibitory[column]
      }
    }
  }

  private mutating func lay(_ state: PlasticState, _ block: PlasticBlock) {
    var next = 0
    for (i, exists) in state.exists.enumerated() {
      let pair = block.firstPair + i / block.columnCount
      let place = pair * columns + block.firstColumn + i % block.columnCount
      let weight = exists ? state.weights[next] : 0
      excitatory[place] = max(weight, 0)
      if block.isSigned { inhibitory[place] = max(-weight, 0) }
      next += exists ? 1 : 0
    }
  }

  /// A pair of rows as a chip really stores it, if that differs from these.
  package func difference(
    pair: Int, isExact: Bool, _ stored: (_ column: Int) -> (Double, Double)
  ) -> RowPairState? {
    let start = pair * columns
    let differs = (0..<columns).contains { column in
      stored(column) != (excitatory[start + column], inhibitory[start + column])
    }
    guard differs else { return nil }
    let numbers = (0..<columns).map(stored)
    func row(_ values: [Double]) -> StoredNumbers {
      isExact ? .exact(values) : .steps(values.map { Int16($0) })
    }
    return RowPairState(
      pair: pair, excitatory: row(numbers.map(\.0)), inhibitory: row(numbers.map(\.1)))
  }
}
