/// A colour scale for loads: pale yellow at zero, over orange, to dark red at the limit.
package struct HeatScale: Equatable, Sendable {
  /// The load that gets the full colour.
  package let limit: Double
  /// Shades of the scale.
  package static let shades = 16

  package init(limit: Double) { self.limit = limit.isDrawable && limit > 0 ? limit : 1 }

  /// The shade of a load, 0 to 15; what is beyond the limit gets the last.
  package func shade(_ value: Double) -> Int {
    guard value.isDrawable else { return 0 }
    let share = max(0, min(1, value / limit))
    return min(Int(share * Double(HeatScale.shades)), HeatScale.shades - 1)
  }

  /// The colour of a shade, `#rrggbb`.
  package static func colour(_ shade: Int) -> String {
    let stops: [[Double]] = [[0xF2, 0xD0, 0x6B], [0xE6, 0x9F, 0x00], [0xD5, 0x5E, 0x00], [0x7A, 0x12, 0x12]]
    let place = Double(min(max(shade, 0), shades - 1)) / Double(shades - 1) * 3
    let low = min(Int(place), 2)
    return "#"
      + zip(stops[low], stops[low + 1]).map { a, b in
        let digits = String(Int((a + (b - a) * (place - Double(low))).rounded()), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}
