import ChipInterface
import HardwareSpec

/// The fixed-point constants of one LIF circuit on one device.
///
/// Derived once, when an image is loaded, from nominal settings and the circuit's deviation. All
/// terms of a membrane's tick are summed with one common right shift, the largest at which
/// neither a coefficient leaves 16 bits nor the sum 32.
public struct CircuitConstants: Equatable, Sendable {
  /// Potential that the membrane decays to, half a step up for the truncation.
  public var rest: Int32 = 0
  /// Right shift of the sum of a tick's terms.
  public var shift: Int32 = 0
  /// Fraction of the distance to rest lost in a tick, in 2⁻⁽⁹⁺ˢʰⁱᶠᵗ⁾.
  public var leak: Int32 = 0
  /// The part of either sign's synapses.
  public var excitatory = SynapticConstants()
  /// The part of the inhibitory synapses; its membrane terms are negative.
  public var inhibitory = SynapticConstants()
  /// Threshold potential; the largest number when the comparator is off.
  public var threshold = Int32.max
  /// Reset potential.
  public var reset: Int32 = 0
  /// Refractory time, in 1/64 tick.
  public var refractory: Int32 = 64
  /// Half the membrane's rate, in 2⁻¹²: how the leak bends a path within a tick.
  public var curvature: Int32 = 0
  /// Counts for 1/16 unit of hash noise.
  public var noise: Int32 = 0
  /// Offset of the ADC channel, in membrane counts.
  public var adcOffset: Int32 = 0

  /// A circuit that is not in use: it rests at zero and never fires.
  public static let unused = CircuitConstants()
}

/// What one sign of synapses does to current and membrane.
public struct SynapticConstants: Equatable, Sendable {
  /// Fraction of the current lost in a tick, in 2⁻¹⁶.
  public var decay: Int32 = 0
  /// Where the input stage saturates, in units of current.
  public var saturation: Int32 = 0
  /// Membrane counts for one unit of current, left-shifted by `shift`.
  public var drive: Int32 = 0
  /// Current at the tick's end for each moment of the arriving charge, in 2⁻¹³ units.
  public var inject0: Int32 = 0, inject1: Int32 = 0, inject2: Int32 = 0
  /// Membrane counts at the tick's end for each moment, left-shifted by `shift`.
  public var jump0: Int32 = 0, jump1: Int32 = 0, jump2: Int32 = 0
}
