import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import Testing

@Suite("Loads of links and ports are what the emulator counts")
struct RoutingLoadTests {
  private static let ticks = 2_000

  /// Independent inputs, as many as `rate` a channel and tick.
  private func experiment(_ channels: Int, rate: Double, _ spec: ChipSpec) -> Experiment {
    var random = SequentialRandom(seed: 4, stream: 4)
    var spikes: [(cycle: UInt32, unit: UInt32)] = []
    for tick in 0..<Self.ticks {
      for channel in 0..<channels where random.uniform() < rate {
        let cycle = tick * spec.time.cyclesPerTick + Int(random.next() % 64)
        spikes.append((UInt32(cycle), UInt32(channel)))
      }
    }
    spikes.sort { ($0.cycle, $0.unit) < ($1.cycle, $1.unit) }
    return Experiment(
      durationTicks: Self.ticks,
      inputs: SpikeBatch(
        offsets: [0, spikes.count], cycles: spikes.map(\.cycle), units: spikes.map(\.unit)),
      sampleNumbers: [0], recorded: RecordingRequest(spikes: true))
  }

  private func run(_ image: ChipImage, _ experiment: Experiment, _ spec: ChipSpec) throws
    -> Recording
  {
    let chip = try EmulatedChip(spec, EmulationSettings(effects: []))
    try chip.load(image)
    return try chip.run(experiment)
  }

  @Test func measuredRatesGiveTheHopsOfARun() throws {
    let sizes = [120, 300, 260, 200, 40]
    let (first, network, spec) = try compile(sizes, spread: 0.1)
    let experiment = experiment(120, rate: 0.05, spec)
    let recording = try run(first.image, experiment, spec)
    let units = first.image.io.populations
    var counts = [Double](repeating: 0, count: first.image.io.unitCount)
    for unit in recording.spikes.units { counts[Int(unit)] += 1 }
    var rates = SpikeRates(inputs: [Double](repeating: 0.05, count: 120))
    for (population, offset) in zip(units, first.image.io.unitOffsets) {
      rates.populations[population.name] = counts[offset..<offset + population.count].map {
        $0 / Double(Self.ticks)
      }
    }
    var options = CompileOptions(spec)
    options.rates = rates
    let second = try Compiler.compile(network.nirGraph(dt: 1e-3), name: "net", options)
    let again = try run(second.image, experiment, spec)
    let expected = second.linkLoads.reduce(0) { $0 + $1.eventsPerTick } * Double(Self.ticks)
    #expect(again.counters.hops > 10_000)
    #expect(abs(expected / Double(again.counters.hops) - 1) < 0.03, "\(expected)")
    let rows = second.portLoads.reduce(0) { $0 + $1.eventsPerTick } * Double(Self.ticks)
    #expect(abs(rows / Double(again.counters.rowEvents) - 1) < 0.03, "\(rows)")
  }

  @Test func measuredOverloadIsAMisfitAssumedOneAWarning() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var options = CompileOptions(spec)
    let graph = try dense([200, 250, 250, 10], seed: 3).nirGraph(dt: 1e-3)
    options.rates = SpikeRates(populations: [
      "layer1": [Double](repeating: 0.5, count: 250)
    ])
    let found = try misfits(graph, options)
    #expect(found.map(\.code) == ["E0339"])
    #expect(
      found[0].message
        == "the link from core 0 to core 1 would carry 125 events a tick of the 32 that it takes,"
        + " and 1 more parts are overloaded")
    options.rates = SpikeRates(populations: ["layer1": [Double](repeating: 0.12, count: 250)])
    let result = try Compiler.compile(graph, name: "net", options)
    let warnings = result.report.approximations.filter {
      if case .busyNetwork(.link(0, 1), 1, _, _, true) = $0 { return true }
      return false
    }
    #expect(warnings.count == 1)
    #expect(
      try Compiler.compile(dense([200, 250, 10]).nirGraph(dt: 1e-3), name: "net", .init(spec))
        .linkLoads.count == 1)
  }
}
