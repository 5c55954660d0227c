/// Generates the Yin-Yang data set: points in a disc that is divided like the symbol.
///
/// The disc has radius 0.5 about (0.5, 0.5), its two dots radius 0.1. The features of a point are
/// (x, y, 1 − x, 1 − y). Draws follow the program published with the paper, number by number, so
/// that seeds 42 (train) and 41 (test) give the published samples.
/// Source: Kriener, Göltz, Petrovici, "The Yin-Yang dataset", NICE 2022,
/// github.com/lkriener/yin_yang_data_set.
public enum YinYang {
  static let bigRadius = 0.5
  static let smallRadius = 0.1

  /// The classes, in the order of the published labels.
  public static let classes = ["yin", "yang", "dot"]

  /// Generates `count` samples; the classes are drawn with equal chance.
  public static func generate(count: Int, seed: UInt32) -> LabelledSamples {
    var random = MersenneTwister(seed: seed)
    var (features, labels) = ([Float](), [UInt8]())
    features.reserveCapacity(4 * count)
    for _ in 0..<count {
      let label = UInt8(random.integer(below: 3))
      let (x, y) = point(ofClass: label, &random)
      features += [Float(x), Float(y), Float(1 - x), Float(1 - y)]
      labels.append(label)
    }
    return LabelledSamples(
      name: "yinyang", classes: classes, featureCount: 4, features: features, labels: labels)
  }

  /// The published division: 5,000 samples of seed 42 to train on, 1,000 of seed 41 to test on.
  public static func published(train: Int = 5000, test: Int = 1000) -> DividedSamples {
    DividedSamples(
      train: generate(count: train, seed: 42), test: generate(count: test, seed: 41))
  }

  /// Draws points of the unit square until one lies in the disc and has the class.
  private static func point(
    ofClass label: UInt8, _ random: inout MersenneTwister
  ) -> (x: Double, y: Double) {
    while true {
      let (x, y) = (random.uniform() * 2 * bigRadius, random.uniform() * 2 * bigRadius)
      guard distance(x, y, toX: bigRadius) <= bigRadius else { continue }
      if Self.label(x, y) == label { return (x, y) }
    }
  }

  private static func label(_ x: Double, _ y: Double) -> UInt8 {
    let right = distance(x, y, toX: 1.5 * bigRadius)
    let left = distance(x, y, toX: 0.5 * bigRadius)
    if right < smallRadius || left < smallRadius { return 2 }
    let isInLeftHalfDisc = left > smallRadius && left <= 0.5 * bigRadius
    let isInUpperHalf = y > bigRadius && right > 0.5 * bigRadius
    return right <= smallRadius || isInLeftHalfDisc || isInUpperHalf ? 1 : 0
  }

  /// The distance to a point on the horizontal middle line.
  private static func distance(_ x: Double, _ y: Double, toX centre: Double) -> Double {
    ((x - centre) * (x - centre) + (y - bigRadius) * (y - bigRadius)).squareRoot()
  }
}
