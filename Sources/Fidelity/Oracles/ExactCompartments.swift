import ChipInterface
import Foundation

/// A neuron of several compartments solved in continuous time, in double precision.
///
/// The judge of the coupled circuits' tests: it knows no ticks and shares no code with the
/// emulator. Each compartment obeys
///
///     dV/dt = ((E_l − V) + R·(I_e − I_i))/τ_m + Σ_k c_k·(V_k − V) [+ (V_r − V)/τ_r while reset]
///
/// with exponential currents; it fires when V is at its threshold - from below, where the reset
/// leads above it -, the comparator's delay
/// later its reset begins, and lasts for the refractory time. Between events the system is linear;
/// its Taylor series over 1/16 tick leaves less than 1e-12. Its time unit is the tick.
public struct ExactCompartments {
  /// A charge that arrives at a compartment: time in ticks, signed steps of weight.
  public struct Input {
    /// When it arrives.
    public var time: Double
    /// Where it arrives.
    public var compartment: Int
    /// Positive excites, negative inhibits.
    public var weight: Double

    /// Makes an input.
    public init(time: Double, compartment: Int, weight: Double) {
      (self.time, self.compartment, self.weight) = (time, compartment, weight)
    }
  }

  /// A spike of a compartment's comparator.
  public struct Spike: Equatable {
    /// When, in ticks, the comparator's delay included.
    public var time: Double
    /// Which compartment fired.
    public var compartment: Int
  }

  /// What a compartment's comparator and reset are at.
  private struct Phase {
    /// When the spike of a crossing comes out; infinite when none is due.
    var fuse = Double.infinity
    /// Until when the reset is on.
    var heldUntil = 0.0
  }

  private static let stepsPerTick = 16
  private let circuits: [NominalCircuit]
  /// What flows to a compartment from another, per tick and volt.
  private let flows: [[Double]]
  private var time = 0.0
  /// Membranes, then excitatory, then inhibitory currents.
  private var state: [Double]
  private var phases: [Phase]
  /// The spikes so far.
  public private(set) var spikes: [Spike] = []

  /// Starts compartments at rest.
  public init(_ circuits: [NominalCircuit], flows: [[Double]]) {
    (self.circuits, self.flows) = (circuits, flows)
    state = circuits.map(\.leak) + Array(repeating: 0, count: 2 * circuits.count)
    phases = circuits.map { _ in Phase() }
    settle()
  }

  /// Lets membranes with different leaks come to rest together.
  private mutating func settle() {
    guard Set(circuits.map(\.leak)).count > 1 else { return }
    for _ in 0..<Self.stepsPerTick * 4000 { state = advanced(by: 1 / Double(Self.stepsPerTick)) }
  }

  /// The potentials at ticks `1...ticks` by compartment, in volts, under inputs in order of time.
  public mutating func run(_ inputs: [Input], ticks: Int) -> [[Double]] {
    var traces = [[Double]](repeating: [], count: circuits.count)
    var next = 0
    for step in 0..<Self.stepsPerTick * ticks {
      let end = Double(step + 1) / Double(Self.stepsPerTick)
      while next < inputs.count, inputs[next].time < end {
        advance(to: inputs[next].time)
        let (input, count) = (inputs[next], circuits.count)
        state[(input.weight > 0 ? count : 2 * count) + input.compartment] += abs(input.weight)
        next += 1
      }
      advance(to: end)
      if (step + 1) % Self.stepsPerTick == 0 {
        for c in circuits.indices { traces[c].append(state[c]) }
      }
    }
    return traces
  }

  /// Advances without inputs, from one event of a comparator to the next.
  private mutating func advance(to end: Double) {
    while time < end {
      var stop = end
      for phase in phases {
        if phase.fuse > time { stop = min(stop, phase.fuse) }
        if phase.heldUntil > time { stop = min(stop, phase.heldUntil) }
      }
      if let crossing = firstCrossing(before: stop) {
        state = advanced(by: crossing.moment - time)
        time = crossing.moment
        let delay = circuits[crossing.compartment].options.reset?.comparatorDelay ?? 0
        phases[crossing.compartment].fuse = time + delay
      } else {
        state = advanced(by: stop - time)
        time = stop
      }
      for c in circuits.indices where phases[c].fuse <= time { fire(c) }
    }
  }

  private mutating func fire(_ c: Int) {
    spikes.append(Spike(time: time, compartment: c))
    phases[c] = Phase(heldUntil: time + Double(circuits[c].refractoryTicks))
    if circuits[c].options.reset == nil { state[c] = circuits[c].reset }
  }

  /// The first crossing of a threshold from below, before a time.
  private func firstCrossing(before stop: Double) -> (moment: Double, compartment: Int)? {
    let after = advanced(by: stop - time)
    let crossing = circuits.indices.filter { c in
      circuits[c].fires && phases[c].fuse == .infinity && phases[c].heldUntil <= time
        && (state[c] < circuits[c].threshold || circuits[c].reset < circuits[c].threshold)
        && after[c] >= circuits[c].threshold
    }
    return crossing.map { c in
      var (low, high) = (0.0, stop - time)
      for _ in 0..<50 {
        let middle = (low + high) / 2
        if advanced(by: middle)[c] >= circuits[c].threshold { high = middle } else { low = middle }
      }
      return (time + high, c)
    }.min { $0.0 < $1.0 }
  }

  /// The state after at most 1/16 tick, by its Taylor series.
  private func advanced(by h: Double) -> [Double] {
    var sum = state
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * state.count) { buffer in
      guard var term = buffer.baseAddress else { return }
      var next = term + state.count
      state.withUnsafeBufferPointer { start in
        if let start = start.baseAddress { setSlope(next, of: start, driven: true) }
      }
      var factor = h
      for n in 1...14 {
        swap(&term, &next)
        for i in sum.indices { sum[i] += factor * term[i] }
        setSlope(next, of: term, driven: false)
        factor *= h / Double(n + 1)
      }
    }
    return sum
  }

  /// The derivative; without the constant terms it is that of a derivative.
  private func setSlope(
    _ slope: UnsafeMutablePointer<Double>, of x: UnsafePointer<Double>, driven: Bool
  ) {
    let count = circuits.count
    for (c, circuit) in circuits.enumerated() {
      slope[count + c] = -x[count + c] / circuit.excitatoryTicks
      slope[2 * count + c] = -x[2 * count + c] / circuit.inhibitoryTicks
      let isHeld = phases[c].heldUntil > time
      slope[c] = 0
      if isHeld, circuit.options.reset == nil { continue }
      let drive =
        circuit.excitatoryGain * x[count + c] - circuit.inhibitoryGain * x[2 * count + c]
      slope[c] = ((driven ? circuit.leak : 0) - x[c] + drive) / circuit.membraneTicks
      for k in 0..<count where k != c { slope[c] += flows[c][k] * (x[k] - x[c]) }
      if isHeld, let reset = circuit.options.reset {
        slope[c] += ((driven ? circuit.reset : 0) - x[c]) / reset.ticks
      }
    }
  }
}
