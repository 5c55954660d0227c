/// What two recordings of the same experiment agree and differ in.
public struct SpikeComparison: Equatable, Sendable {
  /// Which of the two recordings a spike stands in.
  public enum Side: String, Equatable, Sendable {
    /// Only the first recording has it.
    case first
    /// Only the second recording has it.
    case second
  }

  /// The earliest spike without a partner.
  public struct Divergence: Equatable, Sendable {
    /// Index of the sample in the mini-batch.
    public let sample: Int
    /// The spike that has no partner.
    public let spike: TimedSpike
    /// The recording that has it.
    public let side: Side
  }

  /// Spike counts of one unit over all samples.
  public struct UnitCount: Equatable, Sendable {
    /// Index of the unit.
    public let unit: Int
    /// Spikes in the first and in the second recording.
    public let first, second: Int
    /// Spikes that have a partner within the tolerance.
    public let coincident: Int
    /// Mean and largest time difference of partners, in microseconds; 0 without partners.
    public let meanShift, largestShift: Double
  }

  /// Samples in the first and in the second recording.
  public let sampleCounts: [Int]
  /// Counts of every unit that fired in either, by unit.
  public let units: [UnitCount]
  /// The first difference by sample, time and unit; `nil` when every spike has a partner.
  public let firstDivergence: Divergence?
  /// Largest time difference of partners, in microseconds.
  public let largestShift: Double
  /// Mean time difference of partners, in microseconds.
  public let meanShift: Double

  /// Spikes in the first recording.
  public var firstCount: Int { units.reduce(0) { $0 + $1.first } }
  /// Spikes in the second recording.
  public var secondCount: Int { units.reduce(0) { $0 + $1.second } }
  /// Pairs of spikes of one unit within the tolerance, each spike in one pair at most.
  public var coincident: Int { units.reduce(0) { $0 + $1.coincident } }
  /// Share of all spikes that have a partner, 0 to 1; 1 for two silent recordings.
  public var agreement: Double {
    let all = firstCount + secondCount
    return all == 0 ? 1 : Double(2 * coincident) / Double(all)
  }
  /// Whether sample counts agree, every spike has a partner, and no partner is shifted.
  public var isIdentical: Bool {
    sampleCounts[0] == sampleCounts[1] && firstDivergence == nil && largestShift == 0
  }

  /// Compares two recordings, sample by sample and unit by unit.
  ///
  /// Partners are chosen earliest first, which finds the most pairs possible. A sample that one
  /// recording lacks counts as silent. Times and `tolerance` are in microseconds.
  /// - Throws: ``AnalysisError/toleranceOutOfRange(_:)`` or
  ///   ``AnalysisError/spikeTimeNotFinite(index:)``.
  public static func compare(
    _ first: [[TimedSpike]], _ second: [[TimedSpike]], tolerance: Double = 0
  ) throws(AnalysisError) -> SpikeComparison {
    guard tolerance >= 0, tolerance.isFinite else { throw .toleranceOutOfRange(tolerance) }
    var tally = SpikeTally()
    for sample in 0..<max(first.count, second.count) {
      let one = sample < first.count ? first[sample] : []
      let other = sample < second.count ? second[sample] : []
      try requireFinite(one.lazy.map(\.time))
      try requireFinite(other.lazy.map(\.time))
      tally.add(one, other, sample: sample, tolerance: tolerance)
    }
    return SpikeComparison(
      sampleCounts: [first.count, second.count], units: tally.unitCounts,
      firstDivergence: tally.divergence, largestShift: tally.largestShift,
      meanShift: tally.pairs == 0 ? 0 : tally.shiftSum / Double(tally.pairs))
  }
}

/// Matches spikes of two recordings and adds up what it finds.
private struct SpikeTally {
  private struct Count {
    var (first, second, coincident) = (0, 0, 0)
    var (shiftSum, largestShift) = (0.0, 0.0)
  }

  private var counts: [Int: Count] = [:]
  private(set) var divergence: SpikeComparison.Divergence?
  private(set) var largestShift = 0.0
  private(set) var shiftSum = 0.0
  private(set) var pairs = 0

  var unitCounts: [SpikeComparison.UnitCount] {
    counts.sorted { $0.key < $1.key }.map { unit, count in
      SpikeComparison.UnitCount(
        unit: unit, first: count.first, second: count.second, coincident: count.coincident,
        meanShift: count.coincident == 0 ? 0 : count.shiftSum / Double(count.coincident),
        largestShift: count.largestShift)
    }
  }

  mutating func add(
    _ first: [TimedSpike], _ second: [TimedSpike], sample: Int, tolerance: Double
  ) {
    let byUnit: (TimedSpike, TimedSpike) -> Bool = { ($0.unit, $0.time) < ($1.unit, $1.time) }
    let (one, other) = (first.sorted(by: byUnit), second.sorted(by: byUnit))
    for spike in one { counts[spike.unit, default: Count()].first += 1 }
    for spike in other { counts[spike.unit, default: Count()].second += 1 }
    var lone: [(spike: TimedSpike, side: SpikeComparison.Side)] = []
    var (left, right) = (0, 0)
    while left < one.count || right < other.count {
      switch order(at: left, of: one, at: right, of: other, tolerance: tolerance) {
      case .pair:
        pair(one[left], other[right])
        left += 1
        right += 1
      case .lone(.first):
        lone.append((one[left], .first))
        left += 1
      case .lone(.second):
        lone.append((other[right], .second))
        right += 1
      }
    }
    note(lone, sample: sample)
  }

  private enum Step {
    case pair
    case lone(SpikeComparison.Side)
  }

  private func order(
    at left: Int, of one: [TimedSpike], at right: Int, of other: [TimedSpike], tolerance: Double
  ) -> Step {
    guard left < one.count else { return .lone(.second) }
    guard right < other.count else { return .lone(.first) }
    let (spike, partner) = (one[left], other[right])
    if spike.unit != partner.unit { return .lone(spike.unit < partner.unit ? .first : .second) }
    if (spike.time - partner.time).magnitude <= tolerance { return .pair }
    return .lone(spike.time < partner.time ? .first : .second)
  }

  private mutating func pair(_ spike: TimedSpike, _ partner: TimedSpike) {
    let shift = (spike.time - partner.time).magnitude
    var count = counts[spike.unit, default: Count()]
    count.coincident += 1
    count.shiftSum += shift
    count.largestShift = max(count.largestShift, shift)
    counts[spike.unit] = count
    largestShift = max(largestShift, shift)
    shiftSum += shift
    pairs += 1
  }

  private mutating func note(
    _ lone: [(spike: TimedSpike, side: SpikeComparison.Side)], sample: Int
  ) {
    guard divergence == nil, let earliest = lone.min(by: { $0.spike < $1.spike }) else { return }
    divergence = SpikeComparison.Divergence(
      sample: sample, spike: earliest.spike, side: earliest.side)
  }
}
