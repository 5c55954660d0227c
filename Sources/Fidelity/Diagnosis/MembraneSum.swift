import Emulator
import Foundation

/// The membrane of a linear circuit as the sum of what each event adds, in continuous time.
///
/// After the end of a refractory time at `start` the membrane is
/// `V(t) = rest + (V(start) − rest)·e^(−(t−start)/τ_m) + Σ contributions`. An event before `start`
/// acts by the current that it left over. Saturation of the input stage, rails and noise are not
/// in the sum.
struct MembraneSum {
  /// An event with its signed effective weight, in steps.
  struct Input {
    var time: Double
    var pair: Int
    var weight: Double
  }

  let circuit: CircuitInspection
  /// When the membrane was set free, and where it was then.
  let start, startVolts: Double
  /// The events that can matter, ascending in time.
  let inputs: [Input]

  /// Sums events for a circuit whose membrane is free from `start` on.
  init(_ circuit: CircuitInspection, events: [EventProbe.Event], start: Double, startVolts: Double)
  {
    (self.circuit, self.start, self.startVolts) = (circuit, start, startVolts)
    let memory =
      40 * max(circuit.membraneTicks, circuit.excitatoryTicks, circuit.inhibitoryTicks)
    var inputs: [Input] = []
    for event in events where event.time > start - memory {
      let (up, down) = (
        circuit.excitatoryWeights[event.pair], circuit.inhibitoryWeights[event.pair]
      )
      if up != 0 { inputs.append(Input(time: event.time, pair: event.pair, weight: up)) }
      if down != 0 { inputs.append(Input(time: event.time, pair: event.pair, weight: -down)) }
    }
    self.inputs = inputs.sorted { $0.time < $1.time }
  }

  /// What the membrane would be at `time` without any event, in volts.
  func baseline(at time: Double) -> Double {
    circuit.rest + (startVolts - circuit.rest) * exp(-(time - start) / circuit.membraneTicks)
  }

  /// What one event adds at `time`, in volts.
  func contribution(of input: Input, at time: Double) -> Double {
    let begin = max(input.time, start)
    guard time > begin else { return 0 }
    let synaptic = input.weight > 0 ? circuit.excitatoryTicks : circuit.inhibitoryTicks
    let gain = input.weight > 0 ? circuit.excitatoryGain : circuit.inhibitoryGain
    let left = exp(-(begin - input.time) / synaptic)
    return gain * input.weight * left * response(time - begin, synaptic)
  }

  /// The membrane at `time`, in volts.
  func volts(at time: Double) -> Double {
    var sum = baseline(at: time)
    for input in inputs {
      if input.time >= time { break }
      sum += contribution(of: input, at: time)
    }
    return sum
  }

  /// The first time from `start` to `end` at which the membrane meets the threshold.
  func crossing(before end: Double) -> Double? {
    guard circuit.threshold.isFinite else { return nil }
    var time = start
    while time < end {
      let next = min(time + 1.0 / 16, end)
      if volts(at: next) >= circuit.threshold { return bisect(time, next) }
      time = next
    }
    return nil
  }

  private func bisect(_ below: Double, _ above: Double) -> Double {
    var (low, high) = (below, above)
    for _ in 0..<30 {
      let middle = (low + high) / 2
      if volts(at: middle) >= circuit.threshold { high = middle } else { low = middle }
    }
    return high
  }

  /// `y·(e^(−y·u) − e^(−x·u))/(x − y)` with y = 1/τ_m, x = 1/τ_s.
  private func response(_ u: Double, _ synaptic: Double) -> Double {
    let membrane = circuit.membraneTicks
    if abs(membrane - synaptic) < 1e-6 * membrane { return u / membrane * exp(-u / membrane) }
    return synaptic / (membrane - synaptic) * (exp(-u / membrane) - exp(-u / synaptic))
  }
}
