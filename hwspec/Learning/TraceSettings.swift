/// What a trace does.
public struct TraceSettings: Equatable, Sendable {
  /// What adds an impulse.
  public enum Trigger: String, CaseIterable, Sendable {
    /// Every spike.
    case spikes
    /// The first spike after the program's burst time without one: a burst or a lone spike.
    case events
    /// The second spike of a burst, once a burst.
    case bursts
  }

  /// What is added at a spike: 0 to 127 and a fraction in 1/256.
  public var impulse: Double
  /// Time constant in ticks; 0: the trace forgets at once.
  public var timeConstant: Double
  /// What adds the impulse.
  public var trigger: Trigger

  /// Makes settings.
  public init(impulse: Double, timeConstant: Double, trigger: Trigger = .spikes) {
    (self.impulse, self.timeConstant, self.trigger) = (impulse, timeConstant, trigger)
  }

  /// A trace that stays 0.
  public static let off = TraceSettings(impulse: 0, timeConstant: 0)
}
