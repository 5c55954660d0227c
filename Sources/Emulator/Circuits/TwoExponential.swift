import HardwareSpec

/// The exact solution of a membrane driven by an exponential synaptic current.
///
/// `τ_m dV/dt = −V + R·I` with `τ_s dI/dt = −I`, in ticks. Rates are `y = 1/τ_m`, `x = 1/τ_s`.
public struct TwoExponential: Equatable, Sendable {
  /// Rates of membrane and synapse, per tick.
  public let membraneRate, synapticRate: Double

  /// Makes the solution for time constants in ticks.
  public init(membraneTicks: Double, synapticTicks: Double) {
    (membraneRate, synapticRate) = (1 / membraneTicks, 1 / synapticTicks)
  }

  /// What is left of a current after `u` ticks, `e^(−x·u)`.
  public func current(after u: Double) -> Double { DeterministicMath.exp(-synapticRate * u) }

  /// The potential that a unit of R·I, decaying, has made after `u` ticks.
  ///
  /// `V(u) = y·e^(−y·u)·(e^(d·u) − 1)/d` with `d = y − x`; `y·u·e^(−y·u)` where they are equal.
  public func potential(after u: Double) -> Double {
    let difference = (membraneRate - synapticRate) * u
    let decay = DeterministicMath.exp(-membraneRate * u)
    return membraneRate * u * decay * Self.expMinusOne(over: difference)
  }

  /// When the potential is largest, in ticks: `ln(y/x)/(y − x)`.
  public var timeOfExtreme: Double {
    let difference = membraneRate - synapticRate
    guard abs(difference) > 1e-9 * membraneRate else { return 1 / membraneRate }
    return DeterministicMath.log(membraneRate / synapticRate) / difference
  }

  /// `(eᵈ − 1)/d`, 1 at zero.
  private static func expMinusOne(over d: Double) -> Double {
    if abs(d) < 1e-12 { return 1 }
    let positive = d < 0
    let value = DeterministicMath.oneMinusExp(ofMinus: abs(d))
    return positive ? value / -d : value * DeterministicMath.exp(d) / d
  }
}

/// A polynomial in the part `u` of a tick that is left, `c₀ + c₁u + c₂·4u(1 − u)`.
///
/// The chip's model knows of the events of one tick only the sums of w, w·u and w·4u(1 − u); with these
/// fits they give the current and the potential at the tick's end. Interpolation at Chebyshev
/// nodes: the error for e^(−x·u) is below x²/16 to first and x³/192 to second order.
public struct PhaseFit: Equatable, Sendable {
  /// The coefficients.
  public let c0, c1, c2: Double

  /// Fits a function on (0, 1] by a straight line, or by a parabola.
  public init(secondOrder: Bool, of function: (Double) -> Double) {
    if secondOrder {
      let half = 0.4330127018922193  // cos(30°)/2
      let (a, b, c) = (0.5 - half, 0.5, 0.5 + half)
      let (fa, fb, fc) = (function(a), function(b), function(c))
      let first = (fb - fa) / (b - a)
      let second = ((fc - fb) / (c - b) - first) / (c - a)
      (c0, c1) = (fa - first * a + second * a * b, first - second * (a + b) + second)
      c2 = -second / 4
    } else {
      let half = 0.3535533905932738  // cos(45°)/2
      let (a, b) = (0.5 - half, 0.5 + half)
      let slope = (function(b) - function(a)) / (b - a)
      (c0, c1, c2) = (function(a) - slope * a, slope, 0)
    }
  }
}
