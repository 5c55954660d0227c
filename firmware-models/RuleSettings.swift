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
  /// Time constant of the reward r in ticks; 0: r is 0 again when the epoch has ended.
  public var rewardTimeConstant = 0.0
  /// Time constant of the third factor e in ticks; 0: e is 0 again when the epoch has ended.
  public var errorTimeConstant = 0.0
  /// What a neuron's own spike adds to its e.
  public var errorOwnSpike = 0
  /// Whether p is subtracted where e is read.
  public var errorMinusMembrane = false
  /// What p is of the membrane; nil: p is 0.
  public var membrane: MembraneShape?
  /// The tag at which the weight moves by one step, and the tag back by as much; nil: never.
  public var tagCarry: Int?
  /// How often synapses move to other rows; nil: never.
  public var rewiring: Rewiring?

  /// Makes the settings of a rule that uses no trace, with epochs of one tick.
  public init() {}
}
