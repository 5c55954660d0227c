import Foundation

/// A colour scale for signed values: blue below zero, white at zero, vermilion above.
package struct DivergingScale: Equatable, Sendable {
  /// The magnitude that gets the full colour.
  package let limit: Double
  /// Shades on each side of zero.
  package static let shades = 31

  package init(limit: Double) { self.limit = limit.isDrawable && limit > 0 ? limit : 1 }

  /// The shade of a value, -31...31; what is beyond the limit gets the last shade.
  package func shade(_ value: Double) -> Int {
    let position = max(-1, min(1, value / limit)) * Double(DivergingScale.shades)
    return Int(position.rounded())
  }

  /// The colour of a shade, `#rrggbb`.
  package static func colour(_ shade: Int) -> String {
    let full = shade < 0 ? [0x00, 0x4C, 0x91] : [0xB8, 0x40, 0x00]
    // The root lifts the pale shades, so that the smallest weight is still told from zero.
    let depth = (Double(min(shade.magnitude, UInt(shades))) / Double(shades)).squareRoot()
    return "#"
      + full.map { channel in
        let value = Int((255 - (255 - Double(channel)) * depth).rounded())
        return String(format: "%02x", value)
      }.joined()
  }
}
