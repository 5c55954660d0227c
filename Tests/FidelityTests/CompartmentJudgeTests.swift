import ChipInterface
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// The exact compartments, which judge the coupled circuits, against traces of brian2.
///
/// The fixture is made by `tools/reference/brian2_compartments.py`.
@Suite struct CompartmentJudgeTests {
  private struct Case: Decodable {
    var name: String
    var leak, membrane, synaptic, gain, flow, pull: Double
    /// Soma first, then dendrite.
    var thresholds, resets: [Double]
    var refractory: [Int]
    var ticks: Int
    /// Events: when, in 1/64 tick, their weights, and the compartment.
    var phases, weights, places: [Int]
    /// Membranes after each tick, in volts, and spikes, in ticks, by compartment.
    var potentials, spikes: [[Double]]

    var circuits: [NominalCircuit] {
      (0..<2).map { c in
        var circuit = NominalCircuit(
          leak: leak, reset: resets[c], threshold: thresholds[c], membraneTicks: membrane,
          excitatoryTicks: synaptic, inhibitoryTicks: synaptic, excitatoryGain: gain,
          inhibitoryGain: gain, refractoryTicks: refractory[c], fires: true)
        circuit.options.reset = .init(ticks: pull, comparatorDelay: 0)
        return circuit
      }
    }

    var inputs: [ExactCompartments.Input] {
      phases.indices.map {
        .init(
          time: Double(phases[$0]) / 64, compartment: places[$0], weight: Double(weights[$0]))
      }
    }
  }

  private func cases() throws -> [Case] { try brian2Cases("brian2_compartments") }

  @Test func exactCompartmentsFollowBrian2() throws {
    let lsb = try ChipLibrary.chip("synapus-1").readout.lsbVolts
    for judged in try cases() {
      var neuron = ExactCompartments(
        judged.circuits, flows: [[0, judged.flow], [judged.flow, 0]])
      let traces = neuron.run(judged.inputs, ticks: judged.ticks)
      let first = judged.spikes.joined().min().map { Int($0) } ?? judged.ticks
      for c in 0..<2 {
        for tick in 0..<min(first, judged.potentials[c].count) {
          let difference = abs(traces[c][tick] - judged.potentials[c][tick])
          #expect(difference < 0.02 * lsb, "\(judged.name), compartment \(c), tick \(tick)")
        }
        let found = neuron.spikes.filter { $0.compartment == c }.map(\.time)
        #expect(found.count == judged.spikes[c].count, "\(judged.name), compartment \(c)")
        // Intervals, not times: nothing pulls two free-running neurons back together.
        let pairs = Array(zip(found, judged.spikes[c]))
        for (a, b) in zip(pairs, pairs.dropFirst()) {
          let difference = abs((b.0 - a.0) - (b.1 - a.1))
          #expect(difference < 0.05, "\(judged.name), compartment \(c): off by \(difference)")
        }
        if let (a, b) = pairs.first { #expect(abs(a - b) < 0.05, "\(judged.name): \(a), \(b)") }
      }
    }
  }
}
