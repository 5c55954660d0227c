/// The least price of turning one spike train into another (Victor and Purpura 1996).
///
/// Adding or removing a spike costs 1, moving one by Δt costs `q |Δt|`.
public enum VictorPurpuraDistance {
  /// The largest product of the two spike counts that is computed, about a second's work.
  public static let maximumPairs = 500_000_000

  /// The distance of two trains, in any order; times in microseconds, q (`shiftCost`) per
  /// microsecond.
  /// - Throws: ``AnalysisError/shiftCostOutOfRange(_:)``,
  ///   ``AnalysisError/spikeTimeNotFinite(index:)`` or
  ///   ``AnalysisError/tooManySpikePairs(first:second:allowed:)``.
  public static func distance(
    _ first: [Double], _ second: [Double], shiftCost: Double
  ) throws(AnalysisError) -> Double {
    guard shiftCost >= 0, shiftCost.isFinite else { throw .shiftCostOutOfRange(shiftCost) }
    try requireFinite(first)
    try requireFinite(second)
    let (pairs, overflow) = first.count.multipliedReportingOverflow(by: second.count)
    guard !overflow, pairs <= maximumPairs else {
      throw .tooManySpikePairs(first: first.count, second: second.count, allowed: maximumPairs)
    }
    return cheapestEdit(first.sorted(), second.sorted(), shiftCost)
  }

  /// The edit distance, one row of the table at a time.
  private static func cheapestEdit(
    _ first: [Double], _ second: [Double], _ shiftCost: Double
  ) -> Double {
    var row = (0...second.count).map(Double.init)
    for (index, time) in first.enumerated() {
      var diagonal = row[0]
      row[0] = Double(index + 1)
      for column in second.indices {
        let shifted = diagonal + shiftCost * (time - second[column]).magnitude
        diagonal = row[column + 1]
        row[column + 1] = min(shifted, min(row[column], diagonal) + 1)
      }
    }
    return row[second.count]
  }
}
