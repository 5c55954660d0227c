/// How a factor that arrives in graded events behaves: each event adds to it.
public struct GradedSettings: Equatable, Sendable {
  /// Time constant in ticks; 0: the factor is 0 again when the epoch has ended.
  public var timeConstant: Double
  /// What the neuron's own spike adds; only for e.
  public var ownSpike: Int
  /// Whether p is subtracted where the factor is read; only for e.
  public var subtractsMembrane: Bool

  /// Makes settings.
  public init(timeConstant: Double = 0, ownSpike: Int = 0, subtractsMembrane: Bool = false) {
    (self.timeConstant, self.ownSpike) = (timeConstant, ownSpike)
    self.subtractsMembrane = subtractsMembrane
  }
}
