import ChipInterface
import Foundation

/// A neuron as a sum of response kernels: the spike-response model SRM0.
///
/// Gerstner and Kistler (2002); Jolivet, Lewis and Gerstner (2004).
///
/// `u(t) = E_l + Σ ε(t − t_input) + Σ η(t − t_spike)`: ε is the postsynaptic potential, η what a
/// spike leaves behind. An integrate-and-fire circuit is exactly this: after a refractory time at
/// V_r, its distance from the free potential decays with τ_m alone, so η is an exponential whose
/// height is the sum's distance from V_r at the release.
struct SpikeResponseNeuron {
  private let circuit: NominalCircuit
  private let inputs: [ExactLIFNeuron.Input]

  init(_ circuit: NominalCircuit, _ inputs: [ExactLIFNeuron.Input]) {
    (self.circuit, self.inputs) = (circuit, inputs)
  }

  /// The spikes until a time, in ticks.
  func spikes(until end: Double) -> [Double] {
    var (spikes, responses): ([Double], [(release: Double, height: Double)]) = ([], [])
    var time = 0.0
    while time < end {
      let next = time + 1.0 / 32
      if potential(next, responses) >= circuit.threshold {
        let spike = crossing(time, next, responses)
        spikes.append(spike)
        let release = spike + Double(circuit.refractoryTicks)
        responses.append((release, circuit.reset - potential(release, responses)))
        time = release
      } else {
        time = next
      }
    }
    return spikes.filter { $0 < end }
  }

  private func potential(_ t: Double, _ responses: [(release: Double, height: Double)]) -> Double {
    var sum = circuit.leak
    for input in inputs where input.time < t { sum += input.weight * kernel(t - input.time) }
    for response in responses where response.release <= t {
      sum += response.height * exp(-(t - response.release) / circuit.membraneTicks)
    }
    return sum
  }

  /// ε of one step of excitatory weight.
  private func kernel(_ s: Double) -> Double {
    let (m, x) = (circuit.membraneTicks, circuit.excitatoryTicks)
    return circuit.excitatoryGain * x / (m - x) * (exp(-s / m) - exp(-s / x))
  }

  private func crossing(
    _ from: Double, _ to: Double, _ responses: [(release: Double, height: Double)]
  ) -> Double {
    var (low, high) = (from, to)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if potential(middle, responses) >= circuit.threshold { high = middle } else { low = middle }
    }
    return high
  }
}
