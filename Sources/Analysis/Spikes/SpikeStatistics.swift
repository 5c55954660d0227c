/// Counts, rates and intervals of spike trains.
public enum SpikeStatistics {
  /// Spikes of each unit `0..<unitCount`; spikes of other units are counted in `outside`.
  public static func counts(
    of spikes: [TimedSpike], unitCount: Int
  ) -> (perUnit: [Int], outside: Int) {
    var perUnit = Array(repeating: 0, count: max(0, unitCount))
    var outside = 0
    for spike in spikes {
      if perUnit.indices.contains(spike.unit) { perUnit[spike.unit] += 1 } else { outside += 1 }
    }
    return (perUnit, outside)
  }

  /// Mean rate of each unit over `duration` microseconds, in kHz of hardware time.
  /// - Throws: ``AnalysisError/durationOutOfRange(_:)``.
  public static func rates(
    of spikes: [TimedSpike], unitCount: Int, duration: Double
  ) throws(AnalysisError) -> [Double] {
    guard duration > 0, duration.isFinite else { throw .durationOutOfRange(duration) }
    return counts(of: spikes, unitCount: unitCount).perUnit.map { Double($0) / duration * 1000 }
  }

  /// Inter-spike intervals of one train, in the unit of its times; one fewer than spikes.
  /// - Throws: ``AnalysisError/spikeTimeNotFinite(index:)``.
  public static func interSpikeIntervals(_ times: [Double]) throws(AnalysisError) -> [Double] {
    try requireFinite(times)
    let sorted = times.sorted()
    return zip(sorted.dropFirst(), sorted).map(-)
  }

  /// Coefficient of variation of the intervals, σ/mean: 0 for a clock, 1 for a Poisson process.
  ///
  /// `nil` with fewer than two intervals or a mean of 0; σ is that of the sample (n − 1).
  /// - Throws: ``AnalysisError/spikeTimeNotFinite(index:)``.
  public static func intervalVariation(_ times: [Double]) throws(AnalysisError) -> Double? {
    let intervals = try interSpikeIntervals(times)
    let summary = SampleSummary(intervals)
    guard intervals.count >= 2, summary.mean > 0 else { return nil }
    return summary.deviation / summary.mean
  }
}

/// Mean and standard deviation of the finite values of a sample.
public struct SampleSummary: Equatable, Sendable {
  /// Number of finite values.
  public let count: Int
  /// Their mean; 0 without any.
  public let mean: Double
  /// Their standard deviation with n − 1; 0 with fewer than two.
  public let deviation: Double

  /// Summarises the finite ones among `values`.
  public init(_ values: [Double]) {
    let finite = values.filter(\.isDrawable)
    count = finite.count
    // Welford's updating mean: equal values have exactly their own mean and no deviation.
    var (mean, squares) = (0.0, 0.0)
    for (index, value) in finite.enumerated() {
      let distance = value - mean
      mean += distance / Double(index + 1)
      squares += distance * (value - mean)
    }
    self.mean = mean
    deviation = finite.count < 2 ? 0 : (squares / Double(finite.count - 1)).squareRoot()
  }
}
