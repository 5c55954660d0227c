import HardwareSpec

/// Noise and jitter of one sample: functions of trial seed, sample number, tick and coordinate.
struct TrialRandomness: Sendable {
  private let random: CounterRandom
  private let inputEarly, inputLate, spikeLate: UInt64

  init(trialSeed: UInt64, sample: UInt64, jitter: Bool, _ spreads: ImperfectionSpec) {
    random = CounterRandom(seed: trialSeed ^ 0x5452_4941_4C00_0000, stream: sample)
    inputEarly = jitter ? Self.threshold(spreads.inputJitter) : 0
    inputLate = jitter ? Self.threshold(2 * spreads.inputJitter) : 0
    spikeLate = jitter ? Self.threshold(spreads.spikeJitter) : 0
  }

  /// The key of the membranes' noise on one core in one tick.
  @inline(__always)
  func noiseKey(core: Int, tick: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: word(core << 2, tick))
  }

  /// The key of the ADC's noise on one core in one tick.
  func adcKey(core: Int, tick: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: word(core << 2 | 1, tick))
  }

  /// By how many ticks an input event comes early or late: −1, 0 or 1.
  @inline(__always)
  func inputShift(channel: Int, cycle: Int) -> Int {
    guard inputLate > 0 else { return 0 }
    let draw = word(channel << 2 | 2, cycle) >> 32
    return draw < inputEarly ? -1 : draw < inputLate ? 1 : 0
  }

  /// By how many ticks a spike comes late: 0 or 1.
  @inline(__always)
  func spikeShift(core: Int, column: Int, tick: Int) -> Int {
    guard spikeLate > 0 else { return 0 }
    return word((core << 12 | column) << 2 | 3, tick) >> 32 < spikeLate ? 1 : 0
  }

  private func word(_ coordinate: Int, _ time: Int) -> UInt64 {
    let a = UInt64(truncatingIfNeeded: coordinate) &* 0x9E37_79B9_7F4A_7C15
    let b = UInt64(truncatingIfNeeded: time) &* 0xC2B2_AE3D_27D4_EB4F
    return CounterRandom.mix(random.key ^ a &+ b)
  }

  private static func threshold(_ probability: Double) -> UInt64 {
    UInt64((probability * 0x1p32).rounded())
  }
}
