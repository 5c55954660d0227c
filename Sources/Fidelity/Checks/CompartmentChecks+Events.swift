import ChipInterface
import Emulator
import HardwareSpec

/// Dendritic events: a compartment's own threshold, and a reset to a potential above it.
///
/// After Schemmel, Kriener, Müller and Meier (2017) and Kaiser et al. (2022): a plateau is a reset
/// potential above threshold that is held for the refractory count; the conductance to the soma
/// hands it on.
extension CompartmentChecks {
  /// A dendritic event by its plateau and its tie to the soma.
  struct EventKind {
    var name: String
    /// Length of the reset, in ticks.
    var plateauTicks: Int
    /// Threshold and plateau of the dendrite, and threshold of the soma, in volts.
    var threshold, plateau, soma: Double
    /// Time constants of the reset's conductance and of the one to the soma, in seconds.
    var resetTime, interCompartment: Double
    /// What an event of full weight adds to the dendrite's current, in codes of R·I.
    var gainCodes: Double
  }

  /// Long and moderate, long and strong, short and strong.
  static let eventKinds = [
    EventKind(
      name: "NMDA plateau", plateauTicks: 80, threshold: 0.62, plateau: 0.75, soma: 0.53,
      resetTime: 0.5e-6,
      interCompartment: 8e-6, gainCodes: 60),
    EventKind(
      name: "calcium spike", plateauTicks: 120, threshold: 0.66, plateau: 0.95, soma: 0.60,
      resetTime: 0.5e-6,
      interCompartment: 4e-6, gainCodes: 60),
    EventKind(
      name: "sodium spike", plateauTicks: 4, threshold: 0.60, plateau: 1.0, soma: 0.58,
      resetTime: 0.25e-6,
      interCompartment: 1e-6, gainCodes: 60),
  ]

  // MARK: Firing of two compartments

  /// A soma that fires to steady drive of its dendrite, reset at once and through a conductance.
  func firing() throws -> [FidelityCheck] {
    var worst = 0.0
    for interCompartment in [0.5e-6, 2e-6, 8e-6] {
      for resetTime in [nil, 0.2e-6, 0.5e-6] {
        worst = max(worst, try firing(interCompartment, resetTime))
      }
    }
    return [
      FidelityCheck(
        label("soma of two compartments"), "inter-spike interval", unit: "ticks", error: worst,
        bound: 0.5)
    ]
  }

  private func firing(_ interCompartment: Double, _ resetTime: Double?) throws -> Double {
    let gain = 14 * spec.readout.lsbVolts / Double(spec.synapse.largestWeight)
    var soma = compartment(leak: 0.5, threshold: 0.58, reset: 0.47, refractory: 4, gain: gain)
    soma.options.reset = resetTime.map { reset($0) }
    var dendrite = soma
    dendrite.fires = false
    let neuron = CompartmentNeuron([soma, dendrite], [(0, 1, interCompartment)], on: spec)
    let cycles = spec.time.cyclesPerTick
    let inputs = stride(from: 0, to: 380 * cycles, by: 2 * cycles + 8).map {
      CompartmentNeuron.Input(cycle: $0, compartment: 1, weight: spec.synapse.largestWeight)
    }
    let (found, exact) = try neuron.both(inputs, ticks: 400, kernel)
    return found.intervalsApart(exact, compartment: 0)
  }

  func compartment(
    leak: Double, threshold: Double, reset: Double, refractory: Int, gain: Double,
    fires: Bool = true
  ) -> NominalCircuit {
    NominalCircuit(
      leak: leak, reset: reset, threshold: threshold, membraneTicks: 40, excitatoryTicks: 10,
      inhibitoryTicks: 10, excitatoryGain: gain, inhibitoryGain: gain,
      refractoryTicks: refractory, fires: fires)
  }

  func reset(_ seconds: Double) -> NominalOptions.Reset {
    NominalOptions.Reset(
      ticks: seconds / spec.time.tickSeconds,
      comparatorDelay: Double(spec.circuits?.reset?.comparatorDelayCycles ?? 0)
        / Double(spec.time.cyclesPerTick))
  }

  // MARK: Dendritic events

  /// Each kind of event: all or none, its length, and coincidence detection at the soma.
  func dendriticEvents() throws -> [FidelityCheck] {
    guard spec.circuits?.reset != nil else { return [] }
    return try Self.eventKinds.flatMap { kind in
      try [allOrNone(kind), plateauLength(kind)] + coincidence(kind)
    }
  }

  private func neuron(_ kind: EventKind) -> CompartmentNeuron {
    var soma = compartment(
      leak: 0.45, threshold: kind.soma, reset: 0.40, refractory: 8, gain: 1e-3)
    soma.options.reset = reset(0.25e-6)
    var dendrite = compartment(
      leak: 0.45, threshold: kind.threshold, reset: kind.plateau, refractory: kind.plateauTicks,
      gain: kind.gainCodes * spec.readout.lsbVolts / Double(spec.synapse.largestWeight))
    dendrite.options.reset = reset(kind.resetTime)
    return CompartmentNeuron([soma, dendrite], [(0, 1, kind.interCompartment)], on: spec)
  }

  /// A volley of events at the dendrite, 8 cycles apart.
  private func volley(at tick: Int, events: Int, weight: Int) -> [CompartmentNeuron.Input] {
    (0..<events).map {
      .init(
        cycle: tick * spec.time.cyclesPerTick + 8 * $0, compartment: 1, weight: weight)
    }
  }

  /// The fewest events of full weight that fire the dendrite, by the exact solution.
  private func fewestEvents(_ kind: EventKind) throws -> Int {
    let neuron = neuron(kind)
    let fewest = (1...40).first {
      let inputs = volley(at: 4, events: $0, weight: spec.synapse.largestWeight)
      return !neuron.exact(inputs, ticks: 60).times(1).isEmpty
    }
    return fewest ?? 40
  }

  /// From no event to one: both solutions have it for the same inputs, within 2 ticks.
  private func allOrNone(_ kind: EventKind) throws -> FidelityCheck {
    let (neuron, fewest) = (neuron(kind), try fewestEvents(kind))
    var worst = 0.0
    for events in fewest - 1...fewest {
      for weight in 1...spec.synapse.largestWeight {
        let inputs =
          volley(at: 4, events: events, weight: spec.synapse.largestWeight)
          + [.init(cycle: 5 * spec.time.cyclesPerTick + 300, compartment: 1, weight: weight)]
        let (found, exact) = try neuron.both(inputs, ticks: 100, kernel)
        let (a, b) = (found.times(1), exact.times(1))
        if a.isEmpty != b.isEmpty {
          // Where the exact solution only just misses or meets its threshold either is right.
          let margin = neuron.nominal[1].threshold - exact.peakBeforeEvent(1)
          if abs(margin) > 0.5 * spec.readout.lsbVolts { worst = .infinity }
        } else if let first = a.first, let expected = b.first {
          worst = max(worst, abs(first - expected))
        }
      }
    }
    return FidelityCheck(
      label("\(kind.name), all or none"), "onset", unit: "ticks", error: worst, bound: 2)
  }

  /// How long the dendrite stays above its threshold.
  private func plateauLength(_ kind: EventKind) throws -> FidelityCheck {
    let neuron = neuron(kind)
    var worst = 0.0
    for extra in 0..<6 {
      let inputs = volley(
        at: 4, events: try fewestEvents(kind) + 1 + extra, weight: spec.synapse.largestWeight)
      let (found, exact) = try neuron.both(inputs, ticks: 300, kernel)
      let lengths = [found, exact].map {
        $0.timeAbove(neuron.nominal[1].threshold, compartment: 1)
      }
      worst = max(worst, abs(lengths[0] - lengths[1]))
    }
    return FidelityCheck(
      label("\(kind.name), length"), "time above threshold", unit: "ticks", error: worst, bound: 2)
  }

  /// Two volleys far apart leave the soma silent; together they make the event and its burst.
  private func coincidence(_ kind: EventKind) throws -> [FidelityCheck] {
    let neuron = neuron(kind)
    let events = (try fewestEvents(kind) + 1) * 3 / 4
    let apart =
      volley(at: 4, events: events, weight: spec.synapse.largestWeight)
      + volley(at: 160, events: events, weight: spec.synapse.largestWeight)
    let together =
      volley(at: 4, events: events, weight: spec.synapse.largestWeight)
      + volley(at: 9, events: events, weight: spec.synapse.largestWeight)
    let (lone, loneExact) = try neuron.both(apart, ticks: 320, kernel)
    let (both, bothExact) = try neuron.both(together, ticks: 320, kernel)
    let wrong = [
      lone.spikes.count, loneExact.spikes.count, abs(both.times(1).count - 1),
      both.times(0).isEmpty ? 1 : 0, abs(both.times(0).count - bothExact.times(0).count),
    ]
    let offsets = zip(both.times(0), bothExact.times(0)).map { abs($0 - $1) }
    return [
      FidelityCheck(
        label("\(kind.name), coincidence"), "events or somatic spikes too many or too few",
        unit: "1", error: Double(wrong.reduce(0, +)), bound: 0),
      FidelityCheck(
        label("\(kind.name), burst of the soma"), "each spike", unit: "ticks",
        error: offsets.max() ?? .infinity, bound: 0.5),
    ]
  }
}

extension CompartmentNeuron.Outcome {
  /// The largest potential of a compartment before its first event.
  func peakBeforeEvent(_ compartment: Int) -> Double {
    let trace = traces[compartment]
    let end = times(compartment).first.map { Int($0) } ?? trace.count
    return trace.prefix(end).max() ?? .nan
  }

  /// How long a compartment is above a potential, crossings interpolated, in ticks.
  func timeAbove(_ potential: Double, compartment: Int) -> Double {
    let trace = traces[compartment]
    return zip(trace, trace.dropFirst()).reduce(0) { sum, pair in
      let (a, b) = (pair.0 - potential, pair.1 - potential)
      if a >= 0, b >= 0 { return sum + 1 }
      if a < 0, b < 0 { return sum }
      return sum + max(a, b) / abs(a - b)
    }
  }
}
