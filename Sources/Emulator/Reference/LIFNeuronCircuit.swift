/// Models one analog leaky integrate-and-fire circuit with exponential synapses, tick by tick.
///
/// The circuit obeys `τ_m dV/dt = (E_l − V) + R·(I_e − I_i)` with `τ_s dI/dt = −I` for either sign.
/// One tick applies the exact solution (``TwoExponential``) in integers: the same settings and the
/// same input give the same bits, here and in the C kernels. Events count from their own clock
/// cycle, a spike is stamped with the cycle of its crossing; both within the tick.
///
/// Where this lean circuit differs from silicon: the input stage saturates sharply, not softly, and
/// the reset is instant, not through a conductance (``FullNeuronCircuit`` has both); charge that
/// arrives within a tick meets saturation only from the next tick on.
public struct LIFNeuronCircuit: Equatable, Sendable {
  /// Sums over the events of one tick: w, w·u/16 and w·b(u)/16, u in 1/64 tick left.
  ///
  /// The bow b(u) = 4u(1 − u) is rounded to 1/64.
  ///
  /// Weights w are effective steps, 0...255; at most 32 events arrive in a tick.
  public struct Arrivals: Equatable, Sendable {
    /// The three moments.
    public var m0: Int32 = 0, m1: Int32 = 0, m2: Int32 = 0

    /// Nothing arrived.
    public init() {}

    /// Sums events given as (effective weight, phase in 1/64 tick).
    public init(_ events: some Sequence<(weight: UInt8, phase: Int32)>) {
      var (first, second): (Int32, Int32) = (0, 0)
      for event in events {
        let (w, u) = (Int32(event.weight), 64 - event.phase)
        m0 += w
        first += w * u
        second += w * ((u * (64 - u) + 8) >> 4)
      }
      (m1, m2) = ((first + 8) >> 4, (second + 8) >> 4)
    }
  }

  /// The chip's supply rails, which bound the membrane.
  public struct Rails: Equatable, Sendable {
    /// The bounds, in membrane counts.
    public var low, high: MembraneCount

    /// Makes rails.
    public init(low: MembraneCount, high: MembraneCount) { (self.low, self.high) = (low, high) }
  }

  /// Membrane potential V, within the rails.
  public var membrane: MembraneCount
  /// Synaptic currents, in 2⁻¹⁶ units; one unit is half an effective step of weight.
  public var excitatory: Int32 = 0, inhibitory: Int32 = 0
  /// Time until the membrane is released from reset, in 1/64 tick.
  public var refractoryLeft: Int32 = 0
  /// Times the input stage was saturated.
  public var saturated: Int64 = 0

  /// Starts the circuit at a potential, without currents.
  public init(at membrane: MembraneCount) { self.membrane = membrane }

  /// Advances the circuit by one tick; gives the phase of its spike, if it fired, in 1/64 tick.
  ///
  /// `noise` is a draw of ``HashNoise``.
  public mutating func step(
    _ excitation: Arrivals, _ inhibition: Arrivals, noise: Int32, _ constants: CircuitConstants,
    _ rails: Rails
  ) -> Int32? {
    let before = membrane
    var after = before &+ change(from: before, excitation, inhibition, constants)
    after &+= (noise &* constants.noise) >> 4
    after = min(max(after, rails.low), rails.high)
    excitatory = Self.next(excitatory, constants.excitatory, excitation)
    inhibitory = Self.next(inhibitory, constants.inhibitory, inhibition)

    let held = refractoryLeft
    if held > 0 {
      let part = held < 64 ? Self.bent(part: 64 - held, constants.curvature) : 0
      after = before + ((after - before) * part) >> 6
      refractoryLeft = max(held - 64, 0)
    }
    membrane = after
    guard after >= constants.threshold, held < 64 else { return nil }
    let phase = Self.crossing(from: before, to: after, start: held, constants)
    membrane = constants.reset
    refractoryLeft = constants.refractory + phase - 64
    return phase
  }

  /// The change of the membrane in a full tick: leak, currents, and what arrives meanwhile.
  private mutating func change(
    from before: MembraneCount, _ excitation: Arrivals, _ inhibition: Arrivals,
    _ constants: CircuitConstants
  ) -> Int32 {
    let leak = ((constants.rest &- before) >> 9) &* constants.leak
    let sum =
      leak &+ drive(excitatory, constants.excitatory) &+ drive(inhibitory, constants.inhibitory)
      &+ Self.jump(excitation, constants.excitatory) &+ Self.jump(inhibition, constants.inhibitory)
    return sum >> constants.shift
  }

  private mutating func drive(_ current: Int32, _ constants: SynapticConstants) -> Int32 {
    let units = Self.units(current)
    if units > constants.saturation { saturated += 1 }
    return min(units, constants.saturation) &* constants.drive
  }

  private static func jump(_ arrivals: Arrivals, _ constants: SynapticConstants) -> Int32 {
    arrivals.m0 &* constants.jump0 &+ arrivals.m1 &* constants.jump1
      &+ arrivals.m2 &* constants.jump2
  }

  /// A current to the nearest whole unit.
  private static func units(_ current: Int32) -> Int32 { (current + 0x8000) >> 16 }

  /// The current at the tick's end; it cannot leave 15 bits of whole units.
  private static func next(
    _ current: Int32, _ constants: SynapticConstants, _ arrivals: Arrivals
  ) -> Int32 {
    let injected =
      arrivals.m0 &* constants.inject0 &+ arrivals.m1 &* constants.inject1
      &+ arrivals.m2 &* constants.inject2
    let left = max(current &- units(current) &* constants.decay, 0)
    let next = UInt32(bitPattern: left) &+ UInt32(bitPattern: injected) << 3
    return Int32(min(next, largestCurrent))
  }

  /// The input stage's own limit, in 2⁻¹⁶ units.
  private static let largestCurrent: UInt32 = 0x7FFF_0000

  /// The part of a full tick's change that happens in the last `part`/64 of it.
  private static func bent(part: Int32, _ curvature: Int32) -> Int32 {
    part + (part * (64 - part) * curvature) >> 18
  }

  /// The phase at which the straight, then bent, path from `before` to `after` meets the threshold.
  ///
  /// The path begins at phase `start`. The quotient is that of IEEE single precision, which every
  /// machine rounds alike.
  private static func crossing(
    from before: MembraneCount, to after: MembraneCount, start: Int32,
    _ constants: CircuitConstants
  ) -> Int32 {
    let need = max(constants.threshold &- before, 0) >> 4
    let distance = max((after - before) >> 4, 1)
    var fraction = min(Int32(Float(need) * 64 / Float(distance)), 64)
    fraction -= (fraction * (64 - fraction) * constants.curvature) >> 18
    return min(start + (fraction * (64 - start)) >> 6, 63)
  }
}
