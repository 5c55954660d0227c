import ChipInterface
import HardwareSpec

/// What one circuit of a loaded chip really is: the constants and weights that act on it.
///
/// On an emulated chip they are those of the device, read back from the fixed point that the
/// kernels work with; on the ideal chip the nominal ones.
package struct CircuitInspection: Equatable, Sendable {
  /// The potential that the membrane decays to, reset and threshold, in volts.
  package var rest, reset, threshold: Double
  /// Time constants, in ticks.
  package var membraneTicks, excitatoryTicks, inhibitoryTicks: Double
  /// Jump of R·I for one step of stored weight, in volts.
  package var excitatoryGain, inhibitoryGain: Double
  /// Time at reset after a spike, in ticks.
  package var refractoryTicks: Double
  /// Effective weights of the column in steps of stored weight, by row pair.
  package var excitatoryWeights, inhibitoryWeights: [Double]
  /// Whether the circuit is a plain leaky integrator on its own, whose answer to inputs is linear.
  package var isPlain: Bool
}

/// A chip in this process that lets its circuits be looked at.
package protocol InspectableChip: Chip {
  /// What a circuit of the loaded image is; nil where the image does not use it.
  func inspect(_ circuit: CircuitOnChip) -> CircuitInspection?

  /// Runs one sample and gives the events that a core's port let through beside the recording.
  func run(
    _ experiment: Experiment, probing core: CoreOnChip
  ) throws(ChipError) -> (recording: Recording, events: [EventProbe.Event])
}

extension CircuitInspection {
  /// Nominal constants, and stored weights as they are.
  package init(
    nominal settings: CircuitSettings, weights: [[Double]], isPlain: Bool, on spec: ChipSpec
  ) {
    let circuit = NominalCircuit(settings, on: spec)
    self.init(
      rest: circuit.leak, reset: circuit.reset,
      threshold: circuit.fires ? circuit.threshold : .infinity,
      membraneTicks: circuit.membraneTicks, excitatoryTicks: circuit.excitatoryTicks,
      inhibitoryTicks: circuit.inhibitoryTicks, excitatoryGain: circuit.excitatoryGain,
      inhibitoryGain: circuit.inhibitoryGain, refractoryTicks: Double(circuit.refractoryTicks),
      excitatoryWeights: weights[0], inhibitoryWeights: weights[1],
      isPlain: isPlain)
  }

  /// The constants that fixed-point numbers stand for.
  init(_ constants: CircuitConstants, weights: [[Double]], isPlain: Bool, on spec: ChipSpec) {
    let scale = MembraneScale(spec.readout)
    let one = DeterministicMath.exp2(Int(constants.shift))
    let membrane = Self.ticks(losing: Double(constants.leak) / 512 / one)
    func gain(_ synapses: SynapticConstants, _ ticks: Double) -> Double {
      let solution = TwoExponential(membraneTicks: membrane, synapticTicks: ticks)
      let countsPerUnit = abs(Double(synapses.drive)) / one / solution.potential(after: 1)
      let units = 2 * Double(spec.synapse.effectiveStepsPerWeight)
      return countsPerUnit * units / MembraneScale.countsPerCode * spec.readout.lsbVolts
    }
    let excitatory = Self.ticks(losing: Double(constants.excitatory.decay) / 65_536)
    let inhibitory = Self.ticks(losing: Double(constants.inhibitory.decay) / 65_536)
    self.init(
      // The rest carries half a step for the truncation of the leak's term.
      rest: scale.volts(constants.rest - 256), reset: scale.volts(constants.reset),
      threshold: constants.threshold == .max ? .infinity : scale.volts(constants.threshold),
      membraneTicks: membrane, excitatoryTicks: excitatory, inhibitoryTicks: inhibitory,
      excitatoryGain: gain(constants.excitatory, excitatory),
      inhibitoryGain: gain(constants.inhibitory, inhibitory),
      refractoryTicks: Double(constants.refractory) / 64, excitatoryWeights: weights[0],
      inhibitoryWeights: weights[1], isPlain: isPlain)
  }

  /// The time constant of what loses a fraction of itself in a tick.
  private static func ticks(losing fraction: Double) -> Double {
    let kept = 1 - min(max(fraction, 1e-9), 1 - 1e-9)
    return -1 / DeterministicMath.log(kept)
  }
}

extension DeterministicMath {
  /// 2 to a small power.
  fileprivate static func exp2(_ power: Int) -> Double { Double(1 << power) }
}

extension ChipImage {
  /// Whether a circuit is a plain one on its own: no options, no connection with others, no
  /// plastic row driver before it.
  package func isPlain(_ circuit: CircuitOnChip) -> Bool {
    guard let core = core(circuit.core),
      core.circuits.indices.contains(circuit.column)
    else { return false }
    return core.circuits[circuit.column].options.isPlain && core.rowPlasticity.isEmpty
      && !groups.contains { $0.members.contains(circuit) }
  }
}
