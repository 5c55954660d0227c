/// One sign of a full circuit's synapses: a current that decays, behind the input stage.
///
/// `τ_s dx/dt = −x`; a charge of one step of stored weight adds 1 to x. What the membrane sees of
/// it in a tick is a mean, weighed as the exact solution of ``TwoExponential`` weighs it.
public struct SynapticInput: Equatable, Sendable {
  /// What one sign of synapses does to current and membrane.
  public struct Constants: Equatable, Sendable {
    /// What is left of the current after a tick.
    public var left: Float = 0
    /// The mean over a tick of a current of 1 at its start, as the membrane weighs it.
    public var mean: Float = 0
    /// Current at the tick's end for each moment of the arriving charge.
    public var inject: Moments = .init()
    /// Mean current over the tick for each moment.
    public var arrive: Moments = .init()
    /// What one unit of current adds to the potential that the membrane goes to: membrane counts
    /// of R·I, or conductance times reversal potential.
    public var drive: Float = 0
    /// Conductance of one unit, of the leak's; 0 for an input that injects current.
    public var conductance: Float = 0
    /// Where the input stage saturates, in steps of stored weight.
    public var level: Float = 1
  }

  /// Sums over the events of a tick: charge, charge·u, charge·4u(1 − u), u the part left of it.
  public struct Moments: Equatable, Sendable {
    /// The three moments.
    public var m0: Float = 0, m1: Float = 0, m2: Float = 0

    /// Sums events given as (effective weight, amplitude, phase in 1/64 tick).
    init(_ events: some Sequence<(weight: UInt8, amplitude: Float, phase: Int32)>) {
      for event in events {
        let (charge, left) = (Float(event.weight), Float(64 - event.phase) * 0.015625)
        m0 += charge * event.amplitude
        m1 += charge * (event.amplitude * left)
        m2 += charge * (event.amplitude * (4 * left * (1 - left)))
      }
    }

    /// Nothing arrived.
    public init() {}
  }

  /// The current, in steps of stored weight.
  public var current: Float = 0

  /// Takes a tick's arrivals; gives the current's mean over the tick.
  mutating func receive(_ moments: Moments?, _ c: Constants, secondOrder: Bool) -> Float {
    var mean = current * c.mean
    current *= c.left
    if let m = moments {
      mean += m.m0 * c.arrive.m0 + m.m1 * c.arrive.m1
      current += m.m0 * c.inject.m0 + m.m1 * c.inject.m1
      if secondOrder {
        mean += m.m2 * c.arrive.m2
        current += m.m2 * c.inject.m2
      }
    }
    current = FloatMath.largest(current, 0)
    return mean
  }

  /// The input stage: a soft one gives `x/√(1 + (x/level)²)`, a sharp one clamps.
  ///
  /// The transconductance amplifier on silicon gives a hyperbolic tangent; this curve has the same
  /// slope and the same level, and stays within 7 % of it.
  static func saturated(_ x: Float, level: Float, soft: Bool) -> Float {
    guard soft else { return FloatMath.least(x, level) }
    let ratio = x / level
    return x / (1 + ratio * ratio).squareRoot()
  }
}
