import HardwareSpec

/// A network of neurons that the chip's circuits can be: every time constant, delay and reset is
/// one that the chip has.
public struct LegalNetwork: Equatable, Sendable {
  /// The network; every neuron has a finite membrane and a synaptic time constant of the chip,
  /// potentials are reset to potentials.
  public var network: SpikingNetwork

  /// The populations of the network.
  public var populations: [SpikingPopulation] { network.populations }
  /// The projections of the network.
  public var projections: [SpikingProjection] { network.projections }
}

extension LegalNetwork: Stage {
  static let stageName = "legalise"

  func faults(on spec: ChipSpec) -> [String] {
    let longest = spec.network?.longestDelayTicks ?? 0
    var faults = network.faults(on: spec)
    for population in populations {
      if population.reset != .toPotential {
        faults.append("population '\(population.name)' resets by subtraction")
      }
      faults += Self.faults(
        population, "tau_mem", population.neurons.map(\.membraneTicks), spec.neuron.membraneTime,
        spec.time.tickSeconds)
      faults += Self.faults(
        population, "tau_syn", population.neurons.map { $0.synapticTicks ?? .nan },
        spec.neuron.synapticTime, spec.time.tickSeconds)
    }
    for projection in projections where projection.source != nil {
      if projection.delays.contains(where: { !(0...longest).contains($0) }) {
        faults.append("projection '\(projection.name)' has a delay that the chip lacks")
      }
    }
    return faults
  }

  private static func faults(
    _ population: SpikingPopulation, _ parameter: String, _ ticks: [Double], _ law: ParameterLaw,
    _ tick: Double
  ) -> [String] {
    guard let (count, worst) = outside(ticks.map { $0 * tick }, law.range) else { return [] }
    return [
      "population '\(population.name)' has \(parameter) of \(worst) s in \(count) neurons"
    ]
  }
}
