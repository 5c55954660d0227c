import HardwareSpec

/// What a rule says besides its equations: epoch, traces, third factors, upkeep.
public struct RuleSettings: Equatable, Sendable {
  /// Ticks of one learning epoch.
  public var epochTicks = 1
  /// The presynaptic traces; nil: not used, they stay 0.
  public var x1: TraceSettings?, x2: TraceSettings?
  /// The postsynaptic traces; nil: not used, they stay 0.
  public var y1: TraceSettings?, y2: TraceSettings?, y3: TraceSettings?
  /// Whether y1 to y3 are overwritten by graded events and not driven by spikes.
  public var tracesFromEvents = false
  /// Two spikes of a neuron within so many ticks are a burst; 0: nothing is.
  public var burstTicks = 0
  /// The reward r; only its time constant counts.
  public var reward = GradedSettings()
  /// The third factor e.
  public var error = GradedSettings()
  /// What p is of the membrane; nil: p is 0.
  public var membrane: MembraneShape?
  /// The tag at which the weight moves by one step, and the tag back by as much; nil: never.
  public var tagCarry: Int?
  /// How often synapses move to other rows; nil: never.
  public var rewiring: Rewiring?

  /// Makes the settings of a rule that uses no trace, with epochs of one tick.
  public init() {}
}
