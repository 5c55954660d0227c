import ChipInterface
import HardwareSpec

extension Quantiser {
  /// The steps of a full matrix where lines and receivers follow each other.
  @inline(__always)
  func plainSteps<Real: StepReal>(_ weights: [Real]) -> Result {
    let rounding = StepRounding<Real>(
      copies: map.copies, weightPerStep: map.weightPerStep, largestWeight: largestWeight)
    var clipped = 0
    let blocks = map.blocks.map { block in
      let steps = [Int8](unsafeUninitializedCapacity: block.pairCount * block.columnCount) {
        buffer, count in
        count = block.pairCount * block.columnCount
        weights.withUnsafeBufferPointer { weights in
          for k in 0..<block.pairCount {
            let (line, position) = (block.firstLine + k, k * block.columnCount)
            let start = line / map.copies * map.targetCount + block.firstTarget
            let copy = line % map.copies
            var clippedInRow: Int32 = 0
            for c in 0..<block.columnCount {
              let step = rounding.step(weights[start + c], copy: copy)
              buffer[position + c] = step.value
              clippedInRow &+= step.clipped
            }
            clipped += Int(clippedInRow)
          }
        }
      }
      return weightBlock(block, .steps(steps))
    }
    return Result(blocks: blocks, clipped: clipped)
  }

  /// The steps of a full matrix for any map.
  @inline(__always)
  func steps<Real: StepReal>(_ weights: [Real]) -> Result {
    let table = RoundingTable<Real>(map, largestWeight: largestWeight, law: law)
    var clipped = 0
    let blocks = map.blocks.map { block in
      var steps = [Int8](repeating: 0, count: block.pairCount * block.columnCount)
      for k in 0..<block.pairCount {
        let owner = owner(ofLine: block.line(k))
        let entry = table.entry(copies: owner.copies)
        let (row, position) = (owner.sender * map.targetCount, k * block.columnCount)
        for c in 0..<block.columnCount {
          let target = block.target(c)
          let step = table.step(weights[row + target], entry, receiver: target, copy: owner.copy)
          steps[position + c] = step.value
          clipped += Int(step.clipped)
        }
      }
      return weightBlock(block, .steps(steps))
    }
    return Result(blocks: blocks, clipped: clipped)
  }

  /// A full matrix as real numbers of steps.
  @inline(__always)
  func exactSteps<Real: StepReal>(_ weights: [Real]) -> [WeightBlock] {
    let scales = (0..<map.targetCount).map { 1 / map.weightPerStep(ofReceiver: $0) }
    return map.blocks.map { block in
      var steps = [Double](repeating: 0, count: block.pairCount * block.columnCount)
      for k in 0..<block.pairCount {
        let owner = owner(ofLine: block.line(k))
        let share = 1 / Double(owner.copies)
        for c in 0..<block.columnCount {
          let target = block.target(c)
          let weight = Double(weights[owner.sender * map.targetCount + target])
          steps[k * block.columnCount + c] = weight * (share * scales[target])
        }
      }
      return weightBlock(block, .exact(steps))
    }
  }
}

// MARK: - Synapses

extension Quantiser {
  /// The steps of all blocks, from one weight a synapse; places without a synapse hold zero.
  ///
  /// - Throws: ``CompilerError/weightCount(projection:found:expected:)`` where the weights, or the
  ///   synapses' ends, are not those of the projection.
  public func quantise(
    _ weights: [Float], of synapses: SynapseMatrix
  ) throws(CompilerError) -> Result {
    try require(weights.count, synapses)
    return steps(weights, synapses)
  }

  /// The steps of all blocks, from one weight a synapse; places without a synapse hold zero.
  public func quantise(
    _ weights: [Double], of synapses: SynapseMatrix
  ) throws(CompilerError) -> Result {
    try require(weights.count, synapses)
    return steps(weights, synapses)
  }

  /// The float weights of synapses that blocks stand for, copies added up.
  public func weights(
    of blocks: [WeightBlock], at synapses: SynapseMatrix
  ) throws(CompilerError) -> [Double] {
    try require(synapses.count, synapses)
    let dense = try weights(of: blocks)
    return (0..<synapses.senderCount).flatMap { sender in
      synapses.receivers[synapses.synapses(of: sender)].map {
        dense[sender * map.targetCount + Int($0)]
      }
    }
  }

  private func require(_ count: Int, _ synapses: SynapseMatrix) throws(CompilerError) {
    guard count == synapses.count else {
      throw .weightCount(projection: map.name, found: count, expected: synapses.count)
    }
    guard synapses.senderCount == map.sourceCount, synapses.receiverCount == map.targetCount,
      synapses.faults.isEmpty
    else { throw .malformedMap(projection: map.name) }
  }

  @inline(__always)
  private func steps<Real: StepReal>(_ weights: [Real], _ synapses: SynapseMatrix) -> Result {
    let table = RoundingTable<Real>(map, largestWeight: largestWeight, law: law)
    var columns = [Int32](repeating: -1, count: map.targetCount)
    var clipped = 0
    let blocks = map.blocks.map { block in
      var steps = [Int8](repeating: 0, count: block.pairCount * block.columnCount)
      for c in 0..<block.columnCount { columns[block.target(c)] = Int32(c) }
      for k in 0..<block.pairCount {
        let owner = owner(ofLine: block.line(k))
        let entry = table.entry(copies: owner.copies)
        for i in synapses.synapses(of: owner.sender) {
          let target = Int(synapses.receivers[i])
          guard columns[target] >= 0 else { continue }
          let step = table.step(weights[i], entry, receiver: target, copy: owner.copy)
          steps[k * block.columnCount + Int(columns[target])] = step.value
          clipped += Int(step.clipped)
        }
      }
      for c in 0..<block.columnCount { columns[block.target(c)] = -1 }
      return weightBlock(block, .steps(steps))
    }
    return Result(blocks: blocks, clipped: clipped)
  }
}
