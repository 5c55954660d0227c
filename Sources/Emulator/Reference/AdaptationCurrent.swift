/// The adaptation of a full circuit: `τ_w dw/dt = a·(V − E_l) − w`, and `w += b` at a spike.
///
/// Brette and Gerstner, J. Neurophysiol. 94 (2005). Here w is in membrane counts, w/g_l of the
/// paper, and a is a fraction of the leak conductance.
public enum AdaptationCurrent {
  /// The constants of the adaptation; all 0 where it is off.
  public struct Constants: Equatable, Sendable {
    /// Conductance a, of the leak's.
    public var conductance: Float = 0
    /// 1 − e^(−1/τ_w).
    public var loss: Float = 0
    /// 1/τ_w, per tick.
    public var rate: Float = 0
    /// Increment b at a spike, in membrane counts.
    public var jump: Float = 0
  }

  /// The mean of w over the tick that begins at `membrane`, from its slope there.
  static func mean(_ w: Float, membrane: Float, rest: Float, _ c: Constants) -> Float {
    w + c.loss * 0.5 * (c.conductance * (membrane - rest) - w)
  }

  /// w after a tick in which the membrane was at `path` on average.
  static func next(_ w: Float, path: Float, rest: Float, _ c: Constants) -> Float {
    let aim = c.conductance * (path - rest)
    return w + c.loss * (aim - w)
  }

  /// What is left at the tick's end of the jump at a spike, `rest` ticks before.
  ///
  /// To third order: time constants of several ticks leave an error of 2·10⁻⁵.
  static func jump(_ c: Constants, since rest: Float) -> Float {
    let x = c.rate * rest
    let third = 1 - x * 0.333333333
    return c.jump * (1 - x * (1 - x * 0.5 * third))
  }
}
