import ChipInterface
import HardwareSpec

/// Rounds the float weights of one projection to the steps that a chip stores, and back.
///
/// A weight w that is spread over n copies becomes, in copy r,
/// `clip(rint(w / (n · weightPerStep) + d_r), ±largest)` with `d_r = (r + ½) / n − ½`: the fixed
/// offsets make n copies together n times finer than one. `rint` rounds halves to even.
/// Weights are [sender, receiver], row by row. In the training loop one quantiser lives as long
/// as the network and is used for every mini-batch.
public struct Quantiser: Equatable, Sendable {
  /// Rounded weights, and how many steps had to be clipped.
  public struct Result: Equatable, Sendable {
    /// One block for each of the map's.
    public var blocks: [WeightBlock]
    /// Steps beyond ± the largest; not-a-number counts, and becomes the lowest step.
    public var clipped: Int
  }

  /// Where the weights lie, and what a step means.
  public let map: ProjectionMap
  /// The largest step.
  public let largestWeight: Int

  /// Checks the map's rectangles, so that later calls need not.
  public init(_ map: ProjectionMap, largestWeight: Int) throws(CompilerError) {
    let lines = map.sourceCount.multipliedReportingOverflow(by: map.copies)
    guard map.isPlain, map.copies >= 1, map.sourceCount >= 0, map.targetCount >= 0, !lines.overflow,
      (1...127).contains(largestWeight), map.weightPerStep > 0, map.weightPerStep.isFinite,
      map.blocks.allSatisfy({ block in
        block.firstLine >= 0 && block.pairCount >= 0 && block.firstTarget >= 0
          && block.columnCount >= 0 && block.firstLine <= lines.partialValue - block.pairCount
          && block.firstTarget <= map.targetCount - block.columnCount
      })
    else { throw .malformedMap(projection: map.name) }
    (self.map, self.largestWeight) = (map, largestWeight)
  }

  /// Makes the quantiser of a projection for a chip.
  public init(_ map: ProjectionMap, on spec: ChipSpec) throws(CompilerError) {
    try self.init(map, largestWeight: spec.synapse.largestWeight)
  }

  /// The steps of all blocks.
  public func quantise(_ weights: [Float]) throws(CompilerError) -> Result {
    try quantiseReals(weights)
  }

  /// The steps of all blocks.
  public func quantise(_ weights: [Double]) throws(CompilerError) -> Result {
    try quantiseReals(weights)
  }

  /// The weights as real numbers of steps, for a chip that takes them: nothing is rounded.
  public func exact(_ weights: [Float]) throws(CompilerError) -> [WeightBlock] {
    try exactReals(weights)
  }

  /// The weights as real numbers of steps, for a chip that takes them: nothing is rounded.
  public func exact(_ weights: [Double]) throws(CompilerError) -> [WeightBlock] {
    try exactReals(weights)
  }

  /// What the chip computes with after rounding: steps times their weight, copies added up.
  ///
  /// `rounded` must have as many elements as `weights`.
  public func round(
    _ weights: [Float], into rounded: inout [Float]
  ) throws(CompilerError) {
    try requireCount(weights.count)
    try requireCount(rounded.count)
    let rounding = StepRounding<Float>(map, largestWeight)
    let step = Float(map.weightPerStep)
    for i in weights.indices {
      var sum = 0
      for copy in 0..<map.copies { sum += Int(rounding.step(weights[i], copy: copy).value) }
      rounded[i] = Float(sum) * step
    }
  }

  /// The float weights that blocks stand for, copies added up.
  ///
  /// The blocks must be those of this projection, in the order of its map.
  public func weights(of blocks: [WeightBlock]) throws(CompilerError) -> [Double] {
    var steps = [Double](repeating: 0, count: map.sourceCount * map.targetCount)
    guard blocks.count == map.blocks.count else { throw .malformedMap(projection: map.name) }
    for (place, block) in zip(map.blocks, blocks) {
      guard block.values.count == place.pairCount * place.columnCount else {
        throw .weightCount(
          projection: map.name, found: block.values.count,
          expected: place.pairCount * place.columnCount)
      }
      forEachRun(of: place) { start, line, position in
        for c in 0..<place.columnCount { steps[start + c] += block.values.number(position + c) }
      }
    }
    return steps.map { $0 * map.weightPerStep }
  }

  /// The float weights that an image holds for this projection.
  public func weights(in image: ChipImage, on spec: ChipSpec) throws -> [Double] {
    try weights(of: image.weightBlocks(of: map, on: spec))
  }

  /// Signal power over the power of the rounding error, in decibels; nil when either is zero.
  public func signalToNoise(_ weights: [Double]) throws(CompilerError) -> Double? {
    try requireCount(weights.count)
    return StepRounding<Double>(map, largestWeight).quality(of: weights).signalToNoise
  }

  func requireCount(_ count: Int) throws(CompilerError) {
    guard count == map.sourceCount * map.targetCount else {
      throw .weightCount(
        projection: map.name, found: count, expected: map.sourceCount * map.targetCount)
    }
  }

  /// Visits the row pairs of a block: the first weight's index, the line, and the first position.
  @inline(__always)
  private func forEachRun(of block: ProjectionBlock, _ body: (Int, Int, Int) -> Void) {
    for k in 0..<block.pairCount {
      let line = block.firstLine + k
      body(
        line / map.copies * map.targetCount + block.firstTarget, line % map.copies,
        k * block.columnCount)
    }
  }

  @inline(__always)
  private func quantiseReals<Real: StepReal>(_ weights: [Real]) throws(CompilerError) -> Result {
    try requireCount(weights.count)
    let rounding = StepRounding<Real>(map, largestWeight)
    var clipped = 0
    let blocks = map.blocks.map { block in
      let steps = [Int8](unsafeUninitializedCapacity: block.pairCount * block.columnCount) {
        buffer, count in
        count = block.pairCount * block.columnCount
        weights.withUnsafeBufferPointer { weights in
          forEachRun(of: block) { start, copy, position in
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

  @inline(__always)
  private func exactReals<Real: StepReal>(
    _ weights: [Real]
  ) throws(CompilerError) -> [WeightBlock] {
    try requireCount(weights.count)
    let scale = 1 / (Double(map.copies) * map.weightPerStep)
    return map.blocks.map { block in
      var steps = [Double](repeating: 0, count: block.pairCount * block.columnCount)
      forEachRun(of: block) { start, _, position in
        for c in 0..<block.columnCount { steps[position + c] = Double(weights[start + c]) * scale }
      }
      return weightBlock(block, .exact(steps))
    }
  }

  private func weightBlock(_ block: ProjectionBlock, _ values: WeightBlock.Values) -> WeightBlock {
    WeightBlock(
      core: block.core, firstPair: block.firstPair, pairCount: block.pairCount,
      firstColumn: block.firstColumn, columnCount: block.columnCount, values: values)
  }
}

extension WeightBlock.Values {
  fileprivate func number(_ index: Int) -> Double {
    switch self {
    case .steps(let steps): return Double(steps[index])
    case .exact(let numbers): return numbers[index]
    }
  }
}
