import ChipInterface
import Emulator
import Foundation
import HardwareSpec

/// Holds coupled circuits of the emulator against the exact solution of their equations.
public struct CompartmentChecks {
  let spec: ChipSpec
  let kernel: EmulationSettings.Kernel
  /// Time constants of the inter-compartment conductance that calix calibrates, in seconds.
  let interCompartmentTimes = [0.1e-6, 0.5e-6, 2e-6, 8e-6, 30e-6]

  /// Prepares the checks of one kernel.
  public init(_ spec: ChipSpec, kernel: EmulationSettings.Kernel) {
    (self.spec, self.kernel) = (spec, kernel)
  }

  /// Runs all checks.
  public func run() throws -> [FidelityCheck] {
    try postsynapticPotentials() + joinedMembranes() + firing() + dendriticEvents()
  }

  func label(_ what: String) -> String { "\(what), \(kernel.rawValue)" }

  // MARK: Two compartments

  /// A PSP in the dendrite, there and at the soma, over the ranges of all time constants.
  func postsynapticPotentials() throws -> [FidelityCheck] {
    var (worstCode, worstAttenuation) = (0.0, 0.0)
    for interCompartment in interCompartmentTimes {
      for membrane in [1.5e-6, 5.12e-6, 60e-6] {
        for synaptic in [0.3e-6, 2e-6, 10e-6] {
          let error = try postsynapticPotential(interCompartment, membrane, synaptic)
          worstCode = max(worstCode, error.code)
          worstAttenuation = max(worstAttenuation, error.attenuation)
        }
      }
    }
    return [
      FidelityCheck(
        label("two compartments, tau_icc 0.1..30 us"), "membranes", unit: "ADC codes",
        error: worstCode, bound: 0.5),
      FidelityCheck(
        label("two compartments, attenuation"), "relative to the ODE", unit: "1",
        error: worstAttenuation, bound: 0.01),
    ]
  }

  func postsynapticPotential(
    _ interCompartment: Double, _ membrane: Double, _ synaptic: Double
  ) throws -> (code: Double, attenuation: Double) {
    let tick = spec.time.tickSeconds
    let events = 4
    let gain =
      60 * spec.readout.lsbVolts * max(membrane / synaptic, 1)
      / Double(events * spec.synapse.largestWeight)
    let circuit = NominalCircuit(
      leak: 0.5, reset: 0.5, threshold: 1, membraneTicks: membrane / tick,
      excitatoryTicks: synaptic / tick, inhibitoryTicks: synaptic / tick, excitatoryGain: gain,
      inhibitoryGain: gain, refractoryTicks: 1, fires: false)
    let neuron = CompartmentNeuron(
      [circuit, circuit], [(0, 1, interCompartment)], on: spec)
    var worst = (code: 0.0, attenuation: 0.0)
    for phase in [0, 22, 51] {
      let inputs = (0..<events).map {
        CompartmentNeuron.Input(
          cycle: 64 + phase + 8 * $0, compartment: 0, weight: spec.synapse.largestWeight)
      }
      let ticks = Int(min(400, 6 * (membrane + synaptic) / tick)) + 4
      let (found, exact) = try neuron.both(inputs, ticks: ticks, kernel)
      worst.code = max(worst.code, found.codesApart(exact, spec))
      let peaks = (0..<2).map { c in
        (found.peak(c) - neuron.nominal[c].leak) / (exact.peak(c) - neuron.nominal[c].leak)
      }
      worst.attenuation = max(worst.attenuation, abs(peaks[1] / peaks[0] - 1))
    }
    return worst
  }

  // MARK: Joined circuits

  /// A membrane of k circuits against one circuit of k-fold capacitance and conductance.
  func joinedMembranes() throws -> [FidelityCheck] {
    var (worstCode, worstInterval) = (0.0, 0.0)
    for cores in [2, 4, 9, 16] where cores <= (spec.coupling?.mostCores ?? 1) {
      let error = try joined(cores)
      worstCode = max(worstCode, error.code)
      worstInterval = max(worstInterval, error.interval)
    }
    return [
      FidelityCheck(
        label("2 to 16 joined circuits"), "membrane", unit: "ADC codes", error: worstCode,
        bound: 0.5),
      FidelityCheck(
        label("2 to 16 joined circuits"), "inter-spike interval", unit: "ticks",
        error: worstInterval, bound: 0.5),
    ]
  }

  func joined(_ count: Int) throws -> (code: Double, interval: Double) {
    let swing = 30 * spec.readout.lsbVolts
    let gain = swing / Double(spec.synapse.largestWeight) * Double(count) / 2
    var circuit = NominalCircuit(
      leak: 0.5 + 1.3 * swing, reset: 0.5, threshold: 0.5 + swing, membraneTicks: 20,
      excitatoryTicks: 8,
      inhibitoryTicks: 12, excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 3,
      fires: true)
    var parts = [circuit]
    circuit.fires = false
    parts += Array(repeating: circuit, count: count - 1)
    let neuron = CompartmentNeuron(joining: parts, on: spec)
    var random = SequentialRandom(seed: UInt64(count), stream: 311)
    let (ticks, step) = (500, max(spec.events.portCyclesPerEvent, 8))
    let inputs = stride(from: 0, to: (ticks - 2) * spec.time.cyclesPerTick, by: step).compactMap {
      cycle -> CompartmentNeuron.Input? in
      guard random.uniform() < 0.08 else { return nil }
      let weight = Int(random.next() % UInt64(2 * spec.synapse.largestWeight)) - 4
      return .init(
        cycle: cycle, compartment: Int(random.next() % UInt64(count)),
        weight: min(max(weight, -spec.synapse.largestWeight), spec.synapse.largestWeight))
    }.filter { $0.weight != 0 }
    let (found, exact) = try neuron.both(inputs, ticks: ticks, kernel)
    let quiet = Int(exact.spikes.first?.time ?? Double(ticks))
    return (
      found.codesApart(exact, spec, ticks: quiet), found.intervalsApart(exact, compartment: 0)
    )
  }
}
