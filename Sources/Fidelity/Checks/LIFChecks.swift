import ChipInterface
import Emulator
import Foundation
import HardwareSpec

/// Holds the LIF circuit of the emulator against the exact solution, over the chip's whole range.
public struct LIFChecks {
  let spec: ChipSpec
  let kernel: EmulationSettings.Kernel
  /// Time constants in seconds; the ends are those that calix calibrates.
  let membraneTimes = [0.5e-6, 1.5e-6, 5.12e-6, 20e-6, 60e-6]
  private let synapticTimes = [0.3e-6, 1e-6, 5.12e-6, 12e-6, 30e-6]
  private let phases = [0, 9, 32, 51]

  /// Prepares the checks of one kernel.
  ///
  /// A soft input stage bends what the closed forms take for straight; it has a check of its own.
  public init(_ spec: ChipSpec, kernel: EmulationSettings.Kernel) {
    var spec = spec
    spec.circuits?.inputStage = nil
    (self.spec, self.kernel) = (spec, kernel)
  }

  /// Runs all checks.
  public func run() throws -> [FidelityCheck] {
    try postsynapticPotentials() + freeDecay() + rateCurve() + poissonDriven()
  }

  func label(_ what: String) -> String { "\(what), \(kernel.rawValue)" }

  func chip(_ image: ChipImage) throws -> EmulatedChip {
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image)
    return chip
  }

  // MARK: Postsynaptic potentials

  /// PSPs of all pairs of time constants, excitatory and inhibitory, at several phases.
  func postsynapticPotentials() throws -> [FidelityCheck] {
    var (worstCode, worstPeak) = (0.0, 0.0)
    for membrane in membraneTimes {
      for synaptic in synapticTimes {
        for sign in [1.0, -1.0] {
          let error = try postsynapticPotential(membrane, synaptic, sign)
          worstCode = max(worstCode, error.code)
          worstPeak = max(worstPeak, error.peak)
        }
      }
    }
    return [
      FidelityCheck(
        label("PSP, tau_mem 0.5..60 us, tau_syn 0.3..30 us"), "membrane", unit: "ADC codes",
        error: worstCode, bound: 0.5),
      FidelityCheck(
        label("PSP extreme"), "relative to the closed form", unit: "1", error: worstPeak,
        bound: 0.01),
    ]
  }

  private func postsynapticPotential(
    _ membrane: Double, _ synaptic: Double, _ sign: Double
  ) throws -> (code: Double, peak: Double) {
    let tick = spec.time.tickSeconds
    let (m, s) = (membrane / tick, synaptic / tick)
    // The peak of the response, for events enough to reach about 40 codes.
    let peakTime = abs(m - s) < 1e-6 ? m : log(m / s) * m * s / (m - s)
    let peak =
      (abs(m - s) < 1e-6 ? exp(-1.0) : s / (m - s) * (exp(-peakTime / m) - exp(-peakTime / s)))
    let wanted = 40 * spec.readout.lsbVolts
    let gain = min(
      wanted / (peak * Double(spec.synapse.largestWeight)), spec.neuron.gain.range.upperBound)
    let settings = CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.6, reset: 0.6, threshold: 0.85, membraneTicks: m, excitatoryTicks: s,
        inhibitoryTicks: s, excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 1,
        fires: false), on: spec)
    let nominal = NominalCircuit(settings, on: spec)
    let single = nominal.excitatoryGain * peak * Double(spec.synapse.largestWeight)
    let events = min(8, max(1, Int(wanted / single)))
    let ticks = Int(min(600, 6 * (m + s))) + 4
    let weight = Int8(sign) * Int8(spec.synapse.largestWeight)
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [weight], durationTicks: ticks)
    return try compare(image, nominal, events: events, weight: Double(weight), ticks: ticks)
  }

  private func compare(
    _ image: ChipImage, _ nominal: NominalCircuit, events: Int, weight: Double, ticks: Int
  ) throws -> (code: Double, peak: Double) {
    var (worstCode, worstPeak) = (0.0, 0.0)
    for phase in phases {
      let times = (0..<events).map {
        spec.time.cyclesPerTick + phase * spec.time.cyclesPerTick / 64 + 8 * $0
      }
      let trace = try membrane(image, inputCycles: times, ticks: ticks)
      var exact = ExactLIFNeuron(nominal)
      let expected = exact.run(
        times.map { .init(time: arrival(cycle: $0), weight: weight) }, ticks: ticks)
      for (a, b) in zip(trace, expected) {
        worstCode = max(worstCode, abs(a - b) / spec.readout.lsbVolts)
      }
      let rest = nominal.leak
      let extremes = [trace, expected].map { $0.map { abs($0 - rest) }.max() ?? 0 }
      worstPeak = max(worstPeak, abs(extremes[0] / extremes[1] - 1))
    }
    return (worstCode, worstPeak)
  }

  /// When an input acts: one tick later, after the latency within the core.
  func arrival(cycle: Int) -> Double {
    1 + Double(cycle + spec.events.localLatencyCycles) / Double(spec.time.cyclesPerTick)
  }

  private func membrane(_ image: ChipImage, inputCycles: [Int], ticks: Int) throws -> [Double] {
    let circuit = CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry)
    return try chip(image).run(
      Experiment(
        durationTicks: ticks,
        inputs: SpikeBatch(
          offsets: [0, inputCycles.count], cycles: inputCycles.map(UInt32.init),
          units: Array(repeating: 0, count: inputCycles.count)),
        sampleNumbers: [0],
        recorded: RecordingRequest(spikes: true, tracedCircuits: circuit.map { [$0] } ?? []))
    ).traces
  }

  // MARK: Free decay

  /// A membrane lifted by a short pulse decays alone.
  func freeDecay() throws -> [FidelityCheck] {
    var worst = 0.0
    for membrane in membraneTimes {
      worst = max(worst, try postsynapticPotential(membrane, synapticTimes[0], 1).code)
    }
    return [
      FidelityCheck(
        label("free decay, tau_mem 0.5..60 us"), "membrane", unit: "ADC codes", error: worst,
        bound: 0.5)
    ]
  }
}
