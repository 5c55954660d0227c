import ChipInterface
import HardwareSpec

/// The exact propagators of one kind of circuit, for every 1/64 of a tick.
struct IdealCircuitTables: Sendable {
  /// What is left after k/64 tick of the membrane's distance to rest, and of either current.
  let membrane, excitatory, inhibitory: [Double]
  /// The membrane's change in volts after k/64 tick for a current of one step of weight.
  let excitatoryJump, inhibitoryJump: [Double]

  init(_ circuit: NominalCircuit) {
    let excitation = TwoExponential(
      membraneTicks: circuit.membraneTicks, synapticTicks: circuit.excitatoryTicks)
    let inhibition = TwoExponential(
      membraneTicks: circuit.membraneTicks, synapticTicks: circuit.inhibitoryTicks)
    let parts = (0...64).map { Double($0) / 64 }
    membrane = parts.map { DeterministicMath.exp(-excitation.membraneRate * $0) }
    excitatory = parts.map { excitation.current(after: $0) }
    inhibitory = parts.map { inhibition.current(after: $0) }
    excitatoryJump = parts.map { circuit.excitatoryGain * excitation.potential(after: $0) }
    inhibitoryJump = parts.map { -circuit.inhibitoryGain * inhibition.potential(after: $0) }
  }

  /// The settings that the tables depend on: circuits that agree in them share tables.
  struct Key: Hashable {
    let membraneTime, excitatoryTime, inhibitoryTime, excitatoryGain, inhibitoryGain: UInt16

    init(_ settings: CircuitSettings) {
      membraneTime = settings.membraneTime
      (excitatoryTime, inhibitoryTime) = (settings.excitatoryTime, settings.inhibitoryTime)
      (excitatoryGain, inhibitoryGain) = (settings.excitatoryGain, settings.inhibitoryGain)
    }
  }
}

/// Neighbouring circuits that share propagators.
struct IdealRun: Sendable {
  var columns: Range<Int>
  var tables: IdealCircuitTables
}
