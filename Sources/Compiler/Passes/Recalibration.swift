import ChipInterface
import HardwareSpec

/// Gives placed circuits the codes that a calibration found for them, and rounds their synapses for
/// the gains that they really have.
///
/// Nothing moves: only codes and steps change. A circuit takes the calibrated code where the value
/// wanted is the calibration's target, else the code wanted shifted by as much as the target's was:
/// on the law's own scale deviations are alike over its range. What calibration left of the gains
/// is divided out of the weights.
struct Recalibration {
  private let table: CalibrationTable?
  private let options: CompileOptions
  private let laws: NeuronSpec

  init(_ options: CompileOptions) {
    (table, self.options, laws) = (options.calibration, options, options.spec.neuron)
  }

  func recalibrate(_ placed: PlacedNetwork, _ log: inout CompileLog) -> PlacedNetwork {
    guard let table else { return placed }
    var placed = placed
    let network = placed.partitioned.network
    var gains = network.populations.map { GainErrors(neuronCount: $0.neurons.count) }
    var missing = [Int](repeating: 0, count: network.populations.count)
    for part in placed.partitioned.parts {
      let cores = placed.cores[part.cluster]
      let core = cores.count == 1 ? table.core(cores[0].index) : nil
      for (i, neuron) in part.neurons.enumerated() {
        let column = placed.column(part.firstColumn + i, ofCluster: part.cluster)
        guard let core, let place = core.place(ofColumn: column) else {
          missing[part.population] += 1
          continue
        }
        adjust(
          &placed.partitioned.split.quantised.populations[part.population].circuits[Int(neuron)],
          core, place, table)
        gains[part.population].set(Int(neuron), core, place)
      }
    }
    for (population, count) in zip(network.populations, missing) where count > 0 {
      log.add(.uncalibrated(layer: population.name, neurons: count))
    }
    for (index, population) in network.populations.enumerated() where !gains[index].isNone {
      for projection in network.projections(to: population.name) {
        round(projection, gains[index], &placed.partitioned.split.quantised, &log)
      }
    }
    return placed
  }

  // MARK: Codes

  private func adjust(
    _ circuit: inout CircuitSettings, _ core: CalibratedCore, _ place: Int,
    _ table: CalibrationTable
  ) {
    for parameter in CircuitParameter.allCases {
      guard let codes = core.codes[parameter], let target = table.targets[parameter] else {
        continue
      }
      let law = parameter.law(on: laws)
      let shift = Int(codes[place]) - law.nearestCode(for: target)
      let code = min(max(Int(circuit[parameter]) + shift, 0), law.highestCode)
      circuit[parameter] = UInt16(clamping: code)
    }
  }

  // MARK: Weights

  private func round(
    _ index: Int, _ gains: GainErrors, _ quantised: inout QuantisedNetwork,
    _ log: inout CompileLog
  ) {
    let projection = quantised.network.projections[index]
    let incoming = IncomingProjection(
      index, projection, quantised.projections[index], options.spec.synapse)
    let scaled = quantised.projections[index]
    quantised.projections[index] = ProjectionRounding(
      incoming: incoming, weightPerStep: scaled.weightPerStep,
      receiverScales: scaled.receiverScales, synapse: options.spec.synapse, gains: gains
    ).round()
    let (clipped, stored) = (quantised.projections[index].clipped, incoming.storedCount)
    if clipped > scaled.clipped, Double(clipped) > options.maxClip * Double(stored) {
      log.add(
        .clipped(
          projection: projection.name, clipped: clipped, of: stored, allowed: options.maxClip))
    }
  }
}

/// The factors by which the gains of a population's circuits miss those wanted.
struct GainErrors {
  /// For positive and for negative weights, one a neuron; empty: all 1.
  private(set) var excitatory, inhibitory: [Double]

  init(neuronCount: Int) {
    excitatory = Array(repeating: 1, count: neuronCount)
    inhibitory = excitatory
  }

  private init() { (excitatory, inhibitory) = ([], []) }

  static let none = GainErrors()

  var isNone: Bool {
    !excitatory.contains { $0 != 1 } && !inhibitory.contains { $0 != 1 }
  }

  mutating func set(_ neuron: Int, _ core: CalibratedCore, _ place: Int) {
    excitatory[neuron] = Self.factor(core.residuals[.excitatoryGain]?[place])
    inhibitory[neuron] = Self.factor(core.residuals[.inhibitoryGain]?[place])
  }

  /// A gain that is nearly gone cannot be made up for by weights.
  private static func factor(_ residual: Double?) -> Double {
    guard let residual, residual > -0.9, residual.isFinite else { return 1 }
    return 1 + residual
  }

  /// The factor that a weight meets.
  @inline(__always)
  func factor(_ weight: Double, _ receiver: Int) -> Double {
    excitatory.isEmpty ? 1 : weight < 0 ? inhibitory[receiver] : excitatory[receiver]
  }
}
