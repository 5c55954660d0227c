/// Estimated sizes of text: a figure is drawn without a font at hand, so on the generous side.
enum TextMetrics {
  static func width(_ text: String, size: Double) -> Double {
    Double(DisplayWidth.columns(of: text)) * size * 0.58
  }

  /// Breaks text at blanks into lines of at most `width` pixels; longer words end in an ellipsis.
  static func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      let piece = shortened(String(word), width: width, size: size)
      let joined = (lines.last.map { $0 + " " } ?? "") + piece
      if !lines.isEmpty, TextMetrics.width(joined, size: size) <= width {
        lines[lines.count - 1] = joined
      } else {
        lines.append(piece)
      }
    }
    return lines
  }

  static func shortened(_ text: String, width: Double, size: Double) -> String {
    guard TextMetrics.width(text, size: size) > width else { return text }
    let room = max(1, Int(width / (size * 0.58)) - 1)
    return DisplayWidth.prefix(of: text, columns: room) + "…"
  }

  /// Moves label positions apart to at least `distance`, keeping their order, around their places.
  static func spread(_ places: [Double], distance: Double) -> [Double] {
    let order = places.indices.sorted { (places[$0], $0) < (places[$1], $1) }
    var result = places
    for (previous, next) in zip(order, order.dropFirst()) {
      result[next] = max(result[next], result[previous] + distance)
    }
    return result
  }
}
