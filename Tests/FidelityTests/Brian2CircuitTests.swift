import ChipInterface
import Emulator
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// Full circuits, and the solver that judges them, against traces that brian2 recorded.
///
/// The fixture is made by `tools/reference/brian2_adex.py`.
@Suite struct Brian2CircuitTests {
  private struct Case: Decodable {
    var name: String
    /// DAC codes of leak, reset, threshold, τ_m, τ_exc, τ_inh and gain.
    var neuron: [UInt16]
    var adaptation, exponential, reversal: [UInt16]?
    /// Utilisation, recovery time, and 1 when the driver facilitates.
    var driver: [UInt16]?
    var refractory: UInt8
    var ticks: Int
    /// Events: when, in 1/64 tick, and their signed weights.
    var phases: [Int]
    var weights: [Int]
    /// The membrane after each tick, in volts, and the spikes, in ticks.
    var potentials: [Double]
    var spikes: [Double]

    var settings: CircuitSettings {
      var settings = CircuitSettings(
        leak: neuron[0], reset: neuron[1], threshold: neuron[2], membraneTime: neuron[3],
        excitatoryTime: neuron[4], inhibitoryTime: neuron[5], excitatoryGain: neuron[6],
        inhibitoryGain: neuron[6], refractoryCount: refractory, fires: true)
      settings.options = CircuitOptions(
        excitatoryReversal: reversal?[0], inhibitoryReversal: reversal?[1],
        adaptation: adaptation.map {
          Adaptation(conductance: $0[0], increment: $0[1], time: $0[2])
        }, exponential: exponential.map { ExponentialTerm(slope: $0[0], threshold: $0[1]) })
      return settings
    }

    func rowPlasticity(pair: Int) -> [RowPlasticity] {
      guard let driver else { return [] }
      return [
        RowPlasticity(
          pair: pair, utilisation: UInt8(driver[0]), recoveryTime: driver[1],
          facilitates: driver[2] == 1)
      ]
    }
  }

  private func cases() throws -> [Case] { try brian2Cases("brian2_adex") }

  @Test func solverFollowsBrian2() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    for judged in try cases() where judged.driver == nil {
      var neuron = SolvedNeuron(NominalCircuit(judged.settings, on: spec), on: spec)
      let inputs = zip(judged.phases, judged.weights).map {
        ExactLIFNeuron.Input(time: Double($0) / 64, weight: Double($1))
      }
      let trace = neuron.run(inputs.filter { $0.weight != 0 }, ticks: judged.ticks)
      #expect(neuron.spikes.count == judged.spikes.count, "\(judged.name)")
      expectTrace(trace, judged, within: 0.02 * spec.readout.lsbVolts)
      expectIntervals(neuron.spikes, judged, within: 0.1)
    }
  }

  @Test(arguments: EmulatedChip.availableKernels.filter { $0 != "auto" })
  func circuitFollowsBrian2(kernel: String) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
    for judged in try cases() {
      let recording = try record(judged, spec, kernel)
      // The chip delays inputs by a tick.
      let trace = Array(recording.traces.dropFirst())
      let bound = 0.5 * spec.readout.lsbVolts
      expectTrace(trace, judged, within: bound)
      let spikes = recording.spikes.cycles.map { Double($0) / 64 - 1 }
      #expect(abs(spikes.count - judged.spikes.count) <= 1, "\(judged.name)")
      expectIntervals(spikes, judged, within: 0.5)
    }
  }

  /// The whole trace agrees until the first spike.
  private func expectTrace(_ trace: [Double], _ judged: Case, within bound: Double) {
    let before = judged.spikes.first.map { Int($0) } ?? judged.potentials.count
    let pairs = zip(trace, judged.potentials).prefix(before)
    let worst = pairs.map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < bound, "\(judged.name): \(worst) V")
  }

  private func expectIntervals(_ spikes: [Double], _ judged: Case, within bound: Double) {
    let pairs = Array(zip(spikes, judged.spikes))
    let errors = zip(pairs, pairs.dropFirst()).map { abs(($1.0 - $0.0) - ($1.1 - $0.1)) }
    guard let worst = errors.max() else { return }
    print("\(judged.name): intervals off by at most \(worst)")
    #expect(worst <= bound, "\(judged.name): \(worst) ticks")
  }

  private func record(
    _ judged: Case, _ spec: ChipSpec, _ kernel: EmulationSettings.Kernel
  ) throws -> Recording {
    let largest = spec.synapse.largestWeight
    let weights = (-largest...largest).map { Int8($0) }
    var image = ChipImage.singleCore(
      spec, circuits: [judged.settings], inputs: weights.count, weights: weights,
      durationTicks: judged.ticks + 2)
    image.cores[0].rowPlasticity = judged.rowPlasticity(pair: 2 * largest)
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image)
    let circuit = try #require(
      CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry))
    return try chip.run(
      Experiment(
        durationTicks: judged.ticks + 2,
        inputs: SpikeBatch(
          offsets: [0, judged.phases.count], cycles: judged.phases.map(UInt32.init),
          units: judged.weights.map { UInt32($0 + largest) }),
        sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: [circuit])))
  }
}
