import Testing

import Datasets

/// The codings against their closed forms.
@Suite struct LatencyCodingTests {
  private func samples(_ features: [Float]) -> LabelledSamples {
    LabelledSamples(
      name: "test", classes: ["a", "b"], featureCount: features.count, features: features,
      labels: [1])
  }

  /// τ = 20 ticks of 64 cycles: 0.25 τ is 320 cycles, 2.5 τ 3,200 cycles, 0.9 τ 1,152 cycles.
  @Test func yinYangTimesAreExact() {
    let coded = LatencyCoding.yinYang().code(samples([0, 1, 0.5, 0.25]))
    #expect(coded.channels == 5 && coded.ticks == 80 && coded.cyclesPerTick == 64)
    #expect(coded.cycles == [320, 1040, 1152, 1760, 3200])
    #expect(coded.units == [0, 3, 4, 2, 1])
    #expect(coded.offsets == [0, 5] && coded.labels == [1] && coded.spikesAfterEnd == 0)
  }

  /// 0.15 τ is 192 cycles; a pixel of 0.25 comes at (0.15 + 0.75 · 1.85) τ = 1,968 cycles.
  @Test func picturesBeginWithTheBrightest() {
    let coded = LatencyCoding.pictures().code(samples([0, 0.2, 0.25, 1, 0.25, 0.19]))
    #expect(coded.channels == 6 && coded.ticks == 60)
    #expect(coded.cycles == [192, 1968, 1968])
    #expect(coded.units == [3, 2, 4])
  }

  @Test func timesAreTheNearestCycleOfTheRealTime() {
    let points = YinYang.generate(count: 500, seed: 3)
    let coded = LatencyCoding.yinYang(timeConstant: 17.5, cyclesPerTick: 61).code(points)
    for sample in 0..<points.count {
      let range = coded.range(ofSample: sample)
      #expect(range.count == 5)
      for i in range where coded.units[i] < 4 {
        let x = Double(points.features[4 * sample + Int(coded.units[i])])
        let ticks = (0.25 + 2.25 * x) * 17.5
        #expect(abs(Double(coded.cycles[i]) / 61 - ticks) <= 0.5 / 61 + 1e-9)
      }
      #expect(zip(coded.cycles[range], coded.cycles[range].dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test func spikesAfterTheEndAreCounted() {
    var coding = LatencyCoding.yinYang()
    coding.ticks = 50
    let coded = coding.code(samples([1, 0.999, 0, 0]))
    #expect(coded.cycles.allSatisfy { $0 < 3200 })
    #expect(coded.spikesAfterEnd == 1 && coded.cycles.count == 4)
  }
}
