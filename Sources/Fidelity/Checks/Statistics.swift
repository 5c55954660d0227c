/// Statistics of draws, about their mean.
enum Statistics {
  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (mean(a), mean(b))
    return zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) } / Double(a.count)
  }

  static func deviation(_ values: [Double]) -> Double { covariance(values, values).squareRoot() }

  static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    covariance(a, b) / (deviation(a) * deviation(b))
  }
}
