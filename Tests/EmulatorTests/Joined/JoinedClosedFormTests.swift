import ChipInterface
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Joined circuits against what they are: one circuit of so many times the capacitance.
@Suite struct JoinedClosedFormTests {
  private let spec: ChipSpec
  private static let ticks = 400

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Fifteen circuits with one weight each in turn are one circuit with a fifteenth of it.
  @Test(arguments: [3, 5, 15])
  func joinedCircuitsAreOneOfTheirCapacitance(count: Int) throws {
    for fires in [false, true] {
      let settings = circuit(
        leak: 0.45, threshold: 0.55, fires: fires, Double(min(count, 9)) / 3)
      let single = try record([settings], weight: 15 / count)
      let joined = try record(Array(repeating: settings, count: count), weight: 15)
      let codes = zip(single.traces, joined.traces).map { abs($0 - $1) / spec.readout.lsbVolts }
      #expect(fires || codes.allSatisfy { $0 < 0.1 }, "\(codes.max() ?? 0) codes")
      #expect(single.spikes.cycles.count == joined.spikes.cycles.count)
      for (a, b) in zip(single.spikes.cycles, joined.spikes.cycles) {
        #expect(abs(Int(a) - Int(b)) <= 16, "cycles \(a) and \(b)")
      }
      #expect(fires == (single.spikes.cycles.count > 3))
    }
  }

  /// Circuits of different time constants and gains obey the sum of their equations.
  @Test func unequalCircuitsFollowTheirEquations() throws {
    let settings = [(16.0, 9.0, 1.0), (40, 30, 2.2), (90, 14, 0.6), (200, 50, 1.4)].map {
      circuit(leak: 0.4 + 0.05 * $2, threshold: 1.1, fires: false, membrane: $0, synaptic: $1, $2)
    }
    let recorded = try record(settings, weight: 12)
    let exact = exactMembrane(settings.map { NominalCircuit($0, on: spec) }, weight: 12)
    let swing = (exact.max() ?? 0) - (exact.min() ?? 0)
    #expect(swing > 20 * spec.readout.lsbVolts)
    for (tick, (a, b)) in zip(recorded.traces, exact).enumerated() where tick > 1 {
      let codes = abs(a - b) / spec.readout.lsbVolts
      #expect(codes < 0.5, "tick \(tick): off by \(codes) codes of \(swing)")
    }
  }

  /// Noise of sixteen joined circuits is that of their mean: a quarter.
  @Test func joiningAveragesNoise() throws {
    let settings = circuit(leak: 0.5, threshold: 0.8, fires: false)
    let deviations = try [1, 16].map { count in
      let image = try self.image(
        Array(repeating: settings, count: count), columns: 256, weight: 0)
      let chip = try EmulatedChip(
        spec, EmulationSettings(chipSeed: 1, trialSeed: 2, mismatch: nil, effects: .noise))
      try chip.load(image)
      var experiment = experiment(0)
      experiment.recorded.tracedCircuits = try (0..<256).map {
        try CoupledChip.circuit(0, $0, on: spec)
      }
      let last = try chip.run(experiment).traces.suffix(256 * 100)
      let mean = last.reduce(0, +) / Double(last.count)
      return (last.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(last.count)).squareRoot()
    }
    #expect(abs(deviations[0] / 0.006 - 1) < 0.1, "\(deviations[0]) V")
    #expect(abs(deviations[0] / deviations[1] - 4) < 0.3, "\(deviations)")
  }

  // MARK: Runs

  private func circuit(
    leak: Double, threshold: Double, fires: Bool, membrane: Double = 40, synaptic: Double = 12,
    _ factor: Double = 1
  ) -> CircuitSettings {
    CircuitSettings(
      nearest: NominalCircuit(
        leak: leak, reset: leak, threshold: threshold, membraneTicks: membrane,
        excitatoryTicks: synaptic, inhibitoryTicks: 1.5 * synaptic, excitatoryGain: 0.02 * factor,
        inhibitoryGain: 0.015 * factor, refractoryTicks: 7, fires: fires), on: spec)
  }

  /// Circuits of column 0, one a core, joined; or a single one.
  private func image(
    _ settings: [CircuitSettings], columns: Int, weight: Int
  ) throws -> ChipImage {
    let inputs = 30
    let weights = (0..<inputs * columns).map { Int8($0 / columns % 3 == 2 ? -weight : weight) }
    var image = ChipImage.singleCore(
      spec, circuits: Array(repeating: settings[0], count: columns), inputs: inputs,
      weights: weights, durationTicks: Self.ticks)
    let first = image.cores[0]
    // A way through the mesh on which each core is next to the one before.
    let way = [0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11, 15, 14, 13, 12].prefix(settings.count)
    image.cores = settings.indices.map { index in
      var core = first
      core.core = spec.geometry.cores[way[index]]
      core.circuits = Array(repeating: settings[index], count: columns)
      if index > 0 { for column in 0..<columns { core.circuits[column].fires = false } }
      return core
    }
    if settings.count > 1 {
      image.groups = try (0..<columns).map { column in
        .joined(try way.map { try CoupledChip.circuit($0, column, on: spec) })
      }
    }
    let used = image.cores.map(\.core)
    image.cores.sort { $0.core < $1.core }
    image.inputRoutes = (0..<inputs).map { input in
      [RowPairOnChip(used[input % used.count], pair: input, on: spec.geometry)].compactMap(\.self)
    }
    return image
  }

  private func record(
    _ settings: [CircuitSettings], weight: Int
  ) throws -> Recording {
    let image = try self.image(settings, columns: 1, weight: weight)
    let chip = try EmulatedChip(
      spec, EmulationSettings(chipSeed: 1, trialSeed: 2, mismatch: nil, effects: []))
    try chip.load(image)
    var experiment = experiment(30)
    experiment.recorded.tracedCircuits = [try CoupledChip.circuit(0, 0, on: spec)]
    return try chip.run(experiment)
  }

  /// Each input fires every 37th tick, in another cycle each time.
  private static let events: [(cycle: Int, unit: Int)] =
    (0..<30).flatMap { unit in
      stride(from: unit + 2, to: ticks - 1, by: 37).map { tick in
        (64 * tick + (tick * 29 + unit * 11) % 64, unit)
      }
    }.sorted { $0 < $1 }

  private func experiment(_ inputs: Int) -> Experiment {
    let events = inputs > 0 ? Self.events : []
    return Experiment(
      durationTicks: Self.ticks,
      inputs: SpikeBatch(
        offsets: [0, events.count], cycles: events.map { UInt32($0.cycle) },
        units: events.map { UInt32($0.unit) }), sampleNumbers: [0],
      recorded: RecordingRequest(spikes: true))
  }

  /// The sum of the circuits' equations in steps of 1/64 tick, in which rates are small.
  private func exactMembrane(_ circuits: [NominalCircuit], weight: Int) -> [Double] {
    let rates = circuits.map { 1 / $0.membraneTicks }
    let total = rates.reduce(0, +)
    var volts = zip(rates, circuits).reduce(0) { $0 + $1.0 * $1.1.leak } / total
    var (exc, inh) = (circuits.map { _ in 0.0 }, circuits.map { _ in 0.0 })
    let events = Dictionary(grouping: Self.events) { $0.cycle }
    let parts = 64
    return (0..<Self.ticks).map { tick in
      for part in 0..<parts {
        // An input acts a tick after it was sent.
        for event in events[64 * (tick - 1) + part] ?? [] {
          let core = event.unit % circuits.count
          if event.unit % 3 == 2 {
            inh[core] += Double(weight)
          } else {
            exc[core] += Double(weight)
          }
        }
        let step = 1 / Double(parts)
        var goal = 0.0
        for (i, circuit) in circuits.enumerated() {
          let (e, n) = (
            1 - step / circuit.excitatoryTicks / 2, 1 - step / circuit.inhibitoryTicks / 2
          )
          let drive = circuit.excitatoryGain * exc[i] * e - circuit.inhibitoryGain * inh[i] * n
          goal += rates[i] / total * (circuit.leak + drive)
          exc[i] *= e * e
          inh[i] *= n * n
        }
        let rate = total / Double(circuits.count) * step
        volts += (goal - volts) * rate * (1 - rate / 2)
      }
      return volts
    }
  }
}
