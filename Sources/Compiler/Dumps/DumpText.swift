/// Collects the lines of a stage's dump.
struct DumpText {
  /// Entries that one list of a dump shows; the rest is counted.
  static let mostListed = 4_096

  private(set) var text = ""

  mutating func line(_ parts: String...) {
    text += parts.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
  }

  /// The one value that all have, or the lowest and the highest.
  static func range(_ values: some Sequence<Double>) -> String {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values { (low, high) = (min(low, value), max(high, value)) }
    if low > high { return "none" }
    return low == high ? "\(low)" : "\(low)...\(high)"
  }

  /// The same of whole numbers.
  static func range(_ values: some Sequence<some BinaryInteger>) -> String {
    var (low, high) = (Int.max, Int.min)
    for value in values { (low, high) = (min(low, Int(value)), max(high, Int(value))) }
    if low > high { return "none" }
    return low == high ? "\(low)" : "\(low)...\(high)"
  }

  /// Whole numbers in order, runs as `first-last`.
  static func runs(_ values: some Sequence<some BinaryInteger>) -> String {
    var runs: [ClosedRange<Int>] = []
    for value in values {
      if let last = runs.last, last.upperBound + 1 == Int(value) {
        runs[runs.count - 1] = last.lowerBound...Int(value)
      } else {
        runs.append(Int(value)...Int(value))
      }
    }
    let shown = runs.prefix(64).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return shown.joined(separator: " ") + (runs.count > 64 ? " and \(runs.count - 64) more" : "")
  }
}
