import HardwareSpec
import Testing

/// Statistics of the generator, at five standard errors: the draws are fixed, so a test that
/// passes once passes always, and a weak mixer fails by far.
@Suite struct CounterRandomTests {
  static let count = 65_536

  /// How draws are addressed: each pattern walks another word of the coordinate, or key material.
  static let walks: [(String, @Sendable (Int) -> CounterRandom, @Sendable (Int) -> [Int])] = [
    ("first word", { _ in CounterRandom(seed: 0, stream: 0) }, { [$0, 0, 0] }),
    ("second word", { _ in CounterRandom(seed: 0, stream: 0) }, { [0, $0, 0] }),
    ("third word", { _ in CounterRandom(seed: 0, stream: 0) }, { [0, 0, $0] }),
    ("high bits", { _ in CounterRandom(seed: 0, stream: 0) }, { [$0 << 40, 0, 0] }),
    ("negative", { _ in CounterRandom(seed: 0, stream: 0) }, { [-$0, $0, 0] }),
    ("grid", { _ in CounterRandom(seed: 1, stream: 0) }, { [$0 / 256, $0 % 256, 0] }),
    (
      "grid of three", { _ in CounterRandom(seed: 1, stream: 0) },
      { [$0 >> 11, $0 >> 5 & 63, $0 & 31] }
    ),
    ("seeds", { CounterRandom(seed: UInt64($0), stream: 0) }, { _ in [0, 0, 0] }),
    ("streams", { CounterRandom(seed: 0, stream: UInt64($0)) }, { _ in [0, 0, 0] }),
    (
      "seed and stream", { CounterRandom(seed: UInt64($0 / 256), stream: UInt64($0 % 256)) },
      { _ in [7, 7, 7] }
    ),
  ]

  private func uniforms(_ walk: Int) -> [Double] {
    let (_, generator, place) = Self.walks[walk]
    return (0..<Self.count).map { i in
      let at = place(i)
      return generator(i).uniform(at[0], at[1], at[2])
    }
  }

  /// Correlation of two lists of uniform numbers, in standard errors.
  private func correlation(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
    var (sum, count) = (0.0, 0.0)
    for (x, y) in zip(a, b) {
      sum += (x - 0.5) * (y - 0.5) * 12
      count += 1
    }
    return sum / count.squareRoot()
  }

  /// Chi-square of counts that should be equal, in standard errors of its distribution.
  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    let sum = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) }
    let freedom = Double(counts.count - 1)
    return (sum / expected - freedom) / (2 * freedom).squareRoot()
  }

  @Test(arguments: walks.indices)
  func meanAndVariance(walk: Int) {
    let draws = uniforms(walk)
    let n = Double(draws.count)
    let mean = draws.reduce(0, +) / n
    let variance = draws.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / n
    #expect(abs(mean - 0.5) < 5 * (1 / (12 * n)).squareRoot(), "\(Self.walks[walk].0)")
    #expect(abs(variance - 1.0 / 12) < 5 * (1 / (180 * n)).squareRoot(), "\(Self.walks[walk].0)")
  }

  @Test(arguments: walks.indices)
  func everyByteIsUniform(walk: Int) {
    let (name, generator, place) = Self.walks[walk]
    var counts = Array(repeating: Array(repeating: 0, count: 256), count: 8)
    for i in 0..<Self.count {
      let at = place(i)
      let bits = generator(i).bits(at[0], at[1], at[2])
      for byte in 0..<8 { counts[byte][Int(bits >> (8 * byte) & 255)] += 1 }
    }
    for byte in 0..<8 { #expect(abs(chiSquare(counts[byte])) < 5, "\(name) byte \(byte)") }
  }

  @Test(arguments: walks.indices)
  func neighboursAreUncorrelated(walk: Int) {
    let draws = uniforms(walk)
    for lag in [1, 2, 3, 16, 255, 256, 257, 1024] {
      let score = correlation(draws, draws.dropFirst(lag))
      #expect(abs(score) < 5, "\(Self.walks[walk].0) at lag \(lag): \(score)")
    }
  }

  @Test(arguments: walks.indices)
  func neighbouringPairsFillTheSquare(walk: Int) {
    let draws = uniforms(walk)
    var counts = Array(repeating: 0, count: 1024)
    for (x, y) in zip(draws, draws.dropFirst()) { counts[Int(x * 32) * 32 + Int(y * 32)] += 1 }
    #expect(abs(chiSquare(counts)) < 5, "\(Self.walks[walk].0)")
  }

  @Test func wordsOfTheCoordinateAreNotInterchangeable() {
    let random = CounterRandom(seed: 9, stream: 9)
    var (forward, swapped, rotated): ([Double], [Double], [Double]) = ([], [], [])
    for a in 0..<256 {
      for b in 0..<256 where a != b {
        forward.append(random.uniform(a, b, 0))
        swapped.append(random.uniform(b, a, 0))
        rotated.append(random.uniform(0, a, b))
      }
    }
    #expect(abs(correlation(forward, swapped)) < 5)
    #expect(abs(correlation(forward, rotated)) < 5)
  }

  @Test func streamsAndSeedsAreUncorrelated() {
    let list = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (0, 2), (1 << 32, 0), (0, 1 << 32)].map {
      CounterRandom(seed: UInt64($0.0), stream: UInt64($0.1))
    }
    let draws = list.map { random in (0..<16_384).map { random.uniform($0) } }
    for a in list.indices {
      for b in list.indices where a < b {
        #expect(abs(correlation(draws[a], draws[b])) < 5, "\(a) and \(b)")
      }
    }
  }

  @Test func coordinatesDoNotCollide() {
    let random = CounterRandom(seed: 4, stream: 2)
    var seen: Set<UInt64> = []
    for a in 0..<64 {
      for b in 0..<64 {
        for c in 0..<64 { seen.insert(random.bits(a, b, c)) }
      }
    }
    #expect(seen.count == 64 * 64 * 64)
  }

  @Test func oneChangedBitChangesHalfOfTheBits() {
    let random = CounterRandom(seed: 6, stream: 1)
    for bit in 0..<63 {
      var flips = 0
      for i in 0..<256 {
        let change = 1 << bit
        flips += (random.bits(i, 1, 2) ^ random.bits(i ^ change, 1, 2)).nonzeroBitCount
        flips += (random.bits(1, i, 2) ^ random.bits(1, i ^ change, 2)).nonzeroBitCount
        flips += (random.bits(1, 2, i) ^ random.bits(1, 2, i ^ change)).nonzeroBitCount
      }
      // 768 words of 64 bits: 24,576 flips expected, standard error 111.
      #expect(abs(flips - 24_576) < 5 * 111, "bit \(bit): \(flips)")
    }
  }

  @Test func normalDrawsHaveTheMomentsOfANormal() {
    let random = CounterRandom(seed: 21, stream: 8)
    let n = 200_000.0
    var moments = [0.0, 0, 0, 0]
    for i in 0..<Int(n) {
      let x = random.normal(i)
      for (k, power) in [x, x * x, x * x * x, x * x * x * x].enumerated() {
        moments[k] += power / n
      }
    }
    // Variances of x, x², x³, x⁴ of a standard normal: 1, 2, 15, 96.
    for (k, (expected, variance)) in [(0.0, 1.0), (1, 2), (0, 15), (3, 96)].enumerated() {
      #expect(abs(moments[k] - expected) < 5 * (variance / n).squareRoot(), "moment \(k + 1)")
    }
  }

  @Test func uniformStaysInsideTheOpenInterval() {
    #expect(CounterRandom.unit(0) > 0)
    #expect(CounterRandom.unit(.max) < 1)
    #expect(CounterRandom.unit(1 << 63) - 0.5 == 0x1p-53)
    #expect(NormalDistribution.quantile(CounterRandom.unit(0)) < -8)
    #expect(NormalDistribution.quantile(CounterRandom.unit(.max)) > 8)
  }

  @Test func permutationsAreEquallyLikely() {
    var random = SequentialRandom(seed: 17, stream: 5)
    var counts = Array(repeating: 0, count: 120)
    for _ in 0..<24_000 {
      let order = random.permutation(5)
      #expect(order.sorted() == [0, 1, 2, 3, 4])
      var rank = 0
      for (i, value) in order.enumerated() {
        rank = rank * (5 - i) + order[(i + 1)...].count { $0 < value }
      }
      counts[rank] += 1
    }
    #expect(abs(chiSquare(counts)) < 5)
    #expect(random.permutation(0).isEmpty)
    #expect(random.permutation(1) == [0])
  }

  /// The draws are a promise: images of a chip's mismatch depend on them, on every machine.
  @Test func knownDraws() {
    let random = CounterRandom(seed: 1, stream: 2)
    #expect(CounterRandom.mix(0x9E37_79B9_7F4A_7C15) == 0xE220_A839_7B1D_CDAF)
    #expect(random.bits(3, 4, 5) == random.bits(3, 4, 5))
    var sequence = SequentialRandom(seed: 1, stream: 2)
    #expect([sequence.next(), sequence.next()] == [random.bits(1), random.bits(2)])
  }
}
