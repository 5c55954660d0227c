import ChipInterface
import Foundation
import HardwareSpec

/// A full neuron circuit as a differential equation, solved in double precision to 1e-9 of a volt.
///
/// The judge of the circuits' tests: it knows no ticks and shares no code with the emulator. Its
/// time unit is the tick, its potentials are volts.
public struct SolvedNeuron {
  private typealias State = DormandPrince.State
  /// Places of the numbers in the state.
  private enum Place {
    static let membrane = 0, adaptation = 1, excitation = 2, inhibition = 3, shift = 4
  }

  private let circuit: NominalCircuit
  private let stage: InputStageSpec?
  private let saturation: Double
  private let rails: ClosedRange<Double>
  private var time = 0.0
  private var state = State(repeating: 0)
  private var stepLength = 0.05
  private var heldUntil = 0.0
  /// When a spike comes out that the comparator has seen.
  private var answer = Double.infinity
  /// Times of the spikes so far, in ticks.
  public private(set) var spikes: [Double] = []

  /// Starts a neuron at rest, on a chip's input stage and between its rails.
  public init(_ circuit: NominalCircuit, on spec: ChipSpec) {
    (self.circuit, stage, rails) = (circuit, spec.circuits?.inputStage, spec.neuron.railVolts)
    saturation = spec.neuron.inputSaturation
    state[Place.membrane] = circuit.leak
  }

  /// The potentials at ticks `1...ticks`, in volts, under inputs in ascending order of time.
  public mutating func run(_ inputs: [ExactLIFNeuron.Input], ticks: Int) -> [Double] {
    var trace: [Double] = []
    var next = 0
    for tick in 1...ticks {
      while next < inputs.count, inputs[next].time < Double(tick) {
        advance(to: inputs[next].time)
        let weight = inputs[next].weight
        state[weight > 0 ? Place.excitation : Place.inhibition] += abs(weight)
        next += 1
      }
      advance(to: Double(tick))
      trace.append(state[Place.membrane])
    }
    return trace
  }

  // MARK: Time

  private mutating func advance(to end: Double) {
    while time < end {
      let release = time < heldUntil ? heldUntil : .infinity
      let stop = min(end, release, answer)
      step(to: stop)
      if time >= answer { fire() }
    }
  }

  /// One accepted step, at most to `stop`; it ends early where the threshold is crossed.
  private mutating func step(to stop: Double) {
    let held = time < heldUntil
    var length = min(stepLength, stop - time)
    while true {
      let (after, error) = DormandPrince.step(state, length) { slope($0, held: held) }
      let scale = (error * error).sum().squareRoot() / 1e-9
      let isFine = scale <= 1
      if isFine { accept(after, length, stop, held: held) }
      let growth = scale.isFinite ? 0.9 * pow(max(scale, 1e-4), -0.2) : 0.2
      let limited = min(max(growth, 0.2), 4)
      if isFine {
        stepLength = min(max(stepLength, length) * limited, 0.5)
        return
      }
      length *= limited
      stepLength = length
    }
  }

  private mutating func accept(_ after: State, _ length: Double, _ stop: Double, held: Bool) {
    let watches = circuit.fires && !held && answer == .infinity
    guard watches, excess(after) >= 0 else {
      state = after
      time = time + length >= stop - 1e-12 ? stop : time + length
      return
    }
    var (low, high) = (0.0, length)
    for _ in 0..<45 {
      let middle = (low + high) / 2
      let there = DormandPrince.step(state, middle) { slope($0, held: false) }.after
      if excess(there) >= 0 { high = middle } else { low = middle }
    }
    state = DormandPrince.step(state, high) { slope($0, held: false) }.after
    time += high
    answer = time + (circuit.options.reset?.comparatorDelay ?? 0)
    if answer <= time { fire() }
  }

  private func excess(_ state: State) -> Double {
    state[Place.membrane] - circuit.threshold - state[Place.shift]
  }

  private mutating func fire() {
    spikes.append(time)
    answer = .infinity
    heldUntil = time + Double(circuit.refractoryTicks)
    if circuit.options.reset == nil { state[Place.membrane] = circuit.reset }
    state[Place.adaptation] += circuit.options.adaptation?.increment ?? 0
    state[Place.shift] += circuit.options.thresholdAdaptation?.increment ?? 0
    stepLength = 0.01
  }

  // MARK: The equations

  private func slope(_ y: State, held: Bool) -> State {
    let v = y[Place.membrane]
    var slope = State(repeating: 0)
    var drive = circuit.leak - v + synapses(y, v) - y[Place.adaptation]
    if let part = circuit.options.exponential, !held {
      drive += part.slope * exp(min((v - part.threshold) / part.slope, 300))
    }
    slope[Place.membrane] = membraneSlope(drive / circuit.membraneTicks, v, held: held)
    if let part = circuit.options.adaptation {
      slope[Place.adaptation] =
        (part.conductance * (v - circuit.leak) - y[Place.adaptation]) / part.ticks
    }
    slope[Place.excitation] = -y[Place.excitation] / circuit.excitatoryTicks
    slope[Place.inhibition] = -y[Place.inhibition] / circuit.inhibitoryTicks
    if let part = circuit.options.thresholdAdaptation {
      slope[Place.shift] = -y[Place.shift] / part.ticks
    }
    return slope
  }

  /// The membrane's own slope, the reset's pull, and the rails.
  private func membraneSlope(_ free: Double, _ v: Double, held: Bool) -> Double {
    var slope = free
    if held {
      guard let reset = circuit.options.reset else { return 0 }
      slope += (circuit.reset - v) / reset.ticks
    }
    if v >= rails.upperBound { return min(slope, 0) }
    return v <= rails.lowerBound ? max(slope, 0) : slope
  }

  private func synapses(_ y: State, _ v: Double) -> Double {
    let excitation = saturated(y[Place.excitation], stage?.excitatoryLevel)
    let inhibition = saturated(y[Place.inhibition], stage?.inhibitoryLevel)
    let options = circuit.options
    let up =
      options.excitatory.map { $0.perWeight * ($0.reversal - v) } ?? circuit.excitatoryGain
    let down =
      options.inhibitory.map { $0.perWeight * ($0.reversal - v) } ?? -circuit.inhibitoryGain
    return up * excitation + down * inhibition
  }

  private func saturated(_ x: Double, _ level: Double?) -> Double {
    guard let level else { return min(x, saturation) }
    return x / (1 + (x / level) * (x / level)).squareRoot()
  }
}
