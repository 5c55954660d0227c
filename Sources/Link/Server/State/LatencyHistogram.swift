/// How long requests took, in buckets that grow by an eighth of a power of two.
package struct LatencyHistogram: Sendable {
  private var counts = [Int](repeating: 0, count: 256)
  /// How many were counted, and their sum in milliseconds.
  package private(set) var count = 0
  package private(set) var sum = 0

  /// Makes an empty histogram.
  package init() {}

  /// Counts a request that took so many milliseconds.
  package mutating func add(_ milliseconds: Int) {
    let value = max(0, min(milliseconds, 1 << 30))
    counts[Self.bucket(value)] += 1
    count += 1
    sum += value
  }

  /// The upper end, in milliseconds, of the bucket of that part of the requests; 0...1.
  package func quantile(_ part: Double) -> Int {
    guard count > 0 else { return 0 }
    let rank = max(1, Int((Double(count) * part).rounded(.up)))
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return Self.end(bucket) }
    }
    return Self.end(counts.count - 1)
  }

  /// Values below 8 have a bucket each; above, eight buckets share a power of two.
  private static func bucket(_ value: Int) -> Int {
    guard value >= 8 else { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return min(255, (exponent - 2) * 8 + (value >> (exponent - 3)) - 8)
  }

  private static func end(_ bucket: Int) -> Int {
    guard bucket >= 8 else { return bucket }
    let exponent = bucket / 8 + 2
    return ((bucket % 8 + 8 + 1) << (exponent - 3)) - 1
  }
}
