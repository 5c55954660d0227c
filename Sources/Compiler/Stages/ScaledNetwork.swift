import ChipInterface
import HardwareSpec

/// A network in the codes of a chip: every parameter is a DAC code, every projection has the
/// weight of a step; nothing has a place yet.
public struct ScaledNetwork: Equatable, Sendable {
  /// The network in its own units.
  public var network: SpikingNetwork
  /// The populations, in the order of the network's.
  public var populations: [ScaledPopulation]
  /// The projections, in the order of the network's.
  public var projections: [ScaledProjection]

  /// Row pairs that a projection needs on every core with a part of its target.
  func lines(_ projection: Int) -> Int {
    network.sourceCount(network.projections[projection]) * projections[projection].copies
  }
}

/// A population in codes.
public struct ScaledPopulation: Equatable, Sendable {
  /// What its volts mean.
  public var scale: PopulationScale
  /// One circuit's settings for each neuron.
  public var circuits: [CircuitSettings]
}

/// A projection with its scale.
public struct ScaledProjection: Equatable, Sendable {
  /// Row pairs of each sender.
  public var copies: Int
  /// What one step of stored weight means in the network's own weight unit.
  public var weightPerStep: Double
  /// Stored weights beyond the largest step.
  public var clipped: Int
  /// Signal over rounding error, in decibels; nil when either is zero.
  public var signalToNoise: Double?
}

extension ScaledNetwork: Stage {
  static let stageName = "scale"

  func faults(on spec: ChipSpec) -> [String] {
    guard populations.count == network.populations.count,
      projections.count == network.projections.count
    else { return ["a population or projection was lost"] }
    var faults: [String] = []
    for (scaled, population) in zip(populations, network.populations) {
      if scaled.circuits.count != population.neurons.count {
        faults.append("population '\(population.name)' lost neurons")
      }
      if !(scaled.scale.voltsPerUnit > 0) {
        faults.append("population '\(population.name)' has no scale")
      }
      if scaled.circuits.contains(where: { $0.fires != population.fires }) {
        faults.append("population '\(population.name)' has neurons of two kinds")
      }
    }
    for (scaled, projection) in zip(projections, network.projections)
    where !(scaled.weightPerStep > 0 && scaled.weightPerStep.isFinite) || scaled.copies < 1 {
      faults.append("projection '\(projection.name)' has no scale")
    }
    return faults
  }
}
