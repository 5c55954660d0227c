import Analysis
import Foundation
import Testing

@Suite struct AxisTests {
  @Test(arguments: 0..<500 as Range<UInt64>)
  func containsItsDataAndHasRoundTicks(seed: UInt64) {
    var random = TestRandom(state: seed)
    let size = Double.random(in: -12...12, using: &random)
    let count = Int.random(in: 1...20, using: &random)
    let values = (0..<count).map { _ in
      Double.random(in: -1...1, using: &random) * powerOfTen(size)
    }
    for fit in [Axis.Fit.toTicks, .exact] {
      let axis = Axis(covering: values, label: "", fit: fit)
      #expect(values.allSatisfy(axis.range.contains), "seed \(seed)")
      #expect(values.allSatisfy { (0...1).contains(axis.fraction($0)) }, "seed \(seed)")
      #expect((1...12).contains(axis.ticks.count), "seed \(seed)")
      #expect(axis.ticks == axis.ticks.sorted(), "seed \(seed)")
      let mantissa = axis.step / powerOfTen((log10(axis.step) + 1e-9).rounded(.down))
      #expect([1, 2, 5, 10].contains { abs($0 - mantissa) < 1e-9 }, "seed \(seed)")
      #expect(Set(axis.ticks.map(axis.tickLabel)).count == axis.ticks.count, "seed \(seed)")
    }
  }

  @Test func labelsAreShort() {
    let axis = Axis(covering: [0, 0.9], label: "")
    #expect(axis.ticks.map(axis.tickLabel) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(axis.ticks[3] == 0.6)
    let wide = Axis(covering: [-20_000, 60_000], label: "", targetTicks: 4)
    #expect(wide.ticks.map(wide.tickLabel).first == "\u{2212}20,000")
    #expect(Axis(covering: [0, 100], label: "").range == 0...100)
  }

  @Test(
    arguments: [
      [], [.nan], [.infinity, -.infinity], [0], [-0.0], [5], [1e15, 1e15], [1e300, -1e300],
      [.greatestFiniteMagnitude], [.leastNonzeroMagnitude, 0], [1, 1 + 1e-16], [1e18, 1e18 + 256],
    ] as [[Double]])
  func survivesDegenerateData(values: [Double]) {
    for fit in [Axis.Fit.toTicks, .exact] {
      let axis = Axis(covering: values, label: "", fit: fit)
      #expect(axis.range.lowerBound < axis.range.upperBound)
      #expect(axis.range.lowerBound.isFinite && axis.range.upperBound.isFinite)
      #expect(axis.ticks.count < 20)
      #expect(axis.fraction(axis.range.upperBound).isFinite)
    }
  }
}

@Suite struct HistogramTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func everyFiniteValueIsInOneBin(seed: UInt64) {
    var random = TestRandom(state: seed)
    let scale = powerOfTen(Double.random(in: -9...9, using: &random))
    let shift = Double.random(in: -3...3, using: &random) * scale
    let values = random.times(Int.random(in: 1...400, using: &random), upTo: 1)
      .map { $0 * scale + shift }
    let histogram = Histogram(values + [.nan, .infinity])
    #expect(histogram.counts.reduce(0, +) == values.count, "seed \(seed)")
    #expect(histogram.leftOut == 2)
    #expect(histogram.edges.count == histogram.counts.count + 1)
    let slack = scale * 1e-9
    for (bin, count) in histogram.counts.enumerated() {
      let inside = values.count {
        $0 > histogram.edges[bin] + slack && $0 < histogram.edges[bin + 1] - slack
      }
      #expect(inside <= count, "seed \(seed), bin \(bin)")
    }
  }

  @Test func equalValuesMakeOneBin() {
    #expect(Histogram([3, 3, 3]).counts == [3])
    #expect(Histogram([0]).counts == [1])
    #expect(Histogram([]).edges.isEmpty)
    #expect(Histogram([-1e300, 1e300]).counts.reduce(0, +) == 2)
  }
}

private func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
