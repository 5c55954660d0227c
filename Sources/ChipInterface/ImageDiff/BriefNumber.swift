/// Numbers for people: four digits that count.
enum BriefNumber {
  static func text(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 1000, scale < 1e12 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    let whole = Int(exactly: rounded)
    return whole.map { "\($0)" } ?? "\(rounded)"
  }
}
