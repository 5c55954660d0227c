import Foundation
import HardwareSpec
import Testing

@Suite struct DeterministicMathTests {
  /// Units in the last place between two results; 0 when equal, also for infinities.
  private func ulps(_ a: Double, _ b: Double) -> Double {
    a == b ? 0 : abs(a - b) / max(b.ulp, .leastNonzeroMagnitude)
  }

  @Test(arguments: [
    (-1.0, 1.0), (-40, 40), (-700, 700), (-745, -700), (700, 709.78), (-1e-9, 1e-9),
  ])
  func expAgreesWithFoundation(low: Double, high: Double) {
    var random = SequentialRandom(seed: 11, stream: UInt64(abs(low) * 16))
    for _ in 0..<20_000 {
      let x = low + (high - low) * random.uniform()
      let (ours, theirs) = (DeterministicMath.exp(x), Foundation.exp(x))
      #expect(ulps(ours, theirs) <= 2, "exp(\(x))")
    }
  }

  @Test func logAgreesWithFoundation() {
    var random = SequentialRandom(seed: 12, stream: 0)
    for _ in 0..<50_000 {
      let wide = Double(sign: .plus, exponent: Int(random.next() % 2_040) - 1_020, significand: 1)
      for x in [wide * (1 + random.uniform()), 0.5 + random.uniform(), 1 + 1e-6 * random.normal()] {
        #expect(ulps(DeterministicMath.log(x), Foundation.log(x)) <= 2, "log(\(x))")
      }
    }
  }

  @Test func logOfTheSmallestAndLargest() {
    for x in [Double.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1] {
      #expect(ulps(DeterministicMath.log(x), Foundation.log(x)) <= 2, "log(\(x))")
    }
  }

  @Test func oneMinusExpAgreesWithFoundation() {
    var random = SequentialRandom(seed: 13, stream: 0)
    for _ in 0..<50_000 {
      let x = DeterministicMath.exp(-30 + 34 * random.uniform())
      #expect(ulps(DeterministicMath.oneMinusExp(ofMinus: x), -expm1(-x)) <= 3, "at \(x)")
    }
    #expect(DeterministicMath.oneMinusExp(ofMinus: 0) == 0)
  }

  /// The exponent amplifies the error of the logarithm: `|y ln x|` units more.
  @Test func powAgreesWithFoundation() {
    var random = SequentialRandom(seed: 14, stream: 0)
    for _ in 0..<20_000 {
      let (base, exponent) = (0.001 + 500 * random.uniform(), 6 * random.uniform() - 3)
      let bound = 4 + 2 * abs(exponent * Foundation.log(base))
      let (ours, theirs) = (
        DeterministicMath.pow(base, exponent), Foundation.pow(base, exponent)
      )
      #expect(ulps(ours, theirs) <= bound, "\(base) to the \(exponent)")
    }
  }

  @Test func limits() {
    #expect(DeterministicMath.exp(0) == 1)
    #expect(DeterministicMath.exp(.infinity) == .infinity)
    #expect(DeterministicMath.exp(-.infinity) == 0)
    #expect(DeterministicMath.exp(1e300) == .infinity)
    #expect(DeterministicMath.exp(-1e300) == 0)
    #expect(DeterministicMath.exp(.nan).isNaN)
    #expect(DeterministicMath.log(1) == 0)
  }
}
