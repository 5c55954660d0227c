import ChipInterface
import HardwareSpec

/// Rounds the float weights of one projection to the steps that a chip stores, and back.
///
/// A weight w that is spread over n copies becomes, in copy r,
/// `clip(rint(w / (n · weightPerStep) + d_r), ±largest)` with `d_r = (r + ½) / n − ½`: the fixed
/// offsets make n copies together n times finer than one. `rint` rounds halves to even. Where
/// charge does not go with the stored weight, the steps of nearest charge are shared over the
/// copies as equally as can be.
/// Weights are [sender, receiver], row by row, or those of a ``SynapseMatrix``. In the training loop
/// one quantiser lives as long as the network and is used for every mini-batch.
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
  /// How a stored weight becomes charge.
  public let law: WeightLaw
  /// The sender of each line; empty: lines follow by equal copies.
  let owners: [LineOwner]

  /// Checks the map's rectangles, so that later calls need not.
  public init(
    _ map: ProjectionMap, largestWeight: Int, law: WeightLaw = .linear
  ) throws(CompilerError) {
    guard map.isSound, (1...127).contains(largestWeight) else {
      throw .malformedMap(projection: map.name)
    }
    (self.map, self.largestWeight, self.law) = (map, largestWeight, law)
    owners =
      map.isPlain && law == .linear
      ? []
      : map.lineOwners.map {
        LineOwner(sender: Int32($0.sender), copy: Int32($0.copy), copies: Int32($0.copies))
      }
  }

  /// Makes the quantiser of a projection for a chip.
  public init(_ map: ProjectionMap, on spec: ChipSpec) throws(CompilerError) {
    try self.init(map, largestWeight: spec.synapse.largestWeight, law: spec.synapse.weightLaw)
  }

  var isPlain: Bool { map.isPlain && law == .linear }

  /// The steps of all blocks.
  public func quantise(_ weights: [Float]) throws(CompilerError) -> Result {
    try requireCount(weights.count)
    return isPlain ? plainSteps(weights) : steps(weights)
  }

  /// The steps of all blocks.
  public func quantise(_ weights: [Double]) throws(CompilerError) -> Result {
    try requireCount(weights.count)
    return isPlain ? plainSteps(weights) : steps(weights)
  }

  /// The weights as real numbers of steps, for a chip that takes them: nothing is rounded.
  public func exact(_ weights: [Float]) throws(CompilerError) -> [WeightBlock] {
    try requireCount(weights.count)
    return exactSteps(weights)
  }

  /// The weights as real numbers of steps, for a chip that takes them: nothing is rounded.
  public func exact(_ weights: [Double]) throws(CompilerError) -> [WeightBlock] {
    try requireCount(weights.count)
    return exactSteps(weights)
  }

  /// What the chip computes with after rounding: steps times their weight, copies added up.
  ///
  /// `rounded` must have as many elements as `weights`.
  public func round(
    _ weights: [Float], into rounded: inout [Float]
  ) throws(CompilerError) {
    try requireCount(weights.count)
    try requireCount(rounded.count)
    let table = RoundingTable<Float>(map, largestWeight: largestWeight, law: law)
    for sender in 0..<map.sourceCount {
      let entry = table.entry(copies: map.copies(ofSender: sender))
      for target in 0..<map.targetCount {
        let i = sender * map.targetCount + target
        let sum = table.sum(weights[i], entry, receiver: target).steps
        rounded[i] = Float(table.charge(sum, entry)) * Float(table.weightPerStep(target))
      }
    }
  }

  /// The float weights that blocks stand for, copies added up.
  ///
  /// The blocks must be those of this projection, in the order of its map.
  public func weights(of blocks: [WeightBlock]) throws(CompilerError) -> [Double] {
    var charges = [Double](repeating: 0, count: map.sourceCount * map.targetCount)
    guard blocks.count == map.blocks.count else { throw .malformedMap(projection: map.name) }
    for (place, block) in zip(map.blocks, blocks) {
      guard block.values.count == place.pairCount * place.columnCount else {
        throw .weightCount(
          projection: map.name, found: block.values.count,
          expected: place.pairCount * place.columnCount)
      }
      for k in 0..<place.pairCount {
        let row = owner(ofLine: place.line(k)).sender * map.targetCount
        for c in 0..<place.columnCount {
          charges[row + place.target(c)] += block.values.charge(k * place.columnCount + c, law)
        }
      }
    }
    if map.receiverScales.isEmpty { return charges.map { $0 * map.weightPerStep } }
    return charges.indices.map {
      charges[$0] * map.weightPerStep(ofReceiver: $0 % map.targetCount)
    }
  }

  /// The float weights that an image holds for this projection.
  public func weights(in image: ChipImage, on spec: ChipSpec) throws -> [Double] {
    try weights(of: image.weightBlocks(of: map, on: spec))
  }

  /// Signal power over the power of the rounding error, in decibels; nil when either is zero.
  public func signalToNoise(_ weights: [Double]) throws(CompilerError) -> Double? {
    try requireCount(weights.count)
    let table = RoundingTable<Double>(map, largestWeight: largestWeight, law: law)
    var quality = RoundingQuality()
    for sender in 0..<map.sourceCount {
      let entry = table.entry(copies: map.copies(ofSender: sender))
      for target in 0..<map.targetCount {
        let weight = weights[sender * map.targetCount + target]
        let sum = table.sum(weight, entry, receiver: target)
        quality.add(
          weight, stored: table.charge(sum.steps, entry) * table.weightPerStep(target),
          clipped: sum.clipped)
      }
    }
    return quality.signalToNoise
  }

  func requireCount(_ count: Int) throws(CompilerError) {
    guard count == map.sourceCount * map.targetCount else {
      throw .weightCount(
        projection: map.name, found: count, expected: map.sourceCount * map.targetCount)
    }
  }

  // MARK: Lines

  /// Who sends on a line.
  @inline(__always)
  func owner(ofLine line: Int) -> (sender: Int, copy: Int, copies: Int) {
    guard owners.isEmpty else {
      let owner = owners[line]
      return (Int(owner.sender), Int(owner.copy), Int(owner.copies))
    }
    return (line / map.copies, line % map.copies, map.copies)
  }

  func weightBlock(_ block: ProjectionBlock, _ values: WeightBlock.Values) -> WeightBlock {
    WeightBlock(
      core: block.core, firstPair: block.firstPair, pairCount: block.pairCount,
      firstColumn: block.firstColumn, columnCount: block.columnCount, values: values)
  }
}

/// One line of a projection: a copy of a sender.
struct LineOwner: Equatable, Sendable {
  var sender, copy, copies: Int32
}

extension ProjectionMap {
  /// Row pairs of one sender.
  func copies(ofSender sender: Int) -> Int {
    senderCopies.isEmpty ? copies : senderCopies[sender]
  }

  /// Whether lines, receivers and scales agree with each other; what an image's own check also
  /// proves, for maps that did not come from one.
  var isSound: Bool {
    let most = 1 << 32
    guard (0...most).contains(sourceCount), (0...most).contains(targetCount),
      !sourceCount.multipliedReportingOverflow(by: targetCount).overflow, copies >= 1,
      weightPerStep > 0, weightPerStep.isFinite,
      [0, sourceCount].contains(senderCopies.count),
      senderCopies.allSatisfy({ (1...65_536).contains($0) }),
      [0, targetCount].contains(receiverScales.count),
      receiverScales.allSatisfy({ $0 > 0 && ($0 * weightPerStep).isNormal }),
      !sourceCount.multipliedReportingOverflow(by: copies).overflow
    else { return false }
    let lines = lineCount
    return blocks.allSatisfy { $0.isSound(lines: lines, targets: targetCount) }
  }
}

extension ProjectionBlock {
  fileprivate func isSound(lines count: Int, targets targetCount: Int) -> Bool {
    guard pairCount >= 0, columnCount >= 0, [0, pairCount].contains(lines.count),
      [0, columnCount].contains(targets.count)
    else { return false }
    let linesFit =
      lines.isEmpty
      ? firstLine >= 0 && firstLine <= count - pairCount
      : lines.allSatisfy { (0..<count).contains(Int($0)) }
    let targetsFit =
      targets.isEmpty
      ? firstTarget >= 0 && firstTarget <= targetCount - columnCount
      : targets.allSatisfy { (0..<targetCount).contains(Int($0)) }
    return linesFit && targetsFit
  }
}

extension WeightBlock.Values {
  fileprivate func charge(_ index: Int, _ law: WeightLaw) -> Double {
    switch self {
    case .steps(let steps):
      let step = Int(steps[index])
      return step < 0 ? -law.charge(-step) : law.charge(step)
    case .exact(let numbers): return numbers[index]
    }
  }
}
