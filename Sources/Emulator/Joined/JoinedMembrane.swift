/// Models the membrane of joined circuits: leaks and currents add, one comparator resets it.
///
///     dV/dt = k·(G − V)
///
/// with k the mean of the circuits' rates, and G the goals of the single circuits weighed by their
/// rates: capacitances are equal, conductances add. For a steady G this is exact, whatever the
/// circuits' time constants are.
struct JoinedMembrane: Equatable {
  /// What the circuits of one membrane make of it together.
  struct Constants: Equatable {
    /// Potential that the leaks pull to, in membrane counts.
    var rest: Float = 0
    /// The rate k per tick, and 1 − e⁻ᵏ.
    var rate: Float = 1, loss: Float = 0.6321206
    /// Counts for one unit of hash noise.
    var noise: Float = 0
    /// Threshold; 10³⁰ where no comparator is on.
    var threshold: Float = 1e30
    /// Reset potential, and refractory time in 1/64 tick, of the circuit that fires.
    var reset: Float = 0, refractory: Float = 64
  }

  /// Membrane potential, in membrane counts.
  var membrane: MembraneCount
  /// Time until the membrane is released from reset, in 1/64 tick.
  var refractoryLeft: Int32

  /// Advances the membrane by a tick; gives the phase of its spike, if there is one.
  ///
  /// `drive` is what all currents add to the goal, `noise` a draw of ``HashNoise``.
  mutating func advance(
    _ drive: Float, noise: Int32, _ c: Constants, rails: ClosedRange<Float>
  ) -> Int32? {
    let (start, held) = (Float(membrane), refractoryLeft)
    let goal = c.rest + drive
    var (loss, kick) = (c.loss, Float(noise) * c.noise)
    if held > 0 {
      let free = 1 - Float(min(held, 64)) * 0.015625
      loss = 1 - FloatMath.exp(-(c.rate * free))
      kick *= free
    }
    var after = start + (goal - start) * loss + kick
    after = FloatMath.least(FloatMath.largest(after, rails.lowerBound), rails.upperBound)
    if held >= 64 { after = c.reset }
    membrane = FloatMath.rounded(after)
    refractoryLeft = max(held - 64, 0)
    // A membrane that resets to above its threshold may fire again when it has fallen.
    let onPlateau = c.reset >= c.threshold && start >= c.threshold + 1
    guard after >= c.threshold, held < 64, !onPlateau else { return nil }
    return fire(start, after, held: held, c)
  }

  private mutating func fire(_ start: Float, _ after: Float, held: Int32, _ c: Constants) -> Int32 {
    let span = 64 - Float(held)
    let (need, distance) = (c.threshold - start, after - start)
    var part: Float = 0
    if need > 0 {
      let straight = need < distance ? need / distance : 1
      let slack = c.rate * (span * 0.015625) * 0.5
      part = FloatMath.largest(straight - straight * (1 - straight) * slack, 0)
    }
    let moment = FloatMath.least(Float(held) + part * span, 63.984375)
    let phase = Int32(FloatMath.least(moment + 0.5, 63))
    membrane = Int32(c.reset)
    refractoryLeft = Int32(c.refractory) + phase - 64
    return phase
  }
}
