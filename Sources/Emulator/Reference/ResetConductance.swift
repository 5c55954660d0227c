/// The reset of a full circuit: at once, or through a conductance.
///
/// While it is refractory the membrane also obeys `dV/dt = (V_r − V)/τ_r`, beside leak and
/// synapses; the exponential term is off then.
public enum ResetConductance {
  /// Where the reset leaves the membrane at the tick's end, and its mean since the spike.
  struct Settled {
    var end, mean: Float
  }

  /// The membrane `hold` ticks after `membrane`, under a pull of rate `pull`.
  static func pulled(
    _ membrane: Float, hold: Float, _ course: MembraneCourse, _ c: FullCircuitConstants
  ) -> Float {
    let both = course.pace + c.resetRate
    let aim = (course.pace * course.goal + c.resetRate * c.reset) / both
    return aim + (membrane - aim) * FloatMath.exp(-(both * hold))
  }

  /// The membrane `rest` ticks after a spike at the potential `top`.
  static func settled(
    top: Float, rest: Float, _ course: MembraneCourse, _ c: FullCircuitConstants,
    rails: ClosedRange<Float>
  ) -> Settled {
    guard c.resetRate != 0 else { return Settled(end: c.reset, mean: c.reset) }
    let open = pulled(top, hold: rest, course, c)
    let end = FloatMath.least(FloatMath.largest(open, rails.lowerBound), rails.upperBound)
    return Settled(end: end, mean: (top + end) * 0.5)
  }
}
