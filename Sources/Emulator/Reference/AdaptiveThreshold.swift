/// The threshold of a full circuit: it rises by a step at each spike, and falls back.
///
/// `τ_θ dθ/dt = −θ`, `θ += Δθ` at a spike; the comparator sees V_th + θ.
public enum AdaptiveThreshold {
  /// The constants of the shift θ; all 0 where it is off.
  public struct Constants: Equatable, Sendable {
    /// e^(−1/τ_θ).
    public var left: Float = 0
    /// 1/τ_θ, per tick.
    public var rate: Float = 0
    /// Step Δθ at a spike, in membrane counts.
    public var jump: Float = 0
  }

  /// How far the threshold sinks in a tick.
  static func sunk(_ shift: Float, _ c: Constants) -> Float { shift - shift * c.left }

  /// What is left at the tick's end of the step at a spike, `rest` ticks before.
  static func jump(_ c: Constants, since rest: Float) -> Float {
    c.jump * FloatMath.exp(-(c.rate * rest))
  }
}
