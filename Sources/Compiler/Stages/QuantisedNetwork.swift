import ChipInterface
import HardwareSpec

/// A network in the codes of a chip: every parameter is a DAC code, every synapse a whole number
/// of steps; nothing has a place yet.
public struct QuantisedNetwork: Equatable, Sendable {
  /// The network in its own units.
  public var legal: LegalNetwork
  /// The populations, in the order of the network's.
  public var populations: [QuantisedPopulation]
  /// The projections, in the order of the network's.
  public var projections: [QuantisedProjection]

  /// The network in design words.
  public var network: SpikingNetwork { legal.network }
}

/// A population in codes.
public struct QuantisedPopulation: Equatable, Sendable {
  /// What its volts mean.
  public var scale: PopulationScale
  /// One circuit's settings for each neuron; gains hold for a membrane of one circuit.
  public var circuits: [CircuitSettings]
  /// By how much of its distance from the leak a neuron's threshold was rounded, at most.
  public var thresholdError = 0.0
}

/// A projection in steps of stored weight.
public struct QuantisedProjection: Equatable, Sendable {
  /// Row pairs of each sender, where ``senderCopies`` is empty.
  public var copies: Int
  /// Row pairs of each sender; empty: ``copies`` for all.
  public var senderCopies: [Int] = []
  /// What one step of stored weight means in the network's own weight unit.
  public var weightPerStep: Double
  /// Factors on ``weightPerStep``, one a receiver; empty: all 1.
  public var receiverScales: [Double] = []
  /// The steps of each synapse, in the order of ``SynapseMatrix/weights``; all copies together.
  public var steps: [Int16]
  /// Synapses beyond the largest number of steps.
  public var clipped: Int
  /// Signal over rounding error, in decibels; nil when either is zero.
  public var signalToNoise: Double?
  /// Senders and receivers with weights of which none is stored.
  public var deadSenders = 0, deadReceivers = 0

  /// Row pairs of one sender.
  func copies(ofSender sender: Int) -> Int {
    senderCopies.isEmpty ? copies : senderCopies[sender]
  }
}

extension QuantisedNetwork: Stage {
  static let stageName = "quantise"

  func faults(on spec: ChipSpec) -> [String] {
    guard populations.count == network.populations.count,
      projections.count == network.projections.count
    else { return ["a population or projection was lost"] }
    return zip(populations, network.populations).flatMap { faults(of: $0, $1) }
      + zip(projections, network.projections).flatMap { faults(of: $0, $1, spec) }
  }

  private func faults(
    of quantised: QuantisedPopulation, _ population: SpikingPopulation
  ) -> [String] {
    var faults: [String] = []
    if quantised.circuits.count != population.neurons.count {
      faults.append("population '\(population.name)' lost neurons")
    }
    let factors = quantised.scale.neuronFactors
    if !(quantised.scale.voltsPerUnit > 0) || factors.contains(where: { !($0 > 0) })
      || ![0, population.neurons.count].contains(factors.count)
    {
      faults.append("population '\(population.name)' has no scale")
    }
    if quantised.circuits.contains(where: { $0.fires != population.fires }) {
      faults.append("population '\(population.name)' has neurons of two kinds")
    }
    return faults
  }

  private func faults(
    of quantised: QuantisedProjection, _ projection: SpikingProjection, _ spec: ChipSpec
  ) -> [String] {
    var faults: [String] = []
    let synapses = projection.synapses
    let hasScale =
      quantised.weightPerStep > 0 && quantised.weightPerStep.isFinite && quantised.copies >= 1
      && [0, synapses.senderCount].contains(quantised.senderCopies.count)
      && [0, synapses.receiverCount].contains(quantised.receiverScales.count)
    if !hasScale { return ["projection '\(projection.name)' has no scale"] }
    if quantised.steps.count != synapses.count {
      return ["projection '\(projection.name)' lost synapses"]
    }
    for sender in 0..<synapses.senderCount {
      let most = quantised.copies(ofSender: sender) * spec.synapse.largestWeight
      let steps = quantised.steps[synapses.synapses(of: sender)]
      if !steps.allSatisfy({ abs(Int($0)) <= most }) {
        faults.append("projection '\(projection.name)' exceeds the steps of sender \(sender)")
      }
    }
    return faults
  }
}
