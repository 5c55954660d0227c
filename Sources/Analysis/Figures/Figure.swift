/// A picture made of data, drawn as one standalone SVG document.
public protocol Figure: Sendable {
  /// The headline, also the accessible name of the picture.
  var title: String { get }
  /// Draws the picture: an SVG with a viewBox, no script, no external font, the same bytes for
  /// the same data.
  func svg() -> String
}

/// One point of a curve, in the units that the figure's axes name.
public struct DataPoint: Hashable, Sendable {
  /// The horizontal value.
  public var x: Double
  /// The vertical value.
  public var y: Double

  /// Makes a point; values that are not finite leave a gap in a curve.
  public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

  var isDrawable: Bool { x.isDrawable && y.isDrawable }
}

extension Double {
  /// Whether the value can stand on an axis; beyond 1e300 differences would overflow.
  var isDrawable: Bool { isFinite && magnitude <= 1e300 }
}
