import Foundation

/// A linear axis: its range contains all the data, its ticks are round numbers.
package struct Axis: Equatable, Sendable {
  package enum Fit: Sendable {
    /// The range widens to whole tick steps.
    case toTicks
    /// The range ends with the data, for time.
    case exact
  }

  package let label: String
  package let range: ClosedRange<Double>
  package let ticks: [Double]
  /// Distance of two ticks, 1, 2 or 5 times a power of ten.
  package let step: Double

  /// Makes an axis that covers the finite ones among `values`; without any it covers 0...1.
  package init(
    covering values: [Double], label: String, fit: Fit = .toTicks, targetTicks: Int = 5
  ) {
    let (low, high) = Axis.extent(values)
    let step = Axis.niceStep(span: high - low, target: max(1, targetTicks))
    self.label = label
    self.step = step
    // An end within rounding of a tick counts as the tick.
    let first =
      fit == .exact ? (low / step - 1e-9).rounded(.up) : (low / step + 1e-9).rounded(.down)
    let last =
      fit == .exact ? (high / step + 1e-9).rounded(.down) : (high / step - 1e-9).rounded(.up)
    let ticks = Axis.multiples(of: step, from: first, through: last)
    self.ticks = ticks
    range =
      fit == .exact ? low...high : min(low, ticks.first ?? low)...max(high, ticks.last ?? high)
  }

  /// Where a value stands between the ends, 0 to 1 inside the range.
  package func fraction(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  package func tickLabel(_ tick: Double) -> String {
    let largest = max(range.lowerBound.magnitude, range.upperBound.magnitude)
    if largest >= 1e7 || step < 1e-5 {
      return String(format: "%.6g", tick).replacingOccurrences(of: "-", with: "\u{2212}")
    }
    return NumberText.fixed(tick, places: Int(max(0, -(log10(step) + 1e-9).rounded(.down))))
  }

  /// The least and greatest finite value, widened where they are one or nearly one.
  private static func extent(_ values: [Double]) -> (low: Double, high: Double) {
    let finite = values.filter(\.isDrawable)
    guard let low = finite.min(), let high = finite.max() else { return (0, 1) }
    let size = max(low.magnitude, high.magnitude)
    if high - low > max(size * 1e-9, 1e-290) { return (low, high) }
    return size > 1e-280 ? (low - size * 0.1, high + size * 0.1) : (0, 1)
  }

  package static func niceStep(span: Double, target: Int) -> Double {
    let raw = span / Double(target)
    let power = pow(10, log10(raw).rounded(.down))
    let factor = raw / power
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10)
  }

  private static func multiples(
    of step: Double, from first: Double, through last: Double
  ) -> [Double] {
    guard last >= first, last - first < 1000 else { return [] }
    // Dividing by the whole reciprocal of a small step keeps 0.3 from becoming 0.30000000000000004.
    let reciprocal = (1 / step).rounded()
    let isReciprocal = step < 1 && reciprocal < 1e15
    return (0...Int(last - first)).map { offset in
      let index = first + Double(offset)
      return isReciprocal ? index / reciprocal : index * step
    }
  }
}
