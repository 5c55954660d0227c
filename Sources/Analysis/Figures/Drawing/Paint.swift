/// A named colour with a light value, written into the SVG, and a dark one for the report's CSS.
///
/// The data colours are those of Okabe and Ito (2008), told apart with any colour vision.
package struct Paint: Equatable, Sendable {
  package let name: String
  package let light: String
  package let dark: String

  package static let paper = Paint(name: "paper", light: "#ffffff", dark: "#16191d")
  package static let text = Paint(name: "text", light: "#1f2328", dark: "#e6e8eb")
  package static let muted = Paint(name: "muted", light: "#5b636d", dark: "#a3abb5")
  package static let axis = Paint(name: "axis", light: "#8b939c", dark: "#767e88")
  package static let grid = Paint(name: "grid", light: "#e5e8eb", dark: "#2c3138")

  package static let blue = Paint(name: "blue", light: "#0072b2", dark: "#4aa8e0")
  package static let vermilion = Paint(name: "vermilion", light: "#d55e00", dark: "#f0803a")
  package static let green = Paint(name: "green", light: "#009e73", dark: "#2cc79b")
  package static let purple = Paint(name: "purple", light: "#b45f93", dark: "#d995bd")
  package static let orange = Paint(name: "orange", light: "#e69f00", dark: "#f2b53c")
  package static let sky = Paint(name: "sky", light: "#56b4e9", dark: "#7cc8f2")
  package static let grey = Paint(name: "grey", light: "#9aa2ab", dark: "#7d858f")

  package static let series = [blue, vermilion, green, purple, orange, sky]
  package static let all = [paper, text, muted, axis, grid, grey] + series

  /// The colour of the n-th series; after six they come round again.
  package static func series(_ index: Int) -> Paint { series[index % series.count] }
}

/// How a line is drawn: colour, width in pixels, dashes.
struct Stroke {
  var paint: Paint
  var width = 1.5
  var dash: String?

  init(_ paint: Paint, width: Double = 1.5, dash: String? = nil) {
    (self.paint, self.width, self.dash) = (paint, width, dash)
  }
}
