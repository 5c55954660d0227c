import ChipInterface
import HardwareSpec

/// The learning engine's draws in one sample: functions of trial seed, sample number and
/// coordinate, or the numbers of a recording.
struct LearningRandomness: Sendable {
  /// What is drawn; raw values are part of the draw and stay.
  enum Kind: Int {
    case preDecay, postDecay, preImpulse, postImpulse, weight, delay, tag, rewiring
  }

  private let random: CounterRandom
  /// Recorded draws that replace those of the generator.
  let recorded: LearningDraws?

  init(trialSeed: UInt64, sample: UInt64, recorded: LearningDraws? = nil) {
    random = CounterRandom(seed: trialSeed ^ 0x4C45_4152_4E00_0000, stream: sample)
    self.recorded = recorded
  }

  /// What the draws of a line of neurons, or of a part's synapses, have in common.
  ///
  /// `part` is the part's number on the chip, `index` the trace, `time` the tick.
  @inline(__always)
  func key(_ kind: Kind, part: Int, index: Int = 0, time: Int) -> UInt32 {
    let coordinate = (part << 4 | index) << 4 | kind.rawValue
    let a = UInt64(truncatingIfNeeded: coordinate) &* 0x9E37_79B9_7F4A_7C15
    let b = UInt64(truncatingIfNeeded: time) &* 0xC2B2_AE3D_27D4_EB4F
    return UInt32(truncatingIfNeeded: CounterRandom.mix(random.key ^ a &+ b))
  }

  /// The draw of one neuron or synapse, 16 bits; lanes 16 apart share a hash and take a half each,
  /// as in ``HashNoise``.
  @inline(__always)
  static func draw(_ key: UInt32, _ lane: Int) -> Int32 {
    let word = mixed(key &+ UInt32(truncatingIfNeeded: lane & ~16) &* 0x9E37_79B1)
    return Int32(bitPattern: lane & 16 != 0 ? word >> 16 : word & 0xFFFF)
  }

  /// The draw of a synapse's rounding, of so many bits.
  ///
  /// Up to eight bits are a quarter of a hash that lanes 16, 32 and 48 apart share, in blocks of 64.
  @inline(__always)
  static func rounding(_ key: UInt32, _ lane: Int, bits: Int32) -> Int32 {
    if bits > 8 { return draw(key, lane) >> (16 - bits) }
    let word = mixed(key &+ UInt32(truncatingIfNeeded: lane & ~48) &* 0x9E37_79B1)
    return Int32(bitPattern: (word >> (UInt32(lane & 48) / 2)) & 255) >> (8 - bits)
  }

  /// The key of one row of a part's synapses.
  @inline(__always)
  static func rowKey(_ key: UInt32, _ row: Int) -> UInt32 {
    mixed(key &+ UInt32(truncatingIfNeeded: row) &* 0x9E37_79B1)
  }

  @inline(__always)
  private static func mixed(_ word: UInt32) -> UInt32 {
    var x = (word ^ (word >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    return x ^ (x >> 16)
  }
}
