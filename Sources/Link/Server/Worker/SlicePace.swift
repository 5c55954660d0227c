/// How fast an image runs on its chip, and how many samples make a slice of some length.
///
/// Of an image that never ran a single sample is tried, then eight times as much each time.
struct SlicePace: Equatable {
  /// How much more than ever before is tried at once.
  private static let growth = 8

  /// Seconds of a tick of one sample; nil: nothing has run yet.
  private var secondsPerTick: Double?
  /// The most ticks of a slice so far.
  private var mostTicks = 0

  /// Samples that take about so long: of so many left, of so many ticks each.
  func samples(left: Int, ticks: Int, seconds: Double) -> Int {
    guard let secondsPerTick else { return min(left, 1) }
    let grown = max(1, Self.growth * mostTicks / ticks)
    let one = secondsPerTick * Double(ticks)
    // A little more is done at once rather than left for a slice of its own.
    if Double(left) * one <= 1.5 * seconds { return min(left, grown) }
    let fitting = max(1, min(seconds / one, Double(left)))
    return min(Int(fitting), grown)
  }

  /// Notes how long samples took.
  ///
  /// The longest stretch says most, for what comes once a run weighs least in it; of others, what
  /// is slower counts at once and what is faster by half.
  mutating func note(samples: Int, ticks: Int, seconds: Double) {
    let (all, overflow) = samples.multipliedReportingOverflow(by: ticks)
    guard !overflow, all > 0 else { return }
    let measured = max(seconds, 1e-9) / Double(all)
    if let known = secondsPerTick, all < mostTicks {
      secondsPerTick = max(measured, (known + measured) / 2)
    } else {
      (secondsPerTick, mostTicks) = (measured, min(all, 1 << 48))
    }
  }
}
