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

  /// Whether a chip has what the checks need: compartments, plateaus, and a linear input stage,
  /// which the exact solution takes for granted.
  static func apply(to spec: ChipSpec) -> Bool {
    (spec.coupling?.mostCompartments ?? 1) >= 2 && spec.circuits?.reset != nil
      && spec.circuits?.inputStage == nil
  }

  /// Runs all checks.
  public func run() throws -> [FidelityCheck] {
    try postsynapticPotentials() + joinedMembranes() + firing() + dendriticEvents()
  }

  func label(_ what: String) -> String { "\(what), \(kernel.rawValue)" }

  // MARK: Two compartments

  /// A PSP in the dendrite, there and at the soma, over the ranges of all time constants.
  ///
  /// Within a tick the coupling takes a drive for steady: a current of a few ticks behind a
  /// conductance as fast is the worst case, and has a row of its own.
  func postsynapticPotentials() throws -> [FidelityCheck] {
    try postsynapticPotentials("tau_syn 2..30 us", [2e-6, 10e-6, 30e-6], 0.5, 0.01)
      + postsynapticPotentials("tau_syn 0.3..1 us", [0.3e-6, 1e-6], 1.5, 0.03)
  }

  private func postsynapticPotentials(
    _ name: String, _ synaptic: [Double], _ codes: Double, _ attenuation: Double
  ) throws -> [FidelityCheck] {
    var (worstCode, worstAttenuation) = (0.0, 0.0)
    for interCompartment in interCompartmentTimes {
      for membrane in [1.5e-6, 5.12e-6, 60e-6] {
        for synaptic in synaptic {
          let error = try postsynapticPotential(interCompartment, membrane, synaptic)
          worstCode = max(worstCode, error.code)
          worstAttenuation = max(worstAttenuation, error.attenuation)
        }
      }
    }
    return [
      FidelityCheck(
        label("two compartments, tau_icc 0.1..30 us, \(name)"), "membranes", unit: "ADC codes",
        error: worstCode, bound: codes),
      FidelityCheck(
        label("two compartments, attenuation, \(name)"), "relative to the ODE", unit: "1",
        error: worstAttenuation, bound: attenuation),
    ]
  }

  private func postsynapticPotential(
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
    for count in [2, 4, 9, 16] where count <= (spec.coupling?.mostCores ?? 1) {
      worstCode = max(worstCode, try joined(count, fires: false).code)
      worstInterval = max(worstInterval, try joined(count, fires: true).interval)
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

  /// Random drive of all circuits, below threshold or on top of a leak above it.
  private func joined(
    _ count: Int, fires: Bool
  ) throws -> (code: Double, interval: Double) {
    let (largest, swing) = (spec.synapse.largestWeight, 30 * spec.readout.lsbVolts)
    let gain = swing / Double(largest) * Double(count) / 2
    var circuit = NominalCircuit(
      leak: fires ? 0.5 + 1.3 * swing : 0.5, reset: 0.5, threshold: 0.5 + swing,
      membraneTicks: 20, excitatoryTicks: 8, inhibitoryTicks: 12, excitatoryGain: gain,
      inhibitoryGain: gain, refractoryTicks: 3, fires: fires)
    var parts = [circuit]
    circuit.fires = false
    parts += Array(repeating: circuit, count: count - 1)
    let neuron = CompartmentNeuron(joining: parts, on: spec)
    var random = SequentialRandom(seed: UInt64(count), stream: 311)
    let ticks = 400
    let inputs = stride(from: 0, to: (ticks - 2) * spec.time.cyclesPerTick, by: 8).compactMap {
      cycle -> CompartmentNeuron.Input? in
      guard random.uniform() < 0.06 else { return nil }
      let weight = 1 + Int(random.next() % UInt64(largest))
      return .init(
        cycle: cycle, compartment: Int(random.next() % UInt64(count)),
        weight: random.uniform() < 0.6 ? weight : -weight)
    }
    let (found, exact) = try neuron.both(inputs, ticks: ticks, kernel)
    return (
      found.codesApart(exact, spec), fires ? found.intervalsApart(exact, compartment: 0) : 0
    )
  }
}
