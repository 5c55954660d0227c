import ChipInterface
import Emulator
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// The LIF circuit, and the exact neuron that judges it, against traces that brian2 recorded.
///
/// The fixture is made by `tools/reference/brian2_lif.py`.
@Suite struct OutsideJudgeTests {
  private struct Case: Decodable {
    var name: String
    var codes: [UInt16]
    var refractory: UInt8
    var ticks: Int
    /// Events: when, in 1/64 tick, and their signed weights.
    var phases: [Int]
    var weights: [Int]
    /// The membrane after each tick, in volts, and the spikes, in ticks.
    var potentials: [Double]
    var spikes: [Double]

    var settings: CircuitSettings {
      CircuitSettings(
        leak: codes[4], reset: codes[6], threshold: codes[5], membraneTime: codes[0],
        excitatoryTime: codes[1], inhibitoryTime: codes[2], excitatoryGain: codes[3],
        inhibitoryGain: codes[3], refractoryCount: refractory, fires: true)
    }
  }

  private func cases() throws -> [Case] { try brian2Cases("brian2_lif") }

  @Test func exactNeuronFollowsBrian2() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    for judged in try cases() {
      var neuron = ExactLIFNeuron(NominalCircuit(judged.settings, on: spec))
      let inputs = zip(judged.phases, judged.weights).map {
        ExactLIFNeuron.Input(time: Double($0) / 64, weight: Double($1))
      }
      let trace = neuron.run(inputs, ticks: judged.ticks)
      #expect(neuron.spikes.count == judged.spikes.count, "\(judged.name)")
      let before = firstInterval(judged)
      for tick in 0..<min(before, judged.potentials.count) {
        let difference = abs(trace[tick] - judged.potentials[tick])
        #expect(difference < 0.02 * spec.readout.lsbVolts, "\(judged.name), tick \(tick)")
      }
      expectIntervals(neuron.spikes, judged, most: 0.05, all: 0.05)
    }
  }

  @Test(arguments: EmulatedChip.availableKernels.filter { $0 != "auto" })
  func circuitFollowsBrian2(kernel: String) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
    for judged in try cases() {
      let recording = try record(judged, spec, kernel)
      let before = firstInterval(judged)
      for tick in 0..<min(before, judged.potentials.count) {
        // The chip delays inputs by a tick.
        let difference = abs(recording.traces[tick + 1] - judged.potentials[tick])
        #expect(difference < 0.5 * spec.readout.lsbVolts, "\(judged.name), tick \(tick)")
      }
      let spikes = recording.spikes.cycles.map { Double($0) / 64 - 1 }
      #expect(abs(spikes.count - judged.spikes.count) <= 1, "\(judged.name)")
      expectIntervals(spikes, judged, most: 0.5, all: 0.75)
    }
  }

  /// Ticks before the first spike: until then the whole trace must agree.
  private func firstInterval(_ judged: Case) -> Int {
    judged.spikes.first.map { Int($0) } ?? judged.potentials.count
  }

  /// 95 % of the intervals within one bound, all within another, in ticks.
  private func expectIntervals(_ spikes: [Double], _ judged: Case, most: Double, all: Double) {
    let pairs = Array(zip(spikes, judged.spikes))
    let errors = zip(pairs, pairs.dropFirst())
      .map { abs(($1.0 - $0.0) - ($1.1 - $0.1)) }.sorted()
    guard let worst = errors.last else { return }
    let ordinary = errors[errors.count * 95 / 100]
    print("\(judged.name): intervals off by \(ordinary) (95 %), \(worst) (all)")
    #expect(ordinary <= most && worst <= all, "\(judged.name): \(ordinary), \(worst)")
  }

  private func record(
    _ judged: Case, _ spec: ChipSpec, _ kernel: EmulationSettings.Kernel
  ) throws -> Recording {
    let range = -spec.synapse.largestWeight...spec.synapse.largestWeight
    let weights = Array(range)
    let image = ChipImage.singleCore(
      spec, circuits: [judged.settings], inputs: weights.count, weights: weights.map { Int8($0) },
      durationTicks: judged.ticks + 2)
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image)
    let circuit = try #require(
      CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry))
    return try chip.run(
      Experiment(
        durationTicks: judged.ticks + 2,
        inputs: SpikeBatch(
          offsets: [0, judged.phases.count], cycles: judged.phases.map(UInt32.init),
          units: judged.weights.map { UInt32($0 - range.lowerBound) }),
        sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: [circuit])))
  }
}
