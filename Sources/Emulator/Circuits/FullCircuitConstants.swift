import HardwareSpec

/// The constants of one full circuit on one device, in single precision.
///
/// Potentials are membrane counts, rates are per tick, charges are steps of stored weight.
public struct FullCircuitConstants: Equatable, Sendable {
  /// Potential that the leak pulls to.
  public var rest: Float = 0
  /// The leak's rate k; 1 − e^(−k); (1 − e^(−k))/k.
  public var rate: Float = 1, loss: Float = 0.6321206, damping: Float = 0.6321206
  /// The part of either sign's synapses.
  public var excitatory = SynapticInput.Constants(), inhibitory = SynapticInput.Constants()
  /// Counts for one unit of hash noise.
  public var noise: Float = 0
  /// Threshold potential; 10³⁰ when the comparator is off.
  public var threshold: Float = 1e30
  /// Reset potential.
  public var reset: Float = 0
  /// Refractory time, in 1/64 tick.
  public var refractory: Float = 64
  /// Rate of the reset conductance; 0 resets at once.
  public var resetRate: Float = 0
  /// Delay of the comparator, in 1/64 tick.
  public var delay: Float = 0
  /// The adaptation current.
  public var adaptation = AdaptationCurrent.Constants()
  /// The exponential term.
  public var exponential = ExponentialUpswing.Constants()
  /// The adaptive threshold.
  public var shift = AdaptiveThreshold.Constants()

  /// A circuit that is not in use: it rests at zero and never fires.
  public static let unused = FullCircuitConstants()
}
