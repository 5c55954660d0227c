import Yams

/// How the circuits of a chip connect with each other.
public struct CouplingSpec: Equatable, Sendable {
  /// Cores whose circuits of one index may join into one group, connected over the mesh.
  public var mostCores: Int
  /// How many columns apart circuits of one core may be that a wire connects; 0: none does.
  public var columnReach: Int
  /// Compartments that a neuron may have, 1 to 8; 1: circuits only join.
  public var mostCompartments: Int
  /// Time constant of the conductance between two compartments, in seconds: the membrane
  /// capacitance of one circuit over the conductance.
  public var interCompartmentTime: ParameterLaw
  /// Relative spread of that conductance from device to device (lognormal, mean 1).
  public var conductanceSpread: Double

  /// Makes the connections of a chip.
  public init(
    mostCores: Int, columnReach: Int, mostCompartments: Int, interCompartmentTime: ParameterLaw,
    conductanceSpread: Double
  ) {
    (self.mostCores, self.columnReach) = (mostCores, columnReach)
    self.mostCompartments = mostCompartments
    self.interCompartmentTime = interCompartmentTime
    self.conductanceSpread = conductanceSpread
  }
}

extension CouplingSpec {
  /// Reads the section `coupling`; nil when the chip's circuits do not connect.
  init?(reading root: Node, _ faults: FaultList) {
    guard let node = root["coupling"] else { return nil }
    let section = SectionReader(
      node, path: "coupling",
      keys: [
        "most_cores", "column_reach", "most_compartments", "inter_compartment_seconds",
        "conductance_spread",
      ], faults)
    self.init(
      mostCores: section.integer("most_cores", 1...64),
      columnReach: section.integer("column_reach", 0...256),
      mostCompartments: section.integer("most_compartments", 1...8),
      interCompartmentTime: section.law("inter_compartment_seconds", 1e-9...1),
      conductanceSpread: section.number("conductance_spread", 0...1))
  }

  var canonicalYAML: String {
    """
    coupling:
      most_cores: \(mostCores)
      column_reach: \(columnReach)
      most_compartments: \(mostCompartments)
      inter_compartment_seconds: \(interCompartmentTime.canonicalYAML)
      conductance_spread: \(conductanceSpread)

    """
  }
}
