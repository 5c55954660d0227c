/// What a rule says besides its equations: epoch, traces, third factors, upkeep.
public struct RuleSettings: Equatable, Sendable {
  /// Ticks of one learning epoch.
  public var epochTicks = 1
  /// The presynaptic traces; nil: not used, they stay 0.
  public var x1: RuleTrace?, x2: RuleTrace?
  /// The postsynaptic traces; nil: not used, they stay 0.
  public var y1: RuleTrace?, y2: RuleTrace?, y3: RuleTrace?
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
  public var rewiring: RuleRewiring?

  /// Makes the settings of a rule that uses no trace, with epochs of one tick.
  public init() {}
}

/// What a trace does.
public struct RuleTrace: Equatable, Sendable {
  /// What adds an impulse.
  public enum Trigger: String, CaseIterable, Sendable {
    /// Every spike.
    case spikes
    /// The first spike after ``RuleSettings/burstTicks`` without one.
    case events
    /// The second spike of a burst, once a burst.
    case bursts
  }

  /// What is added at a spike.
  public var impulse: Double
  /// Time constant in ticks; 0: the trace forgets at once.
  public var timeConstant: Double
  /// What adds the impulse.
  public var trigger: Trigger

  /// Makes a trace.
  public init(impulse: Double, timeConstant: Double, trigger: Trigger = .spikes) {
    (self.impulse, self.timeConstant, self.trigger) = (impulse, timeConstant, trigger)
  }
}

/// Structural plasticity: synapses that stay weak are moved to another row of their dendrite.
public struct RuleRewiring: Equatable, Sendable {
  /// Epochs between two rounds.
  public var everyEpochs: Int
  /// Row pairs of one dendrite, and how many of them have a synapse.
  public var groupPairs, synapsesPerGroup: Int
  /// A synapse whose weight lies below is moved.
  public var keepsFrom: Int
  /// The weight of a new synapse.
  public var initialWeight: Int

  /// Makes settings.
  public init(
    everyEpochs: Int, groupPairs: Int, synapsesPerGroup: Int, keepsFrom: Int, initialWeight: Int
  ) {
    (self.everyEpochs, self.groupPairs) = (everyEpochs, groupPairs)
    (self.synapsesPerGroup, self.keepsFrom) = (synapsesPerGroup, keepsFrom)
    self.initialWeight = initialWeight
  }
}
