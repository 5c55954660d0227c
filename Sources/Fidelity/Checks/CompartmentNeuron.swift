import ChipInterface
import Emulator
import HardwareSpec

/// A neuron of several circuits, run on the emulator and by the exact solution.
struct CompartmentNeuron {
  /// An event for one circuit: when the host sends it, and its signed weight.
  struct Input {
    var cycle, compartment, weight: Int
  }

  /// What a run gave: potentials by compartment and tick, in volts, and spikes.
  struct Outcome {
    var traces: [[Double]]
    var spikes: [ExactCompartments.Spike]

    func peak(_ compartment: Int) -> Double { traces[compartment].max() ?? .nan }

    /// The largest distance of two outcomes in ADC codes, over the first ticks.
    func codesApart(_ other: Outcome, _ spec: ChipSpec, ticks: Int = .max) -> Double {
      var worst = 0.0
      for (a, b) in zip(traces, other.traces) {
        for (x, y) in zip(a, b).prefix(ticks) {
          worst = max(worst, abs(x - y) / spec.readout.lsbVolts)
        }
      }
      return worst
    }

    func times(_ compartment: Int) -> [Double] {
      spikes.filter { $0.compartment == compartment }.map(\.time)
    }

    /// The largest difference of an inter-spike interval; infinite when the counts differ by more
    /// than the one that the end may cut off.
    func intervalsApart(_ other: Outcome, compartment: Int) -> Double {
      let (a, b) = (times(compartment), other.times(compartment))
      guard abs(a.count - b.count) <= 1, min(a.count, b.count) > 1 else { return .infinity }
      return zip(zip(a, a.dropFirst()), zip(b, b.dropFirst()))
        .map { abs(($0.1 - $0.0) - ($1.1 - $1.0)) }.max() ?? .infinity
    }
  }

  private let spec: ChipSpec
  private let settings: [CircuitSettings]
  private let members: [CircuitOnChip]
  private let group: CircuitGroup
  /// The circuits that the settings stand for.
  let nominal: [NominalCircuit]
  /// The exact neuron's compartment of each circuit, and what flows between compartments.
  private let exactCircuits: [NominalCircuit]
  private let flows: [[Double]]
  private let isJoined: Bool

  /// Compartments in neighbouring columns of the first core; couplings in seconds.
  init(
    _ circuits: [NominalCircuit], _ couplings: [(Int, Int, Double)], on spec: ChipSpec
  ) {
    (self.spec, isJoined) = (spec, false)
    settings = circuits.map { CircuitSettings(nearest: $0, on: spec) }
    let core = spec.geometry.cores[0]
    members = circuits.indices.compactMap { CircuitOnChip(core, column: $0, on: spec.geometry) }
    nominal = settings.map { NominalCircuit($0, on: spec) }
    exactCircuits = nominal
    var (flows, parts) = (
      [[Double]](
        repeating: Array(repeating: 0, count: circuits.count), count: circuits.count),
      [Coupling]()
    )
    for (a, b, seconds) in couplings {
      guard let law = spec.coupling?.interCompartmentTime else { continue }
      let code = law.nearestCode(for: seconds)
      let flow = spec.time.tickSeconds / law.value(code: code)
      (flows[a][b], flows[b][a]) = (flow, flow)
      parts.append(Coupling(first: a, second: b, conductance: UInt16(code)))
    }
    (self.flows, group) = (flows, CircuitGroup(members: members, couplings: parts))
  }

  /// Circuits of one column in a square of cores, joined into one membrane.
  init(joining circuits: [NominalCircuit], on spec: ChipSpec) {
    (self.spec, isJoined) = (spec, true)
    settings = circuits.map { CircuitSettings(nearest: $0, on: spec) }
    nominal = settings.map { NominalCircuit($0, on: spec) }
    let side = (1...spec.geometry.meshColumns).first { $0 * $0 >= circuits.count } ?? 1
    members = circuits.indices.compactMap { i in
      CoreOnChip(i / side * spec.geometry.meshColumns + i % side, on: spec.geometry)
        .flatMap { CircuitOnChip($0, column: 0, on: spec.geometry) }
    }
    group = .joined(members)
    // Capacitances and conductances add: the same time constant, a k-th of each gain.
    var whole = nominal[0]
    whole.excitatoryGain /= Double(circuits.count)
    whole.inhibitoryGain /= Double(circuits.count)
    (exactCircuits, flows) = ([whole], [[0]])
  }

  /// Runs inputs on the emulator and by the exact solution.
  func both(
    _ inputs: [Input], ticks: Int, _ kernel: EmulationSettings.Kernel
  ) throws -> (found: Outcome, exact: Outcome) {
    (try emulated(inputs, ticks: ticks, kernel), exact(inputs, ticks: ticks))
  }

  /// Runs inputs by the exact solution.
  func exact(_ inputs: [Input], ticks: Int) -> Outcome {
    var neuron = ExactCompartments(exactCircuits, flows: flows)
    let cycles = Double(spec.time.cyclesPerTick)
    let traces = neuron.run(
      inputs.map {
        .init(
          time: 1 + Double($0.cycle + spec.events.localLatencyCycles) / cycles,
          compartment: isJoined ? 0 : $0.compartment, weight: Double($0.weight))
      }, ticks: ticks)
    return Outcome(traces: traces, spikes: neuron.spikes)
  }

  private func emulated(
    _ inputs: [Input], ticks: Int, _ kernel: EmulationSettings.Kernel
  ) throws -> Outcome {
    let lines = Lines(inputs)
    let chip = try EmulatedChip(spec, EmulationSettings(effects: [], kernel: kernel))
    try chip.load(image(lines, ticks: ticks))
    let recording = try chip.run(
      Experiment(
        durationTicks: ticks,
        inputs: SpikeBatch(
          offsets: [0, inputs.count], cycles: inputs.map { UInt32($0.cycle) },
          units: inputs.map { lines.channel($0) }), sampleNumbers: [0],
        recorded: RecordingRequest(
          tracedCircuits: isJoined ? Array(members.prefix(1)) : members)))
    let traced = isJoined ? 1 : members.count
    let traces = (0..<traced).map { c in
      (0..<ticks).map { recording.traces[$0 * traced + c] }
    }
    let spikes = zip(recording.spikes.cycles, recording.spikes.units).map {
      ExactCompartments.Spike(
        time: Double($0) / Double(spec.time.cyclesPerTick), compartment: Int($1))
    }
    return Outcome(traces: traces, spikes: spikes)
  }

  /// The input channels that a run needs: one for each circuit and weight.
  private struct Lines {
    let keys: [[Int]]

    init(_ inputs: [Input]) {
      keys = Set(inputs.map { [$0.compartment, $0.weight] })
        .sorted { $0.lexicographicallyPrecedes($1) }
    }

    func channel(_ input: Input) -> UInt32 {
      UInt32(keys.firstIndex(of: [input.compartment, input.weight]) ?? 0)
    }
  }

  private func image(_ lines: Lines, ticks: Int) -> ChipImage {
    let geometry = spec.geometry
    var cores: [CoreImage] = []
    for (i, member) in members.enumerated() {
      if let c = cores.firstIndex(where: { $0.core == member.core }) {
        cores[c].circuits.append(settings[i])
      } else {
        cores.append(CoreImage(member.core, circuits: [settings[i]], on: geometry))
      }
    }
    cores.sort { $0.core < $1.core }
    var routes: [[RowPairOnChip]] = []
    for (pair, key) in lines.keys.enumerated() {
      let member = members[key[0]]
      routes.append(RowPairOnChip(member.core, pair: pair, on: geometry).map { [$0] } ?? [])
      guard let c = cores.firstIndex(where: { $0.core == member.core }) else { continue }
      let row = key[1] < 0 ? 2 * pair + 1 : 2 * pair
      cores[c].weights[row * geometry.circuitsPerCore + member.column] = UInt8(key[1].magnitude)
    }
    let ranges =
      isJoined
      ? [CircuitRange(core: members[0].core, firstColumn: 0, count: 1)]
      : [CircuitRange(core: members[0].core, firstColumn: 0, count: members.count)]
    var image = ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: cores, inputRoutes: routes,
      spikeRoutes: [],
      io: ImageIO(
        network: "compartments", populations: [Population(name: "neuron", ranges: ranges)],
        projections: [], durationTicks: ticks, dt: spec.time.tickSeconds, coding: "",
        readout: ReadoutRule(population: "neuron", measure: .mostSpikes)))
    image.groups = [group]
    return image
  }
}
