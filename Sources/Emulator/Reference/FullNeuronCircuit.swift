/// Models one full neuron circuit: the LIF circuit with any of conductance-based synapses,
/// adaptation, exponential term, reset conductance, adaptive threshold and soft input stage.
///
///     τ_m dV/dt = (E_l − V) + Σ drive + Δ_T·e^((V − V_T)/Δ_T) − w
///
/// A tick has two phases, with the coupling of joined circuits between them. The membrane's tick
/// is the exact solution for the mean of its inputs; where nothing but current-based synapses are
/// on, that is the exact solution of ``TwoExponential``. Arithmetic is IEEE single precision in
/// this order; `Sources/CEmulatorKernels/full_core_vector.h` gives the same bits.
public struct FullNeuronCircuit: Equatable, Sendable {
  /// What all circuits of a core share.
  public struct Core: Equatable, Sendable {
    /// The supply rails, in membrane counts.
    public var rails: ClosedRange<Float>
    /// Whether any synapse of the core is a conductance.
    public var conducting: Bool
    /// Whether the input stage saturates softly.
    public var soft: Bool
    /// Whether phases of events are carried to second order.
    public var secondOrder: Bool
  }

  /// Membrane potential, in membrane counts.
  public var membrane: MembraneCount
  /// Time until the membrane is released from reset, in 1/64 tick.
  public var refractoryLeft: Int32 = 0
  /// Both signs of synapses.
  public var excitation = SynapticInput(), inhibition = SynapticInput()
  /// The adaptation w and the threshold's shift θ, in membrane counts.
  public var adaptation: Float = 0, shift: Float = 0
  /// Phase at which a spike comes out that the comparator saw in the last tick; −1 without one.
  public var fuse: Float = -1
  /// What the first phase of a tick leaves to the second.
  var course = MembraneCourse()
  /// Times the input stage was saturated.
  public var saturated: Int64 = 0

  /// Starts the circuit at a potential, without currents.
  public init(at membrane: MembraneCount) { self.membrane = membrane }

  /// Advances the circuit to the tick's end, up to coupling; gives the membrane there.
  ///
  /// `noise` is a draw of ``HashNoise``; arrivals are nil in a tick without events.
  public mutating func integrate(
    _ excitation: SynapticInput.Moments?, _ inhibition: SynapticInput.Moments?, noise: Int32,
    _ c: FullCircuitConstants, _ core: Core
  ) -> Float {
    let before = Float(membrane)
    let exc = self.excitation.receive(excitation, c.excitatory, secondOrder: core.secondOrder)
    let inh = self.inhibition.receive(inhibition, c.inhibitory, secondOrder: core.secondOrder)
    course = course(
      from: before, stage(exc, c.excitatory, core), stage(inh, c.inhibitory, core), c, core)
    if refractoryLeft > 0 { hold(before, c) }
    course.drift = (course.goal - course.start) * course.loss
    var after = course.start + course.drift
    if c.exponential.rate != 0 {
      after += ExponentialUpswing.carried(&course, c.exponential)
    }
    after += Float(noise) * course.noise
    return bounded(after, core)
  }

  /// Compares with the threshold, resets; gives the phase of the spike, if there is one.
  public mutating func compare(
    _ pending: Float, _ c: FullCircuitConstants, _ core: Core
  ) -> Int32? {
    let (before, held) = (Float(membrane), refractoryLeft)
    var after = bounded(pending, core)
    if held >= 64, c.resetRate == 0 { after = c.reset }
    let sunk = AdaptiveThreshold.sunk(shift, c.shift)
    membrane = FloatMath.rounded(after)
    refractoryLeft = max(held - 64, 0)
    let limit = c.threshold + (shift - sunk)
    // A circuit that resets to above its threshold, for a plateau, may fire again when it has fallen.
    let onPlateau = c.reset >= c.threshold && course.start >= limit + 1
    let fired = after >= limit && held < 64 && !onPlateau
    if fired || fuse >= 0, let phase = fire(after, sunk: sunk, held: held, c, core) { return phase }
    adaptation = AdaptationCurrent.next(
      adaptation, path: (before + after) * 0.5, rest: c.rest, c.adaptation)
    shift -= sunk
    return nil
  }

  // MARK: The membrane's course

  private mutating func stage(
    _ mean: Float, _ c: SynapticInput.Constants, _ core: Core
  ) -> Float {
    if mean > c.level { saturated += 1 }
    return SynapticInput.saturated(mean, level: c.level, soft: core.soft)
  }

  /// Where the membrane goes, and how fast: leak, synapses, adaptation.
  private func course(
    from before: Float, _ exc: Float, _ inh: Float, _ c: FullCircuitConstants, _ core: Core
  ) -> MembraneCourse {
    var course = MembraneCourse(start: before, c)
    course.goal = c.rest + (exc * c.excitatory.drive + inh * c.inhibitory.drive)
    course.goal -= AdaptationCurrent.mean(
      adaptation, membrane: before, rest: c.rest, c.adaptation)
    if core.conducting {
      let total = 1 + (exc * c.excitatory.conductance + inh * c.inhibitory.conductance)
      course.goal /= total
      course.pace *= total
      course.part = course.pace
      course.loss = 1 - FloatMath.exp(-course.pace)
      course.damping = course.loss / course.pace
    }
    return course
  }

  /// Takes off the refractory part of the tick.
  private mutating func hold(_ before: Float, _ c: FullCircuitConstants) {
    let hold = Float(min(refractoryLeft, 64)) * 0.015625
    let free = 1 - hold
    if c.resetRate > 0 {
      course.start = ResetConductance.pulled(before, hold: hold, course, c)
    }
    course.part = course.pace * free
    course.loss = 1 - FloatMath.exp(-course.part)
    course.damping = course.loss / FloatMath.largest(course.part, 1e-9)
    course.upswing *= free
    course.noise *= free
  }

  private func bounded(_ membrane: Float, _ core: Core) -> Float {
    FloatMath.least(FloatMath.largest(membrane, core.rails.lowerBound), core.rails.upperBound)
  }

  // MARK: Spikes

  /// When a spike comes out, in 1/64 tick, and the potential that the membrane has then.
  private struct Spike {
    var moment, top: Float
  }

  /// Fires; nil when the comparator answers in the next tick only.
  private mutating func fire(
    _ after: Float, sunk: Float, held: Int32, _ c: FullCircuitConstants, _ core: Core
  ) -> Int32? {
    let spike = spike(after, sunk: sunk, held: held, c)
    guard spike.moment < 64 else {
      fuse = spike.moment - 64
      return nil
    }
    let rest = (64 - spike.moment) * 0.015625
    let settled = ResetConductance.settled(
      top: spike.top, rest: rest, course, c, rails: core.rails)
    let phase = Int32(FloatMath.least(spike.moment + 0.5, 63))
    membrane = FloatMath.rounded(settled.end)
    refractoryLeft = Int32(c.refractory) + phase - 64
    adapt(spike, settled, rest: rest, c)
    shift = (shift - sunk) + AdaptiveThreshold.jump(c.shift, since: rest)
    fuse = -1
    return phase
  }

  /// The adaptation along the path up to the spike, and since, plus its jump.
  private mutating func adapt(
    _ spike: Spike, _ settled: ResetConductance.Settled, rest: Float, _ c: FullCircuitConstants
  ) {
    var rise = (spike.top - course.start) * 0.5
    // A path that bends upwards into a spike spends its time near its beginning.
    if c.exponential.rate > 0 { rise = FloatMath.least(rise, c.exponential.slope) }
    let path = (course.start + rise) * (1 - rest) + settled.mean * rest
    adaptation =
      AdaptationCurrent.next(adaptation, path: path, rest: c.rest, c.adaptation)
      + AdaptationCurrent.jump(c.adaptation, since: rest)
  }

  private func spike(
    _ after: Float, sunk: Float, held: Int32, _ c: FullCircuitConstants
  ) -> Spike {
    let start = course.start
    if fuse >= 0 { return Spike(moment: fuse, top: start + (after - start) * (fuse * 0.015625)) }
    let (limit, begin) = (c.threshold + (shift - sunk), Float(held))
    let span = 64 - begin
    let part = crossing(after, limit: limit, sunk: sunk, span: span * 0.015625, c)
    let crossed = FloatMath.least(begin + part * span, 63.984375)
    // A membrane that is released above its threshold fires from there.
    let top = FloatMath.largest(limit + sunk * (1 - part), start)
    var spike = Spike(moment: crossed + c.delay, top: top)
    if spike.moment > crossed, after > spike.top {
      spike.top += (after - spike.top) * ((spike.moment - crossed) / (64 - crossed))
    }
    return spike
  }

  /// When a rising membrane meets its threshold, as a fraction of the free part of the tick.
  ///
  /// With the exponential term by its closed form, without by the straight path bent by the leak.
  private func crossing(
    _ after: Float, limit: Float, sunk: Float, span: Float, _ c: FullCircuitConstants
  ) -> Float {
    let need = limit + sunk - course.start
    let distance = after - course.start + sunk
    guard need > 0 else { return 0 }
    let straight = need < distance ? need / distance : 1
    guard c.exponential.rate * span != 0 else {
      let bent = straight - straight * (1 - straight) * (course.pace * span * 0.5)
      return FloatMath.largest(bent, 0)
    }
    return ExponentialUpswing.crossing(need: need, course, span: span, c.exponential) ?? straight
  }
}

/// Where a membrane goes in a tick, and how fast.
struct MembraneCourse: Equatable, Sendable {
  /// Potential at which the free part of the tick begins.
  var start: Float = 0
  /// Potential that the membrane goes to, and at which rate per tick.
  var goal: Float = 0, pace: Float = 0
  /// The rate times the free part of the tick.
  var part: Float = 0
  /// 1 − e^(−part), and that over the part.
  var loss: Float = 0, damping: Float = 0
  /// Rate of the exponential term, and counts of a unit of noise, times the free part.
  var upswing: Float = 0, noise: Float = 0
  /// How far the membrane goes without the exponential term, and that term's rate at the start.
  var drift: Float = 0, growth: Float = 0

  /// Nothing happens.
  init() {}

  /// A whole tick of the leak alone.
  init(start: Float, _ c: FullCircuitConstants) {
    self.start = start
    (pace, part, loss, damping) = (c.rate, c.rate, c.loss, c.damping)
    (upswing, noise) = (c.exponential.rate, c.noise)
  }
}
