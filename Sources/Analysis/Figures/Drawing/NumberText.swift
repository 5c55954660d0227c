import Foundation

/// Numbers as people read them: fixed places, grouped thousands, a true minus sign.
public enum NumberText {
  /// A number with `places` decimals, as `12,345.6`; beyond 1e15 in exponent form.
  public static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : "infinite" }
    guard value.magnitude < 1e15 else { return String(format: "%.3g", value) }
    let digits = String(format: "%.*f", max(0, min(places, 12)), value.magnitude)
    let isZero = !digits.contains { $0 != "0" && $0 != "." }
    return (value < 0 && !isZero ? "\u{2212}" : "") + grouped(digits)
  }

  /// A count with grouped thousands, as `12,345`; four digits stay together.
  public static func count(_ value: Int) -> String {
    (value < 0 ? "\u{2212}" : "") + grouped(String(value.magnitude))
  }

  /// A fraction of 1 as per cent, as `97.1 %`.
  public static func percent(_ fraction: Double, places: Int = 1) -> String {
    fraction.isFinite ? fixed(fraction * 100, places: places) + " %" : "–"
  }

  /// A number with about three significant digits, as figures' notes print it.
  public static func brief(_ value: Double) -> String {
    guard value.isFinite else { return fixed(value, places: 0) }
    let size = value.magnitude
    if size == 0 { return "0" }
    if size < 1e-3 || size >= 1e6 { return String(format: "%.3g", value) }
    return fixed(value, places: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
  }

  private static func grouped(_ digits: String) -> String {
    let parts = digits.split(separator: ".", maxSplits: 1)
    guard let whole = parts.first, whole.count > 4 else { return digits }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return parts.count > 1 ? result + "." + parts[1] : result
  }
}
