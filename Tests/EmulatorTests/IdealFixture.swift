import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import TestSupport

/// Circuits on one core of the ideal chip, all driven by the same events.
enum IdealFixture {
  struct Event {
    /// When the input spike happens, in cycles; it acts one tick later.
    var cycle, weight: Int
  }

  /// Events in order of time.
  struct Drive {
    var events: [Event] = []
  }

  /// Membrane, excitatory and inhibitory time constants, in ticks.
  static let timeConstants: [(Double, Double, Double)] = [
    (20, 20, 20), (20, 5, 40), (5, 20, 3), (2.5, 1.5, 8), (60, 40, 1.5), (100, 8, 12),
  ]

  static func circuit(
    _ ticks: (Double, Double, Double), threshold: Double? = nil, refractory: Int = 2,
    on spec: ChipSpec
  ) -> CircuitSettings {
    let wanted = NominalCircuit(
      leak: 0.6, reset: 0.55, threshold: threshold ?? 0.9, membraneTicks: ticks.0,
      excitatoryTicks: ticks.1, inhibitoryTicks: ticks.2, excitatoryGain: 0.02,
      inhibitoryGain: 0.012, refractoryTicks: refractory, fires: threshold != nil)
    return CircuitSettings(nearest: wanted, on: spec)
  }

  static func drive(seed: Int, events: Int, ticks: Int, signs: [Int]) -> Drive {
    var random = SequentialRandom(seed: UInt64(seed), stream: 80)
    let cycles = (0..<events).map { _ in Int(random.next() % UInt64(ticks * 64)) }.sorted()
    return Drive(
      events: cycles.enumerated().map { i, cycle in
        Event(cycle: cycle, weight: signs[i % signs.count] * (1 + Int(random.next() % 12)))
      })
  }

  /// Runs one sample and traces all circuits; every weight has a row pair of its own.
  static func run(
    _ circuits: [CircuitSettings], _ drive: Drive, ticks: Int, on spec: ChipSpec
  ) throws -> Recording {
    let weights = Set(drive.events.map(\.weight)).sorted()
    let image = ChipImage.singleCore(
      spec, circuits: circuits, inputs: weights.count,
      weights: weights.flatMap { Array(repeating: Int8($0), count: circuits.count) },
      durationTicks: ticks)
    let units = drive.events.map { UInt32(weights.firstIndex(of: $0.weight) ?? 0) }
    let traced = try circuits.indices.map {
      try required(
        CircuitOnChip(spec.geometry.cores[0], column: $0, on: spec.geometry), "column \($0)")
    }
    let chip = IdealChip(spec)
    try chip.load(image)
    return try chip.run(
      Experiment(
        durationTicks: ticks,
        inputs: SpikeBatch(
          offsets: [0, units.count], cycles: drive.events.map { UInt32($0.cycle) }, units: units),
        sampleNumbers: [0], recorded: RecordingRequest(tracedCircuits: traced)))
  }
}

/// Sums of postsynaptic potentials `A·τs/(τs − τm)·(e^(−t/τs) − e^(−t/τm))`.
enum ClosedForm {
  static func potential(
    _ circuit: NominalCircuit, _ drive: IdealFixture.Drive, atEndOf tick: Int
  ) -> Double {
    drive.events.reduce(circuit.leak) { sum, event in
      let t = Double(tick) - Double(event.cycle) / 64
      if t <= 0 { return sum }
      let excites = event.weight > 0
      return sum
        + psp(
          t, circuit.membraneTicks, excites ? circuit.excitatoryTicks : circuit.inhibitoryTicks)
        * (excites ? circuit.excitatoryGain : circuit.inhibitoryGain) * Double(event.weight)
    }
  }

  private static func psp(_ t: Double, _ membrane: Double, _ synapse: Double) -> Double {
    if abs(membrane - synapse) < 1e-9 * membrane { return t / membrane * exp(-t / membrane) }
    return synapse / (synapse - membrane) * (exp(-t / synapse) - exp(-t / membrane))
  }
}

/// One neuron in steps of 1/512 tick, by Runge and Kutta's fourth order.
///
/// A crossing counts when the membrane is still above threshold at the tick's end; the spike then
/// has the last 1/64 tick before the crossing.
struct FineIntegration {
  private static let stepsPerPhase = 8
  private let circuit: NominalCircuit
  private var (volts, current) = (0.0, 0.0)
  /// Until when the neuron is refractory, in 1/64 tick from the start of the run.
  private var refractoryEnd = 0
  /// Refractory times that ended between two tick boundaries.
  private(set) var releasesWithinTicks = 0

  init(_ circuit: NominalCircuit) {
    self.circuit = circuit
    volts = circuit.leak
  }

  /// Cycles of the spikes (64 a tick), and the membrane after each tick.
  mutating func run(
    _ drive: IdealFixture.Drive, ticks: Int
  ) -> (spikes: [Int], membrane: [Double]) {
    var (spikes, membrane): ([Int], [Double]) = ([], [])
    var jumps: [Int: Int] = [:]
    for event in drive.events { jumps[event.cycle + 64, default: 0] += event.weight }
    for tick in 0..<ticks {
      var crossing: Int?
      for phase in tick * 64..<(tick + 1) * 64 {
        current += circuit.excitatoryGain * Double(jumps[phase] ?? 0)
        advance(held: phase < refractoryEnd)
        if phase >= refractoryEnd, volts >= circuit.threshold { crossing = crossing ?? phase }
      }
      if let crossing, volts >= circuit.threshold {
        spikes.append(crossing)
        volts = circuit.reset
        refractoryEnd = crossing + 64 * circuit.refractoryTicks
        if refractoryEnd % 64 != 0 { releasesWithinTicks += 1 }
      }
      membrane.append(volts)
    }
    return (spikes, membrane)
  }

  /// Advances by 1/64 tick.
  private mutating func advance(held: Bool) {
    let h = 1 / Double(64 * Self.stepsPerPhase)
    let half = exp(-h / 2 / circuit.excitatoryTicks)
    for _ in 0..<Self.stepsPerPhase {
      let (middle, end) = (current * half, current * half * half)
      let k1 = slope(volts, current)
      let k2 = slope(volts + h / 2 * k1, middle)
      let k3 = slope(volts + h / 2 * k2, middle)
      let k4 = slope(volts + h * k3, end)
      if !held { volts += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4) }
      current = end
    }
  }

  private func slope(_ volts: Double, _ current: Double) -> Double {
    (circuit.leak - volts + current) / circuit.membraneTicks
  }
}
