/// The colours of layers: those of series first, then as many hues as are needed.
package enum LayerColours {
  /// The colour of the n-th layer, `#rrggbb`; after 48 they come round again.
  package static func colour(_ index: Int) -> String {
    let index = index % 48
    if index < Paint.series.count { return Paint.series[index].light }
    // Steps of the golden angle put neighbours in the list far apart on the wheel.
    let hue = Double(index) * 137.508
    let light = [0.42, 0.58, 0.5][index % 3]
    return text(hue: hue - 360 * (hue / 360).rounded(.down), saturation: 0.55, lightness: light)
  }

  private static func text(hue: Double, saturation: Double, lightness: Double) -> String {
    let chroma = (1 - abs(2 * lightness - 1)) * saturation
    let channels = [0.0, 8, 4].map { offset -> Int in
      let place = (offset + hue / 30).truncatingRemainder(dividingBy: 12)
      let value = lightness - chroma / 2 * max(-1, min(place - 3, 9 - place, 1))
      return Int((255 * value).rounded())
    }
    return "#" + channels.map { channel in
      let digits = String(min(max(channel, 0), 255), radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
