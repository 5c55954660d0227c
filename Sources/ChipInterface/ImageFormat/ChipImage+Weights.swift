import HardwareSpec

extension ChipImage {
  /// Overwrites weights, all blocks or none: the positive part of a step goes to the pair's
  /// excitatory row, the negative part to its inhibitory row.
  ///
  /// An image stores whole steps, so blocks of real numbers are refused.
  public mutating func apply(
    _ blocks: [WeightBlock], on spec: ChipSpec
  ) throws(ChipError) {
    var places: [Int] = []
    for block in blocks {
      try block.validate(against: spec)
      guard case .steps = block.values else { throw .exactWeightsRefused }
      guard let place = cores.firstIndex(where: { $0.core == block.core }) else {
        throw .coreNotInImage(core: block.core.index)
      }
      places.append(place)
    }
    for (place, block) in zip(places, blocks) {
      if case .steps(let steps) = block.values {
        cores[place].write(steps, block, columns: spec.geometry.circuitsPerCore)
      }
    }
  }

  /// The signed steps that the image holds for the blocks of a projection.
  public func weightBlocks(
    of projection: ProjectionMap, on spec: ChipSpec
  ) throws(ChipError) -> [WeightBlock] {
    var blocks: [WeightBlock] = []
    for block in projection.blocks {
      guard let core = core(block.core) else {
        throw .coreNotInImage(core: block.core.index)
      }
      let rectangle = WeightBlock(
        core: block.core, firstPair: block.firstPair, pairCount: block.pairCount,
        firstColumn: block.firstColumn, columnCount: block.columnCount, values: .steps([]))
      blocks.append(try core.reading(rectangle, spec))
    }
    return blocks
  }
}

extension CoreImage {
  fileprivate mutating func write(_ steps: [Int8], _ block: WeightBlock, columns: Int) {
    weights.withUnsafeMutableBufferPointer { weights in
      steps.withUnsafeBufferPointer { steps in
        for k in 0..<block.pairCount {
          let row = 2 * (block.firstPair + k) * columns + block.firstColumn
          let start = k * block.columnCount
          for c in 0..<block.columnCount {
            let step = steps[start + c]
            weights[row + c] = UInt8(truncatingIfNeeded: max(step, 0))
            weights[row + columns + c] = UInt8(truncatingIfNeeded: max(0 &- step, 0))
          }
        }
      }
    }
  }

  fileprivate func reading(
    _ block: WeightBlock, _ spec: ChipSpec
  ) throws(ChipError) -> WeightBlock {
    let columns = spec.geometry.circuitsPerCore
    var steps: [Int8] = []
    var filled = block
    filled.values = .steps(Array(repeating: 0, count: max(block.pairCount * block.columnCount, 0)))
    try filled.validate(against: spec)
    for k in 0..<block.pairCount {
      let row = 2 * (block.firstPair + k) * columns + block.firstColumn
      for c in 0..<block.columnCount {
        steps.append(Int8(clamping: Int(weights[row + c]) - Int(weights[row + columns + c])))
      }
    }
    filled.values = .steps(steps)
    return filled
  }
}
