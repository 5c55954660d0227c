import HardwareSpec

/// A network whose neurons know how many circuits each of them takes.
public struct SplitNetwork: Equatable, Sendable {
  /// The network in codes.
  public var quantised: QuantisedNetwork
  /// How the neurons of each population are made of circuits, in the order of populations.
  public var shapes: [NeuronShape]
  /// What a core may be asked for: all that it has, or less where the device has defects.
  var limit: CoreLimit
}

/// How one population's neurons are made of circuits.
public struct NeuronShape: Equatable, Sendable {
  /// Circuits of one neuron, joined into one membrane; 1: it fits the rows of one core.
  public var circuits: Int
  /// The most neurons that share their cores.
  public var neuronsPerPart: Int
}

extension SplitNetwork: Stage {
  static let stageName = "split"

  func faults(on spec: ChipSpec) -> [String] {
    guard shapes.count == quantised.populations.count else { return ["a population was lost"] }
    let most = max(spec.coupling?.mostCores ?? 1, 1)
    return zip(shapes, quantised.network.populations).compactMap { shape, population in
      (1...most).contains(shape.circuits)
        && (1...spec.geometry.circuitsPerCore).contains(shape.neuronsPerPart)
        ? nil : "population '\(population.name)' has neurons of \(shape.circuits) circuits"
    }
  }
}
