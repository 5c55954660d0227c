import ChipInterface
import HardwareSpec

/// Weight blocks on the wire: one row of `blocks` for each, their numbers one after the other.
///
/// A row is core, first pair, pairs, first column, columns, kind; kind 0 takes its numbers from
/// `steps`, kind 1 from `exact`.
package enum WeightCoding {
  private static let numbersPerBlock = 6

  package static func encode(_ blocks: [WeightBlock]) -> [WireArray] {
    var rows: [Int32] = []
    var steps: [Int8] = []
    var exact: [Double] = []
    for block in blocks {
      let rectangle = [
        block.core.index, block.firstPair, block.pairCount, block.firstColumn, block.columnCount,
      ]
      rows += rectangle.map { Int32(clamping: $0) }
      switch block.values {
      case .steps(let values):
        rows.append(0)
        steps += values
      case .exact(let values):
        rows.append(1)
        exact += values
      }
    }
    return [
      WireArray("blocks", rows, shape: [blocks.count, numbersPerBlock]),
      WireArray("steps", steps), WireArray("exact", exact),
    ]
  }

  package static func decode(_ message: Message, spec: ChipSpec) throws(WireError) -> [WeightBlock]
  {
    let rows = try message.array("blocks", Int32.self, shape: [nil, numbersPerBlock]).map(Int.init)
    let steps = try message.array("steps", Int8.self)
    let exact = try message.array("exact", Double.self)
    var (nextStep, nextExact) = (0, 0)
    var blocks: [WeightBlock] = []
    for start in stride(from: 0, to: rows.count, by: numbersPerBlock) {
      let row = Array(rows[start..<start + numbersPerBlock])
      let values: WeightBlock.Values
      if row[5] == 0 {
        values = .steps(try take(row, from: steps, &nextStep))
      } else {
        values = .exact(try take(row, from: exact, &nextExact))
      }
      blocks.append(try block(row, values, spec))
    }
    guard nextStep == steps.count, nextExact == exact.count else {
      throw WireError(
        .badPayload, "there are more weights than the blocks hold", field: "blocks",
        limit: nextStep + nextExact, actual: steps.count + exact.count)
    }
    return blocks
  }

  private static func take<Number>(
    _ row: [Int], from numbers: [Number], _ next: inout Int
  ) throws(WireError) -> [Number] {
    // Both factors fit 32 bits, so the product fits 64.
    let count = row[2] * row[4]
    guard row[2] >= 0, row[4] >= 0, count <= numbers.count - next else {
      throw WireError(
        .badPayload, "a block needs more weights than are there", field: "blocks",
        limit: numbers.count - next, actual: count)
    }
    defer { next += count }
    return Array(numbers[next..<next + count])
  }

  private static func block(
    _ row: [Int], _ values: WeightBlock.Values, _ spec: ChipSpec
  ) throws(WireError) -> WeightBlock {
    guard let core = CoreOnChip(row[0], on: spec.geometry) else {
      throw WireError(
        .badPayload, "a block names a core that does not exist", field: "blocks",
        limit: spec.geometry.coreCount - 1, actual: row[0])
    }
    if case .exact(let numbers) = values, !numbers.allSatisfy(\.isFinite) {
      throw WireError(.badPayload, "a weight is not finite", field: "exact")
    }
    return WeightBlock(
      core: core, firstPair: row[1], pairCount: row[2], firstColumn: row[3], columnCount: row[4],
      values: values)
  }
}
