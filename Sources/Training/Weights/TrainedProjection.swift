import CTrainingKernels
import ChipInterface

/// The weights of one projection while they are trained: shadow values, Adam's moments, rounding.
final class TrainedProjection {
  let rows, columns, copies: Int
  /// One step of stored weight, and the largest weight of one copy, in thresholds.
  let thetaPerStep, largest: Double
  private let largestStep: Int
  private let stride: Int
  private let values, mean, square: AlignedFloats
  private let map: ProjectionMap

  init(_ map: ProjectionMap, thetaPerStep: Double, largestStep: Int, weights: [Float]) {
    (rows, columns, copies) = (map.sourceCount, map.targetCount, map.copies)
    (self.map, self.thetaPerStep, self.largestStep) = (map, thetaPerStep, largestStep)
    largest = thetaPerStep * Double(largestStep)
    stride = AlignedFloats.stride(columns)
    values = AlignedFloats(count: rows * stride)
    mean = AlignedFloats(count: rows * stride)
    square = AlignedFloats(count: rows * stride)
    for (i, weight) in weights.enumerated() {
      values.values[i / columns * stride + i % columns] = min(max(weight, -bound), bound)
    }
  }

  private var bound: Float { Float(largest) }

  /// The shadow weights, [row, column].
  var weights: [Float] {
    (0..<rows * columns).map { values.values[$0 / columns * stride + $0 % columns] }
  }

  /// One step of Adam; clears the partial sums.
  func update(_ partials: [AlignedFloats], _ step: synapus_adam_step) {
    var step = step
    step.largest = bound
    synapus_adam(
      &step, rows * stride, Float(copies), values.pointer, mean.pointer, square.pointer,
      partials[0].pointer, partials[1].pointer)
  }

  /// Steps of stored weight, [row * copies + copy, column].
  ///
  /// Each copy rounds with an offset of its own, else all copies would round alike.
  func steps() -> [Int8] {
    Array(unsafeUninitializedCapacity: rows * copies * columns) { steps, count in
      count = rows * copies * columns
      guard let out = steps.baseAddress else { return }
      synapus_round(
        values.pointer, Int32(rows), Int32(columns), Int32(stride), Int32(copies),
        Float(1 / thetaPerStep), Float(largestStep), out)
    }
  }

  /// What the chip is told, and, where wanted, the weights of all copies together as [column, row].
  func blocks(_ precision: WeightPrecision, effective: AlignedFloats?) -> [WeightBlock] {
    switch precision {
    case .rounded:
      let steps = steps()
      if let effective {
        synapus_sum_copies(
          steps, Int32(rows), Int32(columns), Int32(copies), Float(thetaPerStep),
          effective.pointer, Int32(AlignedFloats.stride(rows)))
      }
      return map.blocks.map { $0.weights(.steps($0.slice(steps, columns: columns))) }
    case .exact:
      if let effective { sumExact(into: effective) }
      let lines = exactLines()
      return map.blocks.map { $0.weights(.exact($0.slice(lines, columns: columns))) }
    }
  }

  private func exactLines() -> [Double] {
    (0..<rows * copies * columns).map { i in
      let (line, column) = i.quotientAndRemainder(dividingBy: columns)
      return Double(values.values[line / copies * stride + column]) / thetaPerStep
    }
  }

  private func sumExact(into effective: AlignedFloats) {
    let height = AlignedFloats.stride(rows)
    for row in 0..<rows {
      for column in 0..<columns {
        effective.values[column * height + row] =
          values.values[row * stride + column] * Float(copies)
      }
    }
  }
}

/// How the chip holds the weights.
public enum WeightPrecision: String, Sendable {
  /// As whole steps of stored weight.
  case rounded
  /// As real numbers, which only an ideal chip can.
  case exact
}

extension ProjectionBlock {
  fileprivate func weights(_ values: WeightBlock.Values) -> WeightBlock {
    WeightBlock(
      core: core, firstPair: firstPair, pairCount: pairCount, firstColumn: firstColumn,
      columnCount: columnCount, values: values)
  }

  /// The block's part of a projection's lines, [line, column].
  fileprivate func slice<Number>(_ lines: [Number], columns: Int) -> [Number] {
    if columnCount == columns {
      let start = firstLine * columns
      return Array(lines[start..<start + pairCount * columns])
    }
    return (firstLine..<firstLine + pairCount).flatMap { line in
      lines[line * columns + firstTarget..<line * columns + firstTarget + columnCount]
    }
  }
}
