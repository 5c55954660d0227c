import Analysis
import Foundation
import Testing

@Suite struct VanRossumDistanceTests {
  @Test func aSpikeAgainstNothingIsOneOverRootTwo() throws {
    let distance = try VanRossumDistance.distance([5], [], timeConstant: 3)
    #expect(abs(distance - 0.5.squareRoot()) < 1e-15)
  }

  @Test(arguments: [0.0, 0.1, 1, 10, 1000])
  func twoSpikesFollowTheClosedForm(shift: Double) throws {
    let distance = try VanRossumDistance.distance([20], [20 + shift], timeConstant: 4)
    #expect(abs(distance - (1 - exp(-shift / 4)).squareRoot()) < 1e-12)
  }

  /// The filter integral done numerically, an independent reference of the recursion.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func agreesWithTheIntegralOfTheFilteredTrains(seed: UInt64) throws {
    var random = TestRandom(state: seed)
    let (first, second) = (random.times(12), random.times(9))
    let tau = 5.0
    func filtered(_ times: [Double], at now: Double) -> Double {
      times.reduce(0) { $0 + ($1 <= now ? exp(-(now - $1) / tau) : 0) }
    }
    let step = 0.002
    var integral = 0.0
    for index in 0..<Int(200 / step) {
      let now = (Double(index) + 0.5) * step
      let difference = filtered(first, at: now) - filtered(second, at: now)
      integral += difference * difference * step
    }
    let distance = try VanRossumDistance.distance(first, second, timeConstant: tau)
    #expect(abs(distance * distance - integral / tau) < 2e-3, "seed \(seed)")
  }

  @Test func equalTrainsInAnyOrderAreAtDistanceZero() throws {
    var random = TestRandom(state: 4)
    let times = random.times(500)
    let distance = try VanRossumDistance.distance(times, times.reversed(), timeConstant: 7)
    #expect(distance < 1e-6)
    #expect(try VanRossumDistance.distance([], [], timeConstant: 7) == 0)
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Double])
  func refusesTimeConstants(value: Double) {
    #expect(throws: AnalysisError.self) {
      try VanRossumDistance.distance([1], [2], timeConstant: value)
    }
  }

  @Test func refusesTimesThatAreNotFinite() {
    #expect(throws: AnalysisError.spikeTimeNotFinite(index: 1)) {
      try VanRossumDistance.distance([1, .nan], [2], timeConstant: 1)
    }
  }
}

@Suite struct VictorPurpuraDistanceTests {
  @Test func closedForms() throws {
    #expect(try VictorPurpuraDistance.distance([1, 2, 3], [], shiftCost: 1) == 3)
    #expect(try VictorPurpuraDistance.distance([], [1, 2], shiftCost: 1) == 2)
    #expect(try VictorPurpuraDistance.distance([10], [10.25], shiftCost: 4) == 1)
    #expect(try VictorPurpuraDistance.distance([10], [90], shiftCost: 4) == 2)
  }

  @Test func withoutCostOnlyTheCountsMatter() throws {
    var random = TestRandom(state: 5)
    let (first, second) = (random.times(30), random.times(17))
    #expect(try VictorPurpuraDistance.distance(first, second, shiftCost: 0) == 13)
  }

  @Test func withHugeCostOnlyEqualTimesMatch() throws {
    #expect(try VictorPurpuraDistance.distance([1, 2, 3], [2, 3, 4], shiftCost: 1e9) == 2)
  }

  /// All ways to match the spikes, tried one by one.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func agreesWithAnExhaustiveSearch(seed: UInt64) throws {
    var random = TestRandom(state: seed)
    let first = random.times(Int.random(in: 0...5, using: &random), upTo: 4)
    let second = random.times(Int.random(in: 0...5, using: &random), upTo: 4)
    func cheapest(_ rest: ArraySlice<Double>, _ free: [Double]) -> Double {
      guard let time = rest.first else { return Double(free.count) }
      var best = 1 + cheapest(rest.dropFirst(), free)
      for index in free.indices {
        var others = free
        let partner = others.remove(at: index)
        best = min(best, 1.3 * abs(time - partner) + cheapest(rest.dropFirst(), others))
      }
      return best
    }
    let distance = try VictorPurpuraDistance.distance(first, second, shiftCost: 1.3)
    #expect(abs(distance - cheapest(first[...], second)) < 1e-12, "seed \(seed)")
  }

  @Test func refusesWorkWithoutEnd() {
    let long = (0..<30_000).map(Double.init)
    #expect(
      throws: AnalysisError.tooManySpikePairs(
        first: 30_000, second: 30_000, allowed: VictorPurpuraDistance.maximumPairs)
    ) { try VictorPurpuraDistance.distance(long, long, shiftCost: 1) }
    #expect(throws: AnalysisError.shiftCostOutOfRange(-1)) {
      try VictorPurpuraDistance.distance([], [], shiftCost: -1)
    }
  }
}
