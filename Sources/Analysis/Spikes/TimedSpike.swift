/// One spike: when, in microseconds of hardware time, and of which unit.
public struct TimedSpike: Hashable, Comparable, Sendable {
  /// Hardware time since the start of the sample, in microseconds.
  public var time: Double
  /// Index of the neuron within its population or recording.
  public var unit: Int

  /// Makes a spike.
  public init(time: Double, unit: Int) { (self.time, self.unit) = (time, unit) }

  /// Orders by time, then by unit.
  public static func < (left: TimedSpike, right: TimedSpike) -> Bool {
    (left.time, left.unit) < (right.time, right.unit)
  }
}

/// Refuses trains with a time that is not finite: NaN has no place in an order.
func requireFinite(_ times: some Sequence<Double>) throws(AnalysisError) {
  var index = 0
  for time in times {
    guard time.isFinite else { throw .spikeTimeNotFinite(index: index) }
    index += 1
  }
}
