/// How far apart the spike trains of two recordings are, neuron by neuron.
public struct TrainDistances: Equatable, Sendable {
  /// The distances of one unit, each a mean over the samples.
  public struct Unit: Equatable, Sendable {
    /// Index of the unit.
    public let unit: Int
    /// van Rossum's distance, see ``VanRossumDistance``.
    public let vanRossum: Double
    /// The distance of Victor and Purpura, see ``VictorPurpuraDistance``.
    public let victorPurpura: Double
  }

  /// Every unit that fired in either recording, by unit.
  public let units: [Unit]
  /// The time constant of van Rossum's filter, in microseconds.
  public let timeConstant: Double
  /// The price of moving a spike, per microsecond.
  public let shiftCost: Double

  /// Means over ``units``; 0 when nothing fired.
  public var meanVanRossum: Double { mean(\.vanRossum) }
  /// Means over ``units``; 0 when nothing fired.
  public var meanVictorPurpura: Double { mean(\.victorPurpura) }

  /// Compares two recordings; a sample that one of them lacks counts as silent.
  ///
  /// Times and `timeConstant` are in microseconds, `shiftCost` per microsecond.
  /// - Throws: ``AnalysisError`` for a parameter or a time that the distances are not defined for.
  public static func compare(
    _ first: [[TimedSpike]], _ second: [[TimedSpike]], timeConstant: Double, shiftCost: Double
  ) throws(AnalysisError) -> TrainDistances {
    let samples = max(first.count, second.count)
    var sums: [Int: (vanRossum: Double, victorPurpura: Double)] = [:]
    for sample in 0..<samples {
      let one = trains(sample < first.count ? first[sample] : [])
      let other = trains(sample < second.count ? second[sample] : [])
      for unit in Set(one.keys).union(other.keys).sorted() {
        let (a, b) = (one[unit] ?? [], other[unit] ?? [])
        sums[unit, default: (0, 0)].vanRossum += try VanRossumDistance.distance(
          a, b, timeConstant: timeConstant)
        if a == b { continue }
        sums[unit, default: (0, 0)].victorPurpura += try VictorPurpuraDistance.distance(
          a, b, shiftCost: shiftCost)
      }
    }
    let units = sums.sorted { $0.key < $1.key }.map { unit, sum in
      Unit(
        unit: unit, vanRossum: sum.vanRossum / Double(samples),
        victorPurpura: sum.victorPurpura / Double(samples))
    }
    return TrainDistances(units: units, timeConstant: timeConstant, shiftCost: shiftCost)
  }

  private static func trains(_ spikes: [TimedSpike]) -> [Int: [Double]] {
    Dictionary(grouping: spikes, by: \.unit).mapValues { $0.map(\.time).sorted() }
  }

  private func mean(_ distance: KeyPath<Unit, Double>) -> Double {
    units.isEmpty ? 0 : units.reduce(0) { $0 + $1[keyPath: distance] } / Double(units.count)
  }
}
