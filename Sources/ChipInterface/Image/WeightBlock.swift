import HardwareSpec

/// New weights for a rectangle of row pairs and columns.
public struct WeightBlock: Equatable, Sendable {
  /// The numbers, pair by pair: `pairCount * columnCount` of them.
  ///
  /// The positive part goes to the pair's excitatory row, the negative to its inhibitory row.
  public enum Values: Equatable, Sendable {
    /// Signed steps of stored weight, within ± the chip's largest weight.
    case steps([Int8])
    /// Real numbers of steps, for the ideal chip only.
    case exact([Double])

    /// How many numbers there are.
    public var count: Int {
      switch self {
      case .steps(let values): return values.count
      case .exact(let values): return values.count
      }
    }
  }

  /// The core.
  public var core: CoreOnChip
  /// Row pairs: the first, and how many.
  public var firstPair, pairCount: Int
  /// Columns: the first, and how many.
  public var firstColumn, columnCount: Int
  /// The weights, pair by pair.
  public var values: Values

  /// Makes a block.
  public init(
    core: CoreOnChip, firstPair: Int, pairCount: Int, firstColumn: Int, columnCount: Int,
    values: Values
  ) {
    (self.core, self.firstPair, self.pairCount) = (core, firstPair, pairCount)
    (self.firstColumn, self.columnCount, self.values) = (firstColumn, columnCount, values)
  }

  /// Checks rectangle, count and range against a chip.
  public func validate(against spec: ChipSpec) throws(ChipError) {
    let geometry = spec.geometry
    guard firstPair >= 0, pairCount >= 0, firstPair + pairCount <= geometry.rowPairsPerCore,
      firstColumn >= 0, columnCount >= 0, firstColumn + columnCount <= geometry.circuitsPerCore
    else {
      throw .weightsOutsideCore(
        core: core.index, pairs: geometry.rowPairsPerCore, columns: geometry.circuitsPerCore)
    }
    guard values.count == pairCount * columnCount else {
      throw .weightCount(core: core.index, found: values.count, expected: pairCount * columnCount)
    }
    let largest = spec.synapse.largestWeight
    if case .steps(let steps) = values, let bad = Self.first(of: steps, beyond: largest) {
      throw .weightOutOfRange(core: core.index, weight: Int(bad), largest: largest)
    }
  }
}

extension WeightBlock {
  /// The first step beyond ± the largest; lowest and highest are found first, which is quick.
  private static func first(of steps: [Int8], beyond largest: Int) -> Int8? {
    var (low, high) = (Int8(0), Int8(0))
    for step in steps {
      low = min(low, step)
      high = max(high, step)
    }
    guard Int(low) < -largest || Int(high) > largest else { return nil }
    return steps.first { abs(Int($0)) > largest }
  }
}

extension ChipImage {
  /// Checks blocks of weights against the chip and this image, all before any is written.
  ///
  /// Real-valued weights pass only where `exact` says that the chip takes them.
  public func validate(
    _ weights: [WeightBlock], on spec: ChipSpec, exact: Bool
  ) throws(ChipError) {
    for block in weights {
      try block.validate(against: spec)
      if case .exact = block.values, !exact { throw .exactWeightsRefused }
      guard let core = core(block.core) else {
        throw .coreNotInImage(core: block.core.index)
      }
      guard block.firstColumn + block.columnCount <= core.circuits.count else {
        throw .weightsOutsideCore(
          core: block.core.index, pairs: spec.geometry.rowPairsPerCore,
          columns: core.circuits.count)
      }
    }
  }
}
