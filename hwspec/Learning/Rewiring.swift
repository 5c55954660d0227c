/// Structural plasticity: synapses that stay weak are moved to another row of their dendrite.
///
/// As in Billaudelle et al. 2021 (Neural Networks 133), where each synapse compares the address of
/// an event with its own: here a dendrite is `groupPairs` neighbouring row pairs of one column, of
/// which ``synapsesPerGroup`` have a synapse.
public struct Rewiring: Equatable, Sendable {
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
