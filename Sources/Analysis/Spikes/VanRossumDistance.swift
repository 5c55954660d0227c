import Foundation

/// The distance of two spike trains after a causal exponential filter (van Rossum 2001).
///
/// `D² = (1/τ) ∫ (f − g)² dt` with `f(t) = Σ H(t − t_i) exp(−(t − t_i)/τ)`. A spike against nothing
/// gives 1/√2, two single spikes δ apart give `√(1 − exp(−δ/τ))`. Computed by the recursion of
/// Houghton and Kreuz (2012) in n log n steps.
public enum VanRossumDistance {
  /// The distance D of two trains, in any order; times and `timeConstant` in microseconds.
  /// - Throws: ``AnalysisError/timeConstantOutOfRange(_:)`` or
  ///   ``AnalysisError/spikeTimeNotFinite(index:)``.
  public static func distance(
    _ first: [Double], _ second: [Double], timeConstant: Double
  ) throws(AnalysisError) -> Double {
    guard timeConstant > 0, timeConstant.isFinite else {
      throw .timeConstantOutOfRange(timeConstant)
    }
    try requireFinite(first)
    try requireFinite(second)
    let signed = (first.map { ($0, 1.0) } + second.map { ($0, -1.0) }).sorted { $0 < $1 }
    var memory = 0.0
    var products = 0.0
    var previous = signed.first?.0 ?? 0
    for (time, sign) in signed {
      memory *= exp(-(time - previous) / timeConstant)
      products += sign * memory
      memory += sign
      previous = time
    }
    return max(0, Double(signed.count) / 2 + products).squareRoot()
  }
}
