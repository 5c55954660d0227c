/// The exponential term of a full circuit: `τ_m dV/dt = … + Δ_T·e^((V − V_T)/Δ_T)`.
///
/// Fourcaud-Trocmé et al., J. Neurosci. 23 (2003); Brette and Gerstner, J. Neurophysiol. 94 (2005).
///
/// The term is stiff near the threshold, so a tick of it is solved, not stepped: with everything
/// else a constant drift, `y = e^(−(V − V_T)/Δ_T)` obeys a linear equation. To second order the
/// leak takes its part of what the term carries.
public enum ExponentialUpswing {
  /// The constants of the term; all 0 where it is off.
  public struct Constants: Equatable, Sendable {
    /// Slope factor Δ_T, in membrane counts, and its inverse.
    public var slope: Float = 0, steepness: Float = 0
    /// V_T, in membrane counts.
    public var onset: Float = 0
    /// The leak's rate, per tick.
    public var rate: Float = 0
  }

  /// How far the term carries a membrane in a tick beside its drift; notes its growth.
  ///
  /// `X = −Δ_T ln(1 − k·e^((V − V_T)/Δ_T)·(e^q − 1)/q)` with `q = drift/Δ_T`; beyond the pole the
  /// membrane has gone wherever the comparator or the rails stop it.
  static func carried(_ course: inout MembraneCourse, _ c: Constants) -> Float {
    let q = FloatMath.largest(FloatMath.least(course.drift * c.steepness, 40), -40)
    course.growth = course.upswing * FloatMath.exp((course.start - c.onset) * c.steepness)
    let grown = course.growth * growth(q)
    let left = FloatMath.largest(1 - grown, 1e-30)
    guard left > 1e-30 else { return 1e8 }
    let late = course.part * FloatMath.least(grown, 1) * 0.0833333333
    return -c.slope * FloatMath.log(left) * (course.damping - late)
  }

  /// (e^q − 1)/q.
  private static func growth(_ q: Float) -> Float {
    guard q >= 0.05 || q <= -0.05 else {
      return 1 + q * (0.5 + q * (0.166666667 + q * 0.0416666667))
    }
    return (FloatMath.exp(q) - 1) / q
  }

  /// When the membrane has risen by `need`, as a fraction of the part of the tick in which it is
  /// free; nil where the closed form has no answer.
  static func crossing(
    need: Float, _ course: MembraneCourse, span: Float, _ c: Constants
  ) -> Float? {
    let part = course.pace * span
    var q = course.drift * c.steepness
    if q < 1e-3, q > -1e-3 { q = 1e-3 }
    let grown = course.growth / q
    let ratio = (1 + grown) / (FloatMath.exp(-(need * c.steepness)) + grown)
    guard ratio > 1e-30, ratio < 1e30 else { return nil }
    let moment = FloatMath.log(ratio) / q
    // The leak holds back what the term carries: to first order by k/4 times the square of the
    // time for which the term dominates.
    let steep = moment / (1 + (q < 0 ? -q : q) * moment)
    let delayed = moment + part * 0.25 * steep * steep
    return FloatMath.largest(FloatMath.least(delayed, 1), 0)
  }
}
