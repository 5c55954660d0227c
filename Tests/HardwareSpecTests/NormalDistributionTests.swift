import HardwareSpec
import Testing

@Suite struct NormalDistributionTests {
  /// From `statistics.NormalDist().inv_cdf` of Python 3.11, which follows Wichura's AS241.
  static let quantiles: [(Double, Double)] = [
    (1e-300, -37.0470962993612), (1e-100, -21.27345356096532), (1e-20, -9.262340089798405),
    (1e-10, -6.361340902404056), (1e-5, -4.2648907939228256), (0.001, -3.090232306167813),
    (0.01, -2.3263478740408408), (0.0242, -1.9738394633131993), (0.02425, -1.9729610513118845),
    (0.025, -1.9599639845400538), (0.1, -1.2815515655446008), (0.25, -0.6744897501960817),
    (0.4, -0.2533471031357998), (0.49999, -2.506628274896002e-05), (0.5, 0),
    (0.6, 0.2533471031357998), (0.75, 0.6744897501960817), (0.9, 1.2815515655446008),
    (0.97575, 1.9729610513118847), (0.976, 1.9773684281819461), (0.99, 2.3263478740408408),
    (0.999, 3.090232306167813), (0.99999, 4.26489079392384), (0.9999999999, 6.361340889697421),
  ]

  @Test(arguments: quantiles)
  func quantile(probability: Double, expected: Double) {
    let found = NormalDistribution.quantile(probability)
    #expect(abs(found - expected) <= 1.2e-9 * abs(expected), "quantile(\(probability)) = \(found)")
  }

  @Test func quantileRises() {
    let values = (1..<100_000).map { NormalDistribution.quantile(Double($0) / 100_000) }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func quantileIsOdd() {
    var random = SequentialRandom(seed: 3, stream: 3)
    for _ in 0..<10_000 {
      // Multiples of 2⁻²⁰: here 1 − p is exact, and the two sides are the same numbers.
      let p = Double(random.next() >> 44) * 0x1p-20
      guard p > 0 else { continue }
      #expect(NormalDistribution.quantile(p) == -NormalDistribution.quantile(1 - p), "at \(p)")
    }
  }
}
