import Analysis
import Testing

/// Distances of whole recordings, and ADC codes.
@Suite struct RecordingComparisonTests {
  @Test func distancesAreMeansOverSamplesOfEachUnit() throws {
    var random = TestRandom(state: 11)
    let first = (0..<4).map { _ in random.spikes(60, units: 5) }
    let second = (0..<4).map { _ in random.spikes(50, units: 5) }
    let found = try TrainDistances.compare(first, second, timeConstant: 7, shiftCost: 0.3)
    #expect(found.units.map(\.unit) == Array(0..<5))
    for unit in found.units {
      var (rossum, victor) = (0.0, 0.0)
      for (one, other) in zip(first, second) {
        let a = one.filter { $0.unit == unit.unit }.map(\.time)
        let b = other.filter { $0.unit == unit.unit }.map(\.time)
        rossum += try VanRossumDistance.distance(a, b, timeConstant: 7) / 4
        victor += try VictorPurpuraDistance.distance(a, b, shiftCost: 0.3) / 4
      }
      #expect(abs(unit.vanRossum - rossum) < 1e-12)
      #expect(abs(unit.victorPurpura - victor) < 1e-12)
    }
  }

  @Test func equalAndMissingSamples() throws {
    let spikes = [TimedSpike(time: 1, unit: 3), TimedSpike(time: 9, unit: 3)]
    let equal = try TrainDistances.compare([spikes], [spikes], timeConstant: 5, shiftCost: 1)
    #expect(equal.meanVanRossum == 0 && equal.meanVictorPurpura == 0)
    // A silent partner costs one for each spike, here in one of two samples.
    let half = try TrainDistances.compare(
      [spikes, spikes], [spikes], timeConstant: 5, shiftCost: 1)
    #expect(half.meanVictorPurpura == 1)
    #expect(try TrainDistances.compare([], [], timeConstant: 1, shiftCost: 1).units.isEmpty)
    #expect(throws: AnalysisError.timeConstantOutOfRange(-1)) {
      try TrainDistances.compare([spikes], [[]], timeConstant: -1, shiftCost: 1)
    }
  }

  @Test func shiftsOfPartnersAreCountedByUnit() throws {
    let first = [TimedSpike(time: 1, unit: 0), TimedSpike(time: 5, unit: 0)]
    let second = [TimedSpike(time: 1.5, unit: 0), TimedSpike(time: 5.25, unit: 0)]
    let unit = try #require(
      try SpikeComparison.compare([first], [second], tolerance: 1).units.first)
    #expect(unit.meanShift == 0.375)
    #expect(unit.largestShift == 0.5)
  }

  @Test func codesThatDifferAreFoundAndMeasured() throws {
    // Two samples of three times of two columns; column 1 is off by 3, 0, −4 in the second sample.
    var codes = [UInt8](repeating: 100, count: 12)
    let first = CodeComparison.Codes(codes, samples: 2, times: 3, columns: 2)
    (codes[7], codes[11]) = (103, 96)
    let second = CodeComparison.Codes(codes, samples: 2, times: 3, columns: 2)
    let found = CodeComparison(first, second)
    #expect(found.differing == 2 && found.compared == 12 && found.largest == 4)
    let place = try #require(found.firstDifference)
    #expect([place.sample, place.time, place.column] == [1, 0, 1])
    #expect((place.first, place.second) == (100, 103))
    #expect(found.columns[0].differing == 0)
    #expect(abs(found.columns[1].meanError + 1.0 / 6) < 1e-15)
    #expect(abs(found.columns[1].rootMeanSquare - (25.0 / 6).squareRoot()) < 1e-12)
    #expect(abs(found.rootMeanSquare - (25.0 / 12).squareRoot()) < 1e-12)
    #expect(CodeComparison(first, first).isIdentical)
  }

  @Test func shapesThatDifferAreNotCompared() {
    let first = CodeComparison.Codes([1, 2], samples: 1, times: 2, columns: 1)
    let second = CodeComparison.Codes([1, 2], samples: 1, times: 1, columns: 2)
    let found = CodeComparison(first, second)
    #expect(!found.isIdentical && found.compared == 0 && found.columns.isEmpty)
  }
}
