/// What a slice of a run may take.
///
/// Time, so that others have their turn, and bytes of the recording, so that a worker needs little
/// memory for the spikes of a fast chip whose client reads slowly.
struct SliceRoom: Equatable {
  private static let (wholeSeconds, wholeBytes) = (0.05, Double(4 << 20))

  private(set) var seconds = wholeSeconds
  private(set) var bytes = wholeBytes

  /// Whether another piece is worth its overhead.
  var isHalfFree: Bool { 2 * seconds > Self.wholeSeconds && 2 * bytes > Self.wholeBytes }

  /// Takes what a piece has used.
  mutating func use(seconds: Double, bytes: Double) {
    self.seconds -= seconds
    self.bytes -= bytes
  }

  /// The part of the room that this takes, above 1 where it does not fit.
  func share(seconds: Double, bytes: Double) -> Double {
    max(seconds / self.seconds, bytes / self.bytes)
  }
}

/// How fast an image runs on its chip and how much it fires, and so how many samples make a slice.
///
/// Of an image that never ran a single sample is tried, then eight times as much each time.
struct SlicePace: Equatable {
  /// How much more than ever before is tried at once.
  private static let growth = 8
  /// Bytes of a recorded spike: its cycle and its unit.
  static let spikeBytes = 8.0

  /// Seconds of a tick of one sample; nil: nothing has run yet.
  private var secondsPerTick: Double?
  /// Recorded spikes of a tick of one sample.
  private var spikesPerTick = 0.0
  /// The most ticks of a slice so far.
  private var mostTicks = 0

  /// Spikes of a sample of so many ticks, about.
  func spikes(ticks: Int) -> Double { spikesPerTick * Double(ticks) }

  /// Samples that fill the room: of so many left, of so many ticks and recorded bytes each.
  func samples(left: Int, ticks: Int, bytes: Double, room: SliceRoom) -> Int {
    guard let secondsPerTick else { return min(left, 1) }
    let grown = max(1, Self.growth * mostTicks / ticks)
    let one = room.share(seconds: secondsPerTick * Double(ticks), bytes: bytes)
    // A little more is done at once rather than left for a slice of its own.
    if Double(left) * one <= 1.5 { return min(left, grown) }
    let fitting = max(1, min(1 / one, Double(left)))
    return min(Int(fitting), grown)
  }

  /// Notes how long samples took, and how many spikes were recorded; nil: none were asked for.
  ///
  /// The longest stretch says most, for what comes once a run weighs least in it; of others, what
  /// is slower counts at once and what is faster by half. So it is with spikes.
  mutating func note(samples: Int, ticks: Int, seconds: Double, spikes: Int?) {
    let (all, overflow) = samples.multipliedReportingOverflow(by: ticks)
    guard !overflow, all > 0 else { return }
    if let spikes {
      let measured = Double(spikes) / Double(all)
      spikesPerTick = max(measured, (spikesPerTick + measured) / 2)
    }
    let measured = max(seconds, 1e-9) / Double(all)
    if let known = secondsPerTick, all < mostTicks {
      secondsPerTick = max(measured, (known + measured) / 2)
    } else {
      (secondsPerTick, mostTicks) = (measured, min(all, 1 << 48))
    }
  }
}
