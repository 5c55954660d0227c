import HardwareSpec

/// Circuits that are connected: joined into one membrane, or compartments of one neuron.
public struct CircuitGroup: Equatable, Sendable {
  /// The circuits, each in one group only.
  public var members: [CircuitOnChip]
  /// What connects them.
  public var couplings: [Coupling]

  /// Makes a group.
  public init(members: [CircuitOnChip], couplings: [Coupling]) {
    (self.members, self.couplings) = (members, couplings)
  }

  /// Joins circuits into one membrane, each to the next.
  public static func joined(_ members: [CircuitOnChip]) -> CircuitGroup {
    CircuitGroup(
      members: members,
      couplings: members.indices.dropLast().map {
        Coupling(first: $0, second: $0 + 1, conductance: nil)
      })
  }
}

/// A connection between two members of a group.
public struct Coupling: Equatable, Sendable {
  /// The members, by their position in the group.
  public var first, second: Int
  /// Code of the time constant of the conductance between two compartments; nil is a closed
  /// switch, which makes one membrane of the two.
  public var conductance: UInt16?

  /// Makes a connection.
  public init(first: Int, second: Int, conductance: UInt16?) {
    (self.first, self.second, self.conductance) = (first, second, conductance)
  }
}

/// An on-chip generator of events: once a period it draws, and sends an event if the draw is low.
///
/// The eight sources of BrainScaleS-2 work so: an 8-bit random number is compared with the rate
/// once a period (haldls, background.h).
public struct BackgroundSource: Equatable, Sendable {
  /// The row pairs that its events drive.
  public var targets: [RowPairOnChip]
  /// Clock cycles of a period, 1 to 65,535.
  public var periodCycles: Int
  /// How many of 256 periods bring an event on average, 1 to 256; 256 is a regular source.
  public var probability: Int
  /// Seed of the draws.
  public var seed: UInt32

  /// Makes a source.
  public init(targets: [RowPairOnChip], periodCycles: Int, probability: Int, seed: UInt32) {
    (self.targets, self.periodCycles) = (targets, periodCycles)
    (self.probability, self.seed) = (probability, seed)
  }
}
