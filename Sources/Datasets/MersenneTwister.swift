/// Is the generator MT19937 as numpy's `RandomState` seeds and uses it.
///
/// Only for data sets that are defined by a numpy program, to give the very samples that others
/// publish results on. All other draws of this project come from `CounterRandom`.
/// Source: Matsumoto and Nishimura, ACM TOMACS 8(1), 1998.
struct MersenneTwister {
  private var words = [UInt32](repeating: 0, count: 624)
  private var position = 624

  init(seed: UInt32) {
    words[0] = seed
    for i in 1..<624 {
      words[i] = 1_812_433_253 &* (words[i - 1] ^ words[i - 1] >> 30) &+ UInt32(i)
    }
  }

  private mutating func refill() {
    for i in 0..<624 {
      let joined = words[i] & 0x8000_0000 | words[(i + 1) % 624] & 0x7FFF_FFFF
      words[i] = words[(i + 397) % 624] ^ joined >> 1 ^ (joined & 1) &* 0x9908_B0DF
    }
    position = 0
  }

  private mutating func next() -> UInt32 {
    if position == 624 { refill() }
    var word = words[position]
    position += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9D2C_5680
    word ^= word << 15 & 0xEFC6_0000
    return word ^ word >> 18
  }

  /// A uniform number in [0, 1) with 53 bits, as `RandomState.rand` draws it.
  mutating func uniform() -> Double {
    let (high, low) = (next() >> 5, next() >> 6)
    return (Double(high) * 0x1p26 + Double(low)) * 0x1p-53
  }

  /// A uniform integer below `bound`, as `RandomState.randint` draws it: by rejection under the
  /// smallest mask of ones.
  mutating func integer(below bound: UInt32) -> UInt32 {
    precondition(bound > 0)
    let mask = bound == 1 ? 0 : UInt32.max >> (bound - 1).leadingZeroBitCount
    while true {
      let word = next() & mask
      if word < bound { return word }
    }
  }
}
