import HardwareSpec

/// How far two spike trains of a task are apart, in ticks.
enum SpikeTrains {
  /// D² of van Rossum 2001: `(1/τ) ∫ (f − g)² dt` of the trains filtered by `exp(−t/τ)`.
  ///
  /// A spike against nothing gives 1/2; the loss of Zenke and Ganguli 2018 is τ/2 times as much.
  static func squaredDistance(_ first: [Int], _ second: [Int], timeConstant: Double) -> Double {
    let signed = first.map { ($0, 1.0) } + second.map { ($0, -1.0) }
    var sum = 0.0
    for (time, sign) in signed {
      for (other, otherSign) in signed {
        let apart = Double(abs(time - other))
        sum += sign * otherSign * DeterministicMath.exp(-apart / timeConstant)
      }
    }
    return max(0, sum / 2)
  }

  /// The mean distance D of the trains of some units to their targets, over all trials.
  static func meanDistance(
    _ record: LearningRecord, _ units: Range<Int>, _ targets: [[Int]], timeConstant: Double
  ) -> Double {
    var sum = 0.0
    for spikes in record.spikes {
      for (i, unit) in units.enumerated() {
        let train = spikes.filter { $0.unit == unit }.map(\.tick)
        sum += squaredDistance(train, targets[i], timeConstant: timeConstant).squareRoot()
      }
    }
    return sum / Double(record.spikes.count * units.count)
  }
}
