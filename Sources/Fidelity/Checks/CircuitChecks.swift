import ChipInterface
import Emulator
import Foundation
import HardwareSpec

/// Holds the parts of the full circuit against differential equations and closed forms.
///
/// A part that the chip's file lacks is left out.
public struct CircuitChecks {
  let spec: ChipSpec
  let kernel: EmulationSettings.Kernel

  /// Prepares the checks of one kernel.
  public init(_ spec: ChipSpec, kernel: EmulationSettings.Kernel) {
    (self.spec, self.kernel) = (spec, kernel)
  }

  /// Whether the laws of a chip reach the constants of the checks' circuits.
  static func apply(to spec: ChipSpec) -> Bool {
    func reaches(_ law: ParameterLaw, _ values: [Double]) -> Bool {
      values.allSatisfy { abs(law.value(code: law.nearestCode(for: $0)) / $0 - 1) < 0.03 }
    }
    return reaches(spec.neuron.potential, [0.4, 0.9])
      && reaches(spec.neuron.membraneTime, [2e-6, 60e-6])
      && reaches(spec.neuron.synapticTime, [0.3e-6, 30e-6])
  }

  /// Runs all checks.
  public func run() throws -> [FidelityCheck] {
    guard let family = spec.circuits else { return [] }
    var checks: [FidelityCheck] = []
    if family.adaptation != nil, family.exponentialSlope != nil { checks += try firingPatterns() }
    if family.conductancePerWeight != nil { checks += try conductances() }
    if family.reset != nil { checks += try conductanceReset() }
    if family.thresholdAdaptation != nil { checks += try adaptiveThreshold() }
    if family.shortTermPlasticity != nil { checks += try shortTermPlasticity() }
    return checks + (try inputStage()) + (try spikeResponse())
  }

  func label(_ what: String) -> String { "\(what), \(kernel.rawValue)" }

  // MARK: Runs

  /// What the emulator made of a circuit: its potentials at ticks, and its spikes in ticks.
  struct Run {
    var trace, spikes: [Double]
  }

  /// Input events of signed steps of weight, at clock cycles in ascending order.
  struct Drive {
    var cycles: [Int] = []
    var weights: [Int] = []

    mutating func add(_ weight: Int, at cycle: Int) {
      cycles.append(cycle)
      weights.append(weight)
    }
  }

  /// The circuit whose codes are nearest, and what those codes mean.
  func circuit(_ wanted: NominalCircuit) -> (settings: CircuitSettings, nominal: NominalCircuit) {
    let settings = CircuitSettings(nearest: wanted, on: spec)
    return (settings, NominalCircuit(settings, on: spec))
  }

  /// Runs one circuit; row pair `largestWeight + w` has weight w.
  func run(
    _ settings: CircuitSettings, _ drive: Drive, ticks: Int, plastic: RowPlasticity? = nil
  ) throws -> Run {
    let largest = spec.synapse.largestWeight
    let weights = (-largest...largest).map { Int8($0) }
    var image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: weights.count, weights: weights, durationTicks: ticks)
    if let plastic { image.cores[0].rowPlasticity = [plastic] }
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image)
    let traced = CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry)
    let recording = try chip.run(
      Experiment(
        durationTicks: ticks,
        inputs: SpikeBatch(
          offsets: [0, drive.cycles.count], cycles: drive.cycles.map(UInt32.init),
          units: drive.weights.map { UInt32($0 + largest) }),
        sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: traced.map { [$0] } ?? [])))
    let cycles = Double(spec.time.cyclesPerTick)
    return Run(trace: recording.traces, spikes: recording.spikes.cycles.map { Double($0) / cycles })
  }

  /// The inputs of a drive as the continuous neurons take them.
  func inputs(_ drive: Drive) -> [ExactLIFNeuron.Input] {
    let cycles = Double(spec.time.cyclesPerTick)
    return zip(drive.cycles, drive.weights).map { cycle, weight in
      .init(
        time: 1 + Double(cycle + spec.events.localLatencyCycles) / cycles, weight: Double(weight))
    }
  }

  /// The largest distance of two traces, in ADC codes.
  func worstCode(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) / spec.readout.lsbVolts }.max() ?? .infinity
  }

  /// The largest difference of two trains' intervals, in ticks; infinite when their counts differ
  /// by more than a spike at the end.
  func worstInterval(_ a: [Double], _ b: [Double]) -> Double {
    guard abs(a.count - b.count) <= 1, b.count > 1 else { return .infinity }
    let pairs = Array(zip(a, b))
    return zip(pairs, pairs.dropFirst()).map { abs(($1.0 - $0.0) - ($1.1 - $0.1)) }.max()
      ?? .infinity
  }
}
