import ChipInterface
import Emulator
import HardwareSpec

extension SpikeDiagnosis {
  /// The events whose part in the decision is looked at one by one.
  private static let examined = 64

  /// Replays the sample on a chip, checks that it runs as recorded, and explains the spike.
  /// - Throws: ``DiagnosisError`` or `ChipError`.
  package init(_ question: SpikeQuestion, on chip: any InspectableChip) throws {
    let circuit = try question.circuit(on: chip.info.spec)
    try chip.load(question.image)
    guard let device = chip.inspect(circuit) else {
      throw DiagnosisError.circuitNotInUse(core: circuit.core.index, column: circuit.column)
    }
    let events = try question.replay(on: chip, circuit)
    let times = question.spikeTimes(cyclesPerTick: chip.info.spec.time.cyclesPerTick)
    guard times.indices.contains(question.spike) else {
      throw DiagnosisError.noSuchSpike(
        neuron: question.name, sample: question.sampleIndex, spike: question.spike,
        count: times.count)
    }
    let previous = question.spike > 0 ? times[question.spike - 1] : nil
    self.init(
      question, circuit, device: device, ideal: try question.idealCircuit(circuit, chip.info.spec),
      events: events, time: times[question.spike], previous: previous)
  }

  private init(
    _ question: SpikeQuestion, _ circuit: CircuitOnChip, device: CircuitInspection,
    ideal: CircuitInspection, events: [EventProbe.Event], time: Double, previous: Double?
  ) {
    let sum = MembraneSum(device, events: events, since: previous)
    let sources = EventSources(question.image)
    (neuron, self.circuit, self.time, self.previous) = (question.name, circuit, time, previous)
    (threshold, rest, baseline) = (device.threshold, device.rest, sum.baseline(at: time))
    isLinear = device.isPlain
    let lift = device.threshold - sum.baseline(at: time)
    causes = sum.inputs.filter { $0.time < time }.map { input in
      let volts = sum.contribution(of: input, at: time)
      let stored = input.weight > 0 ? ideal.excitatoryWeights : ideal.inhibitoryWeights
      return Cause(
        pair: input.pair, excites: input.weight > 0,
        source: sources.name(pair: input.pair, of: circuit),
        projection: sources.projection(pair: input.pair, of: circuit), time: input.time,
        stored: stored[input.pair], effective: abs(input.weight), volts: volts,
        share: lift == 0 ? 0 : volts / lift, isDecisive: false)
    }
    remainder = lift - causes.reduce(0) { $0 + $1.volts }
    let horizon = time + 3 * max(device.membraneTicks, device.excitatoryTicks)
    let path = FreePath(sum, from: time, to: horizon, offset: remainder)
    margin = path.peak - device.threshold
    self.ideal = Self.idealAnswer(
      ideal, events, previous, end: Double(question.sample.durationTicks))
    causes.sort { (abs($1.volts), $0.time, $0.pair) < (abs($0.volts), $1.time, $1.pair) }
    for i in causes.indices.prefix(Self.examined) where causes[i].excites {
      causes[i].isDecisive = path.peak(without: causes[i]) < device.threshold
    }
  }

  private static func idealAnswer(
    _ circuit: CircuitInspection, _ events: [EventProbe.Event], _ previous: Double?, end: Double
  ) -> Ideal {
    let sum = MembraneSum(circuit, events: events, since: previous)
    return Ideal(time: sum.crossing(before: end), watchedUntil: end)
  }
}

extension MembraneSum {
  /// The membrane after a spike, or from the start of the sample on.
  init(_ circuit: CircuitInspection, events: [EventProbe.Event], since spike: Double?) {
    self.init(
      circuit, events: events, start: spike.map { $0 + circuit.refractoryTicks } ?? 0,
      startVolts: spike == nil ? circuit.rest : circuit.reset)
  }
}

/// The membrane from a spike until it falls below the threshold again, had the circuit not fired.
private struct FreePath {
  private let sum: MembraneSum
  private var times: [Double] = []
  private var volts: [Double] = []

  /// `offset` is what the events do not explain; it is taken to fade with the membrane.
  init(_ sum: MembraneSum, from spike: Double, to end: Double, offset: Double) {
    self.sum = sum
    let step = max(1.0 / 16, (end - spike) / 500)
    for time in stride(from: spike, to: end, by: step) {
      let left = DeterministicMath.exp(-(time - spike) / sum.circuit.membraneTicks)
      let value = sum.volts(at: time) + offset * left
      if time > spike, value < sum.circuit.threshold { return }
      times.append(time)
      volts.append(value)
    }
  }

  var peak: Double { volts.max() ?? -.infinity }

  /// The highest point had one event not come.
  func peak(without cause: SpikeDiagnosis.Cause) -> Double {
    let input = MembraneSum.Input(
      time: cause.time, pair: cause.pair, weight: cause.excites ? cause.effective : -cause.effective
    )
    return zip(times, volts).map { time, volts in
      volts - sum.contribution(of: input, at: time)
    }.max() ?? -.infinity
  }
}

extension SpikeQuestion {
  fileprivate func circuit(on spec: ChipSpec) throws -> CircuitOnChip {
    var next = 0
    for range in image.io.populations.flatMap(\.ranges) {
      if unit >= next, unit < next + range.count {
        let column = range.firstColumn + unit - next
        guard let circuit = CircuitOnChip(range.core, column: column, on: spec.geometry) else {
          throw DiagnosisError.circuitNotInUse(core: range.core.index, column: column)
        }
        return circuit
      }
      next += range.count
    }
    throw DiagnosisError.noSuchUnit(unit: unit, count: next)
  }

  fileprivate func idealCircuit(
    _ circuit: CircuitOnChip, _ spec: ChipSpec
  ) throws -> CircuitInspection {
    guard let core = image.core(circuit.core),
      circuit.column < core.circuits.count
    else {
      throw DiagnosisError.circuitNotInUse(core: circuit.core.index, column: circuit.column)
    }
    let width = spec.geometry.circuitsPerCore
    let weights = (0..<2).map { sign in
      (0..<spec.geometry.rowPairsPerCore).map { pair in
        Double(core.weights[(2 * pair + sign) * width + circuit.column])
      }
    }
    return CircuitInspection(
      nominal: core.circuits[circuit.column], weights: weights, isPlain: image.isPlain(circuit),
      on: spec)
  }

  /// The neuron's recorded spikes, in ticks.
  fileprivate func spikeTimes(cyclesPerTick: Int) -> [Double] {
    recorded.filter { $0.unit == unit }.map { Double($0.cycle) / Double(cyclesPerTick) }.sorted()
  }

  /// Runs the sample again; gives the events at the circuit's core.
  fileprivate func replay(
    on chip: any InspectableChip, _ circuit: CircuitOnChip
  ) throws -> [EventProbe.Event] {
    var experiment = sample
    experiment.recorded = RecordingRequest(spikes: true)
    let (recording, events) = try chip.run(experiment, probing: circuit.core)
    let now = zip(recording.spikes.cycles, recording.spikes.units).map { ($0, $1) }.sorted(by: <)
    let then = recorded.map { ($0.cycle, $0.unit) }.sorted(by: <)
    let same = zip(then, now).prefix { $0 == $1 }.count
    guard same == then.count, same == now.count else {
      let first = [then, now].compactMap { $0.count > same ? $0[same] : nil }.min(by: <)
      throw DiagnosisError.notReproduced(
        sample: sampleIndex, recorded: then.count, replayed: now.count,
        cycle: Int(first?.0 ?? 0), unit: Int(first?.1 ?? 0))
    }
    return events
  }
}
