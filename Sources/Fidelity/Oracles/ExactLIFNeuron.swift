import ChipInterface
import Foundation

/// A leaky integrate-and-fire neuron solved in continuous time, in double precision.
///
/// The judge of the circuit's tests: it knows no ticks and shares no code with the emulator. Its
/// time unit is the tick, its potentials are volts.
public struct ExactLIFNeuron {
  /// A charge that arrives: time in ticks, signed steps of weight.
  public struct Input {
    /// When it arrives.
    public var time: Double
    /// Positive excites, negative inhibits.
    public var weight: Double

    /// Makes an input.
    public init(time: Double, weight: Double) { (self.time, self.weight) = (time, weight) }
  }

  private let circuit: NominalCircuit
  private var time = 0.0
  private var membrane, excitation: Double
  private var inhibition = 0.0
  private var heldUntil = 0.0
  /// Times of the spikes so far, in ticks.
  public private(set) var spikes: [Double] = []

  /// Starts a neuron at rest.
  public init(_ circuit: NominalCircuit) {
    self.circuit = circuit
    (membrane, excitation) = (circuit.leak, 0)
  }

  /// The potentials at ticks `1...ticks`, in volts, under inputs in ascending order of time.
  public mutating func run(_ inputs: [Input], ticks: Int) -> [Double] {
    var trace: [Double] = []
    var next = 0
    for tick in 1...ticks {
      while next < inputs.count, inputs[next].time < Double(tick) {
        advance(to: inputs[next].time)
        let weight = inputs[next].weight
        if weight > 0 { excitation += weight } else { inhibition -= weight }
        next += 1
      }
      advance(to: Double(tick))
      trace.append(membrane)
    }
    return trace
  }

  /// Advances without inputs, in pieces short enough that a crossing is not missed.
  private mutating func advance(to end: Double) {
    while time < end {
      let stop = min(end, time < heldUntil ? heldUntil : time + 1.0 / 16)
      if time < heldUntil {
        decay(by: stop - time)
        membrane = circuit.reset
        time = stop
        continue
      }
      let after = potential(after: stop - time)
      if circuit.fires, after >= circuit.threshold {
        fire(before: stop - time)
      } else {
        membrane = after
        decay(by: stop - time)
        time = stop
      }
    }
  }

  private mutating func fire(before end: Double) {
    var (low, high) = (0.0, end)
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if potential(after: middle) >= circuit.threshold { high = middle } else { low = middle }
    }
    decay(by: high)
    time += high
    spikes.append(time)
    membrane = circuit.reset
    heldUntil = time + Double(circuit.refractoryTicks)
  }

  private mutating func decay(by u: Double) {
    excitation *= exp(-u / circuit.excitatoryTicks)
    inhibition *= exp(-u / circuit.inhibitoryTicks)
  }

  private func potential(after u: Double) -> Double {
    circuit.leak + (membrane - circuit.leak) * exp(-u / circuit.membraneTicks)
      + circuit.excitatoryGain * excitation * response(u, circuit.excitatoryTicks)
      - circuit.inhibitoryGain * inhibition * response(u, circuit.inhibitoryTicks)
  }

  /// The two-exponential response `τ_s/(τ_m − τ_s)·(e^(−u/τ_m) − e^(−u/τ_s))`.
  private func response(_ u: Double, _ synaptic: Double) -> Double {
    let membrane = circuit.membraneTicks
    if abs(membrane - synaptic) < 1e-6 * membrane { return u / membrane * exp(-u / membrane) }
    return synaptic / (membrane - synaptic) * (exp(-u / membrane) - exp(-u / synaptic))
  }
}
