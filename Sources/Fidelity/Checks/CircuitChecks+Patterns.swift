import ChipInterface
import Foundation
import HardwareSpec

/// The firing patterns of the adaptive exponential circuit.
extension CircuitChecks {
  /// A pattern after Naud, Marcille, Clopath and Gerstner (2008): their numbers in millivolts and
  /// milliseconds, currents over the leak conductance.
  private struct Pattern {
    var name: String
    var membrane, conductance, time, increment, reset, current: Double
  }

  private static let patterns = [
    Pattern(
      name: "tonic", membrane: 20, conductance: 0, time: 30, increment: 0, reset: -58, current: 50),
    Pattern(
      name: "adapting", membrane: 20, conductance: 0, time: 100, increment: 2, reset: -58,
      current: 50),
    Pattern(
      name: "initial burst", membrane: 5, conductance: 0.05, time: 100, increment: 3, reset: -51,
      current: 35),
    Pattern(
      name: "regular bursting", membrane: 5, conductance: -0.05, time: 100, increment: 5,
      reset: -47, current: 35),
    Pattern(
      name: "delayed accelerating", membrane: 5, conductance: -0.9, time: 100, increment: 1,
      reset: -60, current: 22),
    Pattern(
      name: "transient", membrane: 10, conductance: 1, time: 90, increment: 10, reset: -47,
      current: 32),
    Pattern(
      name: "fast membrane", membrane: 1.5, conductance: 0.2, time: 30, increment: 3, reset: -58,
      current: 40),
  ]

  /// Every inter-spike interval of a step current against the differential equation.
  func firingPatterns() throws -> [FidelityCheck] {
    try Self.patterns.map { pattern in
      let (settings, nominal) = circuit(self.nominal(pattern))
      let drive = step(7, every: 4, nominal, ticks: 1600)
      var judge = SolvedNeuron(nominal, on: spec)
      _ = judge.run(inputs(drive), ticks: 1600)
      let found = try run(settings, drive, ticks: 1600).spikes
      return FidelityCheck(
        label("AdEx \(pattern.name), \(judge.spikes.count) spikes"), "inter-spike interval, all",
        unit: "ticks", error: worstInterval(found, judge.spikes), bound: 0.5)
    }
  }

  /// A pattern on the chip: a millisecond lasts a microsecond, a millivolt is 8.
  private func nominal(_ p: Pattern) -> NominalCircuit {
    let (scale, ticks) = (8e-3, 1e-6 / spec.time.tickSeconds)
    let leak = 0.35
    var nominal = NominalCircuit(
      leak: leak, reset: leak + (p.reset + 70) * scale, threshold: leak + 40 * scale,
      membraneTicks: p.membrane * ticks, excitatoryTicks: 100, inhibitoryTicks: 20,
      excitatoryGain: p.current * scale * (1 - exp(-4.0 / 100)) / 7, inhibitoryGain: 1e-3,
      refractoryTicks: 1, fires: true)
    nominal.options.adaptation = .init(
      conductance: p.conductance, increment: p.increment * scale, ticks: p.time * ticks)
    nominal.options.exponential = .init(slope: 2 * scale, threshold: leak + 20 * scale)
    return nominal
  }

  /// A current that jumps to a level in tick 8 and stays there, made of regular events.
  private func step(
    _ weight: Int, every period: Int, _ nominal: NominalCircuit, ticks: Int
  ) -> Drive {
    let (cycles, port) = (spec.time.cyclesPerTick, spec.events.portCyclesPerEvent)
    var drive = Drive()
    let steady = Double(weight) / (1 - exp(-Double(period) / nominal.excitatoryTicks))
    let first = Int((steady / Double(spec.synapse.largestWeight)).rounded())
    for i in 0..<min(first, 24) { drive.add(spec.synapse.largestWeight, at: 8 * cycles + i * port) }
    for tick in stride(from: 8 + period, to: ticks - 1, by: period) {
      drive.add(weight, at: tick * cycles)
    }
    return drive
  }
}
