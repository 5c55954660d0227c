import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The exact solution of one kind of circuit, for every 1/64 of a tick.
final class IdealPropagator: @unchecked Sendable {
  typealias Part = synapus_ideal_part

  /// What k/64 tick does to a circuit, k in `0...64`.
  let parts: UnsafeMutablePointer<Part>

  init(_ circuit: NominalCircuit) {
    let excitation = TwoExponential(
      membraneTicks: circuit.membraneTicks, synapticTicks: circuit.excitatoryTicks)
    let inhibition = TwoExponential(
      membraneTicks: circuit.membraneTicks, synapticTicks: circuit.inhibitoryTicks)
    parts = .allocateAligned(65)
    for k in 0...64 {
      let ticks = Double(k) / 64
      parts[k] = Part(
        membrane: DeterministicMath.exp(-excitation.membraneRate * ticks),
        excitatory: excitation.current(after: ticks), inhibitory: inhibition.current(after: ticks),
        excitatory_jump: circuit.excitatoryGain * excitation.potential(after: ticks),
        inhibitory_jump: -circuit.inhibitoryGain * inhibition.potential(after: ticks))
    }
  }

  deinit { parts.deallocate() }

  /// The settings that a propagator depends on: circuits that agree in them share it.
  struct Key: Hashable {
    let membraneTime, excitatoryTime, inhibitoryTime, excitatoryGain, inhibitoryGain: UInt16

    init(_ settings: CircuitSettings) {
      membraneTime = settings.membraneTime
      (excitatoryTime, inhibitoryTime) = (settings.excitatoryTime, settings.inhibitoryTime)
      (excitatoryGain, inhibitoryGain) = (settings.excitatoryGain, settings.inhibitoryGain)
    }
  }
}

/// Neighbouring circuits that share a propagator.
struct IdealRun {
  var columns: synapus_ideal_columns
  let parts: UnsafeMutablePointer<IdealPropagator.Part>

  /// The columns that are also in `others`; empty when the end is not beyond the first.
  func columns(in others: synapus_ideal_columns) -> synapus_ideal_columns {
    .init(first: max(columns.first, others.first), end: min(columns.end, others.end))
  }
}
