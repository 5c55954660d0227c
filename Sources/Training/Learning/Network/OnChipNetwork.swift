import ChipInterface
import HardwareSpec

/// A network for an analog chip, put together by hand: what a learning rule's task runs on.
///
/// Populations, input channels and background sources are groups; projections between them are
/// dense. ``image(durationTicks:)`` spreads the populations over cores, gives every sender row pairs
/// of its own for each projection, and writes the image.
public struct OnChipNetwork: Sendable {
  /// What sends, or what receives: made by the network that it belongs to.
  public struct Group: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case inputs, neurons, background }
    let kind: Kind
    /// Position among the groups of its kind.
    let index: Int
    /// Channels, neurons or sources of the group.
    public let count: Int
  }

  /// A projection, for reading its weights back.
  public struct ProjectionID: Hashable, Sendable { let index: Int }

  /// A rule of the network.
  public struct RuleID: Hashable, Sendable { let index: Int }

  /// How a projection learns.
  public struct Plasticity: Equatable, Sendable {
    /// The rule.
    public var rule: RuleID
    /// Whether weights may have both signs.
    public var isSigned: Bool
    /// The potential, in units of the threshold, at which the table of p has its middle.
    public var membraneCentre: Double

    /// Makes settings; the table of p is centred on the threshold.
    public init(_ rule: RuleID, isSigned: Bool = false, membraneCentre: Double = 1) {
      (self.rule, self.isSigned, self.membraneCentre) = (rule, isSigned, membraneCentre)
    }
  }

  struct Neurons: Sendable {
    var name: String
    var count: Int
    var neuron: OnChipNeuron
  }

  struct Background: Sendable {
    var count, periodCycles, probability: Int
    var seed: UInt32
  }

  struct Projection: Sendable {
    var name: String
    var source, target: Group
    /// Signed steps, sender by sender.
    var weights: [Int]
    var plasticity: Plasticity?
    var delayTicks: Int
  }

  struct Feedback: Sendable {
    var source, target: Group
    var weights: [Int]
    var shift: Int
  }

  /// The network's name.
  public let name: String
  /// The chip that it is for.
  public let spec: ChipSpec
  private(set) var neurons: [Neurons] = []
  private(set) var inputCounts: [Int] = []
  private(set) var backgrounds: [Background] = []
  private(set) var projections: [Projection] = []
  private(set) var feedbacks: [Feedback] = []
  private(set) var programs: [LearningProgram] = []

  /// Starts an empty network for a chip.
  public init(_ name: String, on spec: ChipSpec) { (self.name, self.spec) = (name, spec) }

  /// Adds input channels, to which the host sends.
  public mutating func addInputs(_ count: Int) -> Group {
    inputCounts.append(count)
    return Group(kind: .inputs, index: inputCounts.count - 1, count: count)
  }

  /// Adds neurons of one kind.
  public mutating func addNeurons(_ name: String, _ count: Int, _ neuron: OnChipNeuron) -> Group {
    neurons.append(Neurons(name: name, count: count, neuron: neuron))
    return Group(kind: .neurons, index: neurons.count - 1, count: count)
  }

  /// Adds generators on the chip, each with a seed of its own from `seed` on.
  ///
  /// Each draws every `periodCycles` clock cycles and sends in `probability` of 256 cases; a sample
  /// does not change its draws.
  public mutating func addBackground(
    _ count: Int, periodCycles: Int, probability: Int, seed: UInt32
  ) -> Group {
    backgrounds.append(
      Background(
        count: count, periodCycles: periodCycles, probability: probability, seed: seed))
    return Group(kind: .background, index: backgrounds.count - 1, count: count)
  }

  /// Adds a rule.
  public mutating func addRule(_ program: LearningProgram) -> RuleID {
    programs.append(program)
    return RuleID(index: programs.count - 1)
  }

  /// Connects every member of a group with every neuron of another, or of the same.
  ///
  /// `weights` are signed steps, shape [sender, receiver]. A delay is one of spikes of neurons.
  @discardableResult
  public mutating func connect(
    _ source: Group, to target: Group, weights: [Int], plasticity: Plasticity? = nil,
    delayTicks: Int = 0
  ) -> ProjectionID {
    precondition(target.kind == .neurons, "only neurons receive")
    precondition(weights.count == source.count * target.count, "one weight for each synapse")
    projections.append(
      Projection(
        name: "projection \(projections.count)", source: source, target: target,
        weights: weights, plasticity: plasticity, delayTicks: delayTicks))
    return ProjectionID(index: projections.count - 1)
  }

  /// Sends the factor e of some neurons to that of others, once an epoch.
  ///
  /// `weights` have the shape [receiver, sender]; the sum is shifted right by `shift` bits.
  public mutating func feedBack(
    _ source: Group, to target: Group, weights: [Int], shift: Int
  ) {
    precondition(source.kind == .neurons && target.kind == .neurons, "only neurons have an error")
    precondition(weights.count == source.count * target.count, "one weight for each pair")
    feedbacks.append(Feedback(source: source, target: target, weights: weights, shift: shift))
  }

  /// Changes projections in place and forgets the rules when none learns any more.
  mutating func replaceProjections(_ change: (Int, inout Projection) -> Void) {
    for index in projections.indices { change(index, &projections[index]) }
    if projections.allSatisfy({ $0.plasticity == nil }) { (programs, feedbacks) = ([], []) }
  }

  /// The first input channel of a group.
  func firstChannel(_ group: Group) -> Int { inputCounts[..<group.index].reduce(0, +) }
}
