import Analysis
import Testing

@Suite struct SpikeStatisticsTests {
  @Test func countsRatesAndStrangers() throws {
    let spikes = [0, 0, 2, 7, -1].map { TimedSpike(time: 1, unit: $0) }
    let counts = SpikeStatistics.counts(of: spikes, unitCount: 3)
    #expect(counts.perUnit == [2, 0, 1])
    #expect(counts.outside == 2)
    // Two spikes in 50 us are 40 kHz.
    #expect(try SpikeStatistics.rates(of: spikes, unitCount: 3, duration: 50) == [40, 0, 20])
    #expect(throws: AnalysisError.durationOutOfRange(0)) {
      try SpikeStatistics.rates(of: spikes, unitCount: 3, duration: 0)
    }
  }

  @Test func intervalsOfAClockDoNotVary() throws {
    let times = (0..<20).reversed().map { Double($0) * 4 }
    #expect(try SpikeStatistics.interSpikeIntervals(times) == Array(repeating: 4, count: 19))
    #expect(try SpikeStatistics.intervalVariation(times) == 0)
  }

  @Test func variationOfTwoIntervals() throws {
    // Intervals 1 and 3: mean 2, sigma (n - 1) is the root of 2.
    let variation = try SpikeStatistics.intervalVariation([0, 1, 4])
    #expect(variation == 2.0.squareRoot() / 2)
    #expect(try SpikeStatistics.intervalVariation([0, 1]) == nil)
    #expect(try SpikeStatistics.intervalVariation([1, 1, 1]) == nil)
    #expect(try SpikeStatistics.interSpikeIntervals([]).isEmpty)
  }

  @Test func summaryOfValues() {
    let summary = SampleSummary([1, 2, 3, 4, .nan])
    #expect(summary.count == 4)
    #expect(abs(summary.mean - 2.5) < 1e-15)
    #expect(abs(summary.deviation - (5.0 / 3).squareRoot()) < 1e-15)
    #expect(SampleSummary([]).mean == 0)
  }
}

@Suite struct SpikeComparisonTests {
  private func train(_ pairs: (Double, Int)...) -> [TimedSpike] {
    pairs.map { TimedSpike(time: $0.0, unit: $0.1) }
  }

  @Test func equalRecordingsInAnyOrderAreIdentical() throws {
    var random = TestRandom(state: 6)
    let spikes = random.spikes(400, units: 20)
    let comparison = try SpikeComparison.compare([spikes], [spikes.reversed()])
    #expect(comparison.isIdentical)
    #expect(comparison.agreement == 1)
    #expect(comparison.coincident == 400)
    #expect(comparison.summary().contains("all spikes equal"))
  }

  @Test func findsTheFirstDifferenceBySampleTimeAndUnit() throws {
    let first = [train((1, 0), (2, 1)), train((5, 3), (9, 0))]
    let second = [train((2, 1), (1, 0)), train((9, 0), (4, 8))]
    let comparison = try SpikeComparison.compare(first, second)
    #expect(
      comparison.firstDivergence.map { [$0.sample, $0.spike.unit] } == [1, 8])
    #expect(comparison.firstDivergence?.spike.time == 4)
    #expect(comparison.firstDivergence?.side == .second)
    #expect(!comparison.isIdentical)
    #expect(comparison.units.map(\.unit) == [0, 1, 3, 8])
    #expect(comparison.differingUnits().rows.map { $0[0] } == ["3", "8"])
  }

  @Test func shiftsWithinTheToleranceArePartners() throws {
    let comparison = try SpikeComparison.compare(
      [train((10, 0), (20, 0))], [train((10.5, 0), (20.25, 0))], tolerance: 0.5)
    #expect(comparison.firstDivergence == nil)
    #expect(!comparison.isIdentical)
    #expect(comparison.largestShift == 0.5)
    #expect(comparison.meanShift == 0.375)
  }

  @Test func aSpikeHasOnePartnerOnly() throws {
    let comparison = try SpikeComparison.compare(
      [train((10, 0), (10.1, 0))], [train((10, 0))], tolerance: 1)
    #expect(comparison.coincident == 1)
    #expect(comparison.firstDivergence?.spike.time == 10.1)
    #expect(abs(comparison.agreement - 2.0 / 3) < 1e-15)
  }

  /// The greedy choice must find as many pairs as the best choice does.
  @Test(arguments: 0..<60 as Range<UInt64>)
  func findsTheMostPairsPossible(seed: UInt64) throws {
    var random = TestRandom(state: seed)
    let first = random.times(6, upTo: 6)
    let second = random.times(6, upTo: 6)
    func most(_ rest: ArraySlice<Double>, _ free: [Double]) -> Int {
      guard let time = rest.first else { return 0 }
      var best = most(rest.dropFirst(), free)
      for index in free.indices where abs(time - free[index]) <= 0.7 {
        var others = free
        others.remove(at: index)
        best = max(best, 1 + most(rest.dropFirst(), others))
      }
      return best
    }
    let spikes = { (times: [Double]) in times.map { TimedSpike(time: $0, unit: 0) } }
    let comparison = try SpikeComparison.compare([spikes(first)], [spikes(second)], tolerance: 0.7)
    #expect(comparison.coincident == most(first[...], second), "seed \(seed)")
  }

  @Test func missingSamplesCountAsSilent() throws {
    let comparison = try SpikeComparison.compare([train((1, 0)), []], [train((1, 0))])
    #expect(!comparison.isIdentical)
    #expect(comparison.sampleCounts == [2, 1])
    #expect(try SpikeComparison.compare([], []).agreement == 1)
    #expect(throws: AnalysisError.toleranceOutOfRange(-1)) {
      try SpikeComparison.compare([], [], tolerance: -1)
    }
  }
}
