import HardwareSpec

/// A network in design words: populations and projections, times in ticks, potentials and weights
/// in the network's own units.
///
/// Nothing of it is rounded, and nothing of it knows the chip. It may be recurrent.
public struct SpikingNetwork: Equatable, Sendable {
  /// The network's name.
  public var name: String
  /// Input channels.
  public var inputCount: Int
  /// The populations: each after all that send to it, where no cycle forbids that.
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
  func sourceCount(_ projection: SpikingProjection) -> Int { projection.synapses.senderCount }
}

/// A population of neurons of one kind.
public struct SpikingPopulation: Equatable, Sendable {
  /// Where the potential of a neuron goes after a spike.
  public enum Reset: Equatable, Sendable {
    /// To the neuron's reset potential.
    case toPotential
    /// Down by the threshold: a spike without overshoot leads to the neuron's reset potential.
    case subtract
  }

  /// The node's name.
  public var name: String
  /// Whether the neurons fire, or only integrate.
  public var fires: Bool
  /// The lengths of the node's axes, whose product is the number of neurons; empty: one axis.
  public var shape: [Int] = []
  /// Where potentials go after a spike.
  public var reset = Reset.toPotential
  /// Ticks of rest after a spike; nil: as many as for every population.
  public var refractoryTicks: Int?
  /// The neurons, row-major over the shape.
  public var neurons: [SpikingNeuron]

  /// The largest distance from rest to what the ADC reads well, of neurons that do not fire.
  var readDistance: Double {
    let distance = neurons.map { $0.threshold - $0.leak - $0.biasShift }.max() ?? 1
    return distance.isNormal && distance > 0 ? distance : 1
  }
}

/// One neuron of `τ_m dV/dt = (E_l − V) + R·I`, `τ_s dI/dt = −I`.
public struct SpikingNeuron: Equatable, Sendable {
  /// Membrane time constant, in ticks; infinite for a neuron without leak, zero for one that
  /// compares what it gets in one step and remembers nothing.
  public var membraneTicks: Double
  /// Synaptic time constant, in ticks; nil: the charge of an event comes at once.
  public var synapticTicks: Double?
  /// Leak potential before the bias, and its shift by the bias, in the network's potential unit;
  /// of a neuron without leak the shift is what the bias adds in a tick.
  public var leak, biasShift: Double
  /// Threshold and reset potential.
  ///
  /// Neurons that do not fire have their rest as reset, and as threshold a potential whose distance
  /// from there the ADC reads well.
  public var threshold, reset: Double
  /// Charge R·∫I dt of one event of weight 1, in potential × ticks; the jump of R·I is this over
  /// the synaptic time constant; of a neuron without leak or memory, the jump of its potential.
  public var chargePerWeight: Double
}

/// Synapses from one population, or the input, to another.
public struct SpikingProjection: Equatable, Sendable {
  /// The name: that of its weight node, where one node makes one projection.
  public var name: String
  /// The population that sends, or nil for the input.
  public var source: String?
  /// The population that receives.
  public var target: String
  /// The synapses.
  public var synapses: SynapseMatrix
  /// The delay of each sender, in ticks of the chip beyond the network's own; empty: none.
  public var delays: [Int] = []
  /// The nodes that were folded into the synapses, from source to target.
  public var nodes: [String] = []
  /// Weights of the file that the synapses share, as a convolution's do; nil: one each.
  public var sharedWeights: Int?

  /// A sender's delay, in ticks.
  func delay(ofSender sender: Int) -> Int { delays.isEmpty ? 0 : delays[sender] }
}

extension SpikingNetwork: Stage {
  static let stageName = "lower"

  func faults(on spec: ChipSpec) -> [String] {
    let sizes = Dictionary(
      populations.map { ($0.name, $0.neurons.count) }, uniquingKeysWith: { first, _ in first })
    var faults =
      populations.flatMap(\.faults) + projections.flatMap { $0.faults(sizes, inputCount) }
    if sizes.count != populations.count { faults.append("a population stands twice") }
    if Set(projections.map(\.name)).count != projections.count {
      faults.append("two projections have one name")
    }
    if sizes[readout] == nil { faults.append("the readout '\(readout)' is no population") }
    return faults + faultsOfOrder
  }

  /// A population after all that send to it, unless they hear of it too.
  private var faultsOfOrder: [String] {
    let places = Dictionary(
      populations.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var targets = [[Int]](repeating: [], count: populations.count)
    for projection in projections {
      guard let source = projection.source.flatMap({ places[$0] }),
        let target = places[projection.target]
      else { continue }
      targets[source].append(target)
    }
    for source in targets.indices {
      for target in targets[source] where target < source {
        guard !Self.leads(from: target, to: source, targets) else { continue }
        return ["'\(populations[target].name)' stands before '\(populations[source].name)'"]
      }
    }
    return []
  }

  private static func leads(from first: Int, to last: Int, _ targets: [[Int]]) -> Bool {
    var (waiting, seen) = ([first], Set([first]))
    while let here = waiting.popLast() {
      if here == last { return true }
      for target in targets[here] where seen.insert(target).inserted { waiting.append(target) }
    }
    return false
  }
}

extension SpikingPopulation {
  fileprivate var faults: [String] {
    var faults: [String] = []
    if neurons.isEmpty { faults.append("population '\(name)' has no neuron") }
    if !shape.isEmpty, shape.reduce(1, *) != neurons.count {
      faults.append("population '\(name)' has \(neurons.count) neurons in shape \(shape)")
    }
    if let refractoryTicks, refractoryTicks < 1 {
      faults.append("population '\(name)' rests for \(refractoryTicks) ticks")
    }
    if neurons.contains(where: { !($0.membraneTicks >= 0 && $0.chargePerWeight > 0) }) {
      faults.append("population '\(name)' has neurons without time or charge")
    }
    return faults
  }
}

extension SpikingProjection {
  fileprivate func faults(_ sizes: [String: Int], _ inputCount: Int) -> [String] {
    var faults: [String] = []
    let senders = source.map { sizes[$0] ?? -1 } ?? inputCount
    if synapses.senderCount != senders || synapses.receiverCount != sizes[target] {
      faults.append("projection '\(name)' does not fit its ends")
    }
    if ![0, senders].contains(delays.count) || delays.contains(where: { $0 < 0 }) {
      faults.append("projection '\(name)' has \(delays.count) delays, or negative ones")
    }
    return faults + synapses.faults.map { "projection '\(name)': \($0)" }
  }
}
