/// Counts of values in bins of equal width; every finite value is in exactly one bin.
public struct Histogram: Equatable, Sendable {
  /// Bin borders, one more than bins, ascending; empty without finite values.
  public let edges: [Double]
  /// Values in each bin.
  public let counts: [Int]
  /// Values that are not finite and stand in no bin.
  public let leftOut: Int

  /// Takes counts that were made elsewhere; one edge more than counts, ascending.
  public init(edges: [Double], counts: [Int], leftOut: Int = 0) {
    let isWhole =
      edges.count == counts.count + 1 && edges.allSatisfy(\.isDrawable)
      && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
    (self.edges, self.counts) = isWhole ? (edges, counts) : ([], [])
    self.leftOut = isWhole ? leftOut : leftOut + counts.reduce(0, +)
  }

  /// Counts values in bins of a round width, about `targetBins` (1 to 1000) of them.
  public init(_ values: [Double], targetBins: Int = 24) {
    let finite = values.filter(\.isDrawable)
    leftOut = values.count - finite.count
    guard let low = finite.min(), let high = finite.max() else {
      (edges, counts) = ([], [])
      return
    }
    guard high - low > max(low.magnitude, high.magnitude, 1e-280) * 1e-9 else {
      let margin = max(low.magnitude * 0.05, 0.5e-9)
      (edges, counts) = ([low - margin, high + margin], [finite.count])
      return
    }
    let width = Axis.niceStep(span: high - low, target: min(max(targetBins, 1), 1000))
    let first = (low / width).rounded(.down)
    let bins = max(1, Int((high / width).rounded(.down) - first) + 1)
    var counts = Array(repeating: 0, count: bins)
    for value in finite { counts[min(bins - 1, max(0, Int(value / width - first)))] += 1 }
    self.counts = counts
    edges = (0...bins).map { (first + Double($0)) * width }
  }
}
