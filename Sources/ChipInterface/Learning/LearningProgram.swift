import HardwareSpec

/// A learning rule as a core's engine runs it: microcode, and the settings of what it reads.
public struct LearningProgram: Equatable, Sendable {
  /// The rule's name.
  public var name: String
  /// The products of the rule, assembled.
  public var words: [MicrocodeWord]
  /// Ticks of one epoch.
  public var epochTicks: Int
  /// The presynaptic traces x1, x2.
  public var x1 = TraceSettings.off, x2 = TraceSettings.off
  /// The postsynaptic traces y1, y2, y3.
  public var y1 = TraceSettings.off, y2 = TraceSettings.off, y3 = TraceSettings.off
  /// Whether y1 to y3 are overwritten by graded events and not driven by spikes.
  public var tracesFromEvents = false
  /// Two spikes of a neuron within so many ticks are a burst, for traces that see bursts.
  public var burstTicks = 0
  /// The reward r.
  public var reward = GradedSettings()
  /// The third factor e of each neuron.
  public var error = GradedSettings()
  /// What p is for each 8-bit code of the membrane; empty: p is 0.
  public var membraneTable: [Int8] = []
  /// The tag at which the weight moves by one step, and the tag back by as much; nil: never.
  public var tagCarry: Int?
  /// How often the synapses of a dendrite are moved to other rows; nil: never.
  public var rewiring: Rewiring?

  /// Makes a program without traces.
  public init(name: String, words: [MicrocodeWord], epochTicks: Int) {
    (self.name, self.words, self.epochTicks) = (name, words, epochTicks)
  }
}

/// A rectangle of an analog core's synapses that learns.
public struct PlasticBlock: Equatable, Sendable {
  /// Row pairs: the first, and how many.
  public var firstPair, pairCount: Int
  /// Columns: the first, and how many.
  public var firstColumn, columnCount: Int
  /// Position of the rule in ``ChipImage/programs``.
  public var program: Int
  /// Whether weights may have both signs; otherwise they stay on the excitatory row.
  public var isSigned: Bool
  /// For each column, the membrane code that the table of p sees as 128; empty: 128 for all.
  public var membraneCentres: [UInt8]

  /// Makes a block.
  public init(
    firstPair: Int, pairCount: Int, firstColumn: Int, columnCount: Int, program: Int,
    isSigned: Bool = true, membraneCentres: [UInt8] = []
  ) {
    (self.firstPair, self.pairCount) = (firstPair, pairCount)
    (self.firstColumn, self.columnCount) = (firstColumn, columnCount)
    (self.program, self.isSigned, self.membraneCentres) = (program, isSigned, membraneCentres)
  }
}

/// Graded events from the factor e of some neurons to that of others, once an epoch.
///
/// Target `j` receives `(Σ_i weights[j · sources + i] · e_i) >> shift`, rounded down.
public struct FeedbackProjection: Equatable, Sendable {
  /// The neurons whose e is sent, and those that receive it.
  public var sources, targets: [CircuitOnChip]
  /// The weights, target by target.
  public var weights: [Int8]
  /// By how many bits the sum is shifted right.
  public var shift: Int

  /// Makes a projection.
  public init(
    sources: [CircuitOnChip], targets: [CircuitOnChip], weights: [Int8], shift: Int
  ) {
    (self.sources, self.targets) = (sources, targets)
    (self.weights, self.shift) = (weights, shift)
  }
}
