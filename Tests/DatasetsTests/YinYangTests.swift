import Testing

import Datasets

/// The Yin-Yang samples against the published program and against geometry in other words.
@Suite struct YinYangTests {
  /// From the published program under numpy 1.x and 2.x, `RandomState(42)` and `RandomState(41)`.
  @Test func samplesAreThePublishedOnes() {
    let data = YinYang.published()
    #expect(data.train.count == 5000 && data.test.count == 1000)
    #expect(data.train.labels.prefix(12) == [2, 1, 2, 1, 1, 1, 0, 2, 2, 0, 1, 1])
    #expect(data.test.labels.prefix(12) == [0, 1, 0, 0, 2, 1, 1, 1, 1, 2, 2, 2])
    #expect(
      data.train.features(ofSample: 2).prefix(2) == [0.7553614103176525, 0.4251558744912447])
    #expect(
      data.train.features(ofSample: 4999).prefix(2) == [0.7690797231107925, 0.5883389337522971])
    #expect(data.test.features(ofSample: 999).prefix(2) == [0.7107040957004825, 0.804733352731108])
    #expect((0..<3).map { label in data.train.labels.count { $0 == label } } == [1681, 1702, 1617])
    #expect((0..<3).map { label in data.test.labels.count { $0 == label } } == [316, 336, 348])
  }

  @Test func featuresAreMirroredAndWithinTheDisc() {
    let samples = YinYang.generate(count: 2000, seed: 7)
    for sample in 0..<samples.count {
      let f = samples.features(ofSample: sample).map(Double.init)
      #expect(abs(f[0] + f[2] - 1) < 1e-6 && abs(f[1] + f[3] - 1) < 1e-6)
      let radius = ((f[0] - 0.5) * (f[0] - 0.5) + (f[1] - 0.5) * (f[1] - 0.5)).squareRoot()
      #expect(radius < 0.5 + 1e-6)
    }
  }

  /// The symbol in other words: the half above the middle line, plus the left disc of half size,
  /// minus the right one; inside each a dot of the other kind, which counts as the third class.
  @Test func classesFollowTheSymbol() {
    let samples = YinYang.generate(count: 4000, seed: 11)
    func isIn(_ p: [Double], _ x: Double, _ radius: Double) -> Bool {
      (p[0] - x) * (p[0] - x) + (p[1] - 0.5) * (p[1] - 0.5) <= radius * radius
    }
    for sample in 0..<samples.count {
      let p = samples.features(ofSample: sample).prefix(2).map(Double.init)
      let isDot = isIn(p, 0.25, 0.1) || isIn(p, 0.75, 0.1)
      let isSecond = isIn(p, 0.25, 0.25) || p[1] > 0.5 && !isIn(p, 0.75, 0.25)
      #expect(samples.labels[sample] == (isDot ? 2 : isSecond ? 1 : 0), "\(p)")
    }
  }

  /// Balance within four standard deviations of a fair draw.
  @Test(arguments: [UInt32(1), 2, 3, 0xFFFF_FFFF])
  func classesAreBalanced(seed: UInt32) {
    let samples = YinYang.generate(count: 6000, seed: seed)
    for label in UInt8(0)..<3 {
      let count = samples.labels.count { $0 == label }
      #expect(abs(count - 2000) < 146, "class \(label) of seed \(seed): \(count)")
    }
    #expect(samples == YinYang.generate(count: 6000, seed: seed))
    #expect(samples.features != YinYang.generate(count: 6000, seed: seed &+ 1).features)
  }
}
