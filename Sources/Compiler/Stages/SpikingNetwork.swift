import HardwareSpec

/// A network in design words: populations and projections, times in ticks, potentials and weights
/// in the network's own units.
///
/// Nothing of it is rounded, and nothing of it knows the chip.
public struct SpikingNetwork: Equatable, Sendable {
  /// The network's name.
  public var name: String
  /// Input channels.
  public var inputCount: Int
  /// The populations, each after all that send to it.
  public var populations: [SpikingPopulation]
  /// The projections, in the order of the populations that receive.
  public var projections: [SpikingProjection]
  /// The population that a sample's class is read from.
  public var readout: String

  /// The positions of the projections that lead to a population.
  func projections(to population: String) -> [Int] {
    projections.indices.filter { projections[$0].target == population }
  }

  /// Senders of a projection.
  func sourceCount(_ projection: SpikingProjection) -> Int {
    guard let source = projection.source else { return inputCount }
    return populations.first { $0.name == source }?.neurons.count ?? 0
  }
}

/// A population of neurons of one kind.
public struct SpikingPopulation: Equatable, Sendable {
  /// The node's name.
  public var name: String
  /// Whether the neurons fire, or only integrate.
  public var fires: Bool
  /// The neurons.
  public var neurons: [SpikingNeuron]
}

/// One neuron of `τ_m dV/dt = (E_l − V) + R·I`, `τ_s dI/dt = −I`.
public struct SpikingNeuron: Equatable, Sendable {
  /// Membrane time constant, in ticks.
  public var membraneTicks: Double
  /// Synaptic time constant, in ticks; nil takes the chip's shortest.
  public var synapticTicks: Double?
  /// Leak potential before the bias, and its shift by the bias, in the network's potential unit.
  public var leak, biasShift: Double
  /// Threshold and reset potential; both at the leak for neurons that do not fire.
  public var threshold, reset: Double
  /// Charge R·∫I dt of one event of weight 1, in potential × ticks; the jump of R·I is this over
  /// the synaptic time constant.
  public var chargePerWeight: Double
}

/// Weights from one population, or the input, to another.
public struct SpikingProjection: Equatable, Sendable {
  /// The node's name.
  public var name: String
  /// The population that sends, or nil for the input.
  public var source: String?
  /// The population that receives.
  public var target: String
  /// The weights, [sender, receiver], row by row.
  public var weights: [Double]
}

extension SpikingNetwork: Stage {
  static let stageName = "lower"

  func faults(on spec: ChipSpec) -> [String] {
    var faults: [String] = []
    var known: Set<String> = []
    for population in populations {
      for index in projections(to: population.name) {
        let projection = projections[index]
        if let source = projection.source, !known.contains(source) {
          faults.append("projection '\(projection.name)' comes from a later population")
        }
        if projection.weights.count != sourceCount(projection) * population.neurons.count {
          faults.append("projection '\(projection.name)' has \(projection.weights.count) weights")
        }
      }
      if !known.insert(population.name).inserted {
        faults.append("population '\(population.name)' stands twice")
      }
    }
    if Set(projections.map(\.name)).count != projections.count {
      faults.append("two projections have one name")
    }
    for projection in projections where !known.contains(projection.target) {
      faults.append("projection '\(projection.name)' leads nowhere")
    }
    if !known.contains(readout) { faults.append("the readout '\(readout)' is no population") }
    return faults
  }
}
