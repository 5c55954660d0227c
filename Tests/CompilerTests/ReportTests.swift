import ChipInterface
import Compiler
import Emulator
import Foundation
import HardwareSpec
import NIR
import Testing

@Suite("The report says what a network takes")
struct ReportTests {
  @Test func partsAreCountedByLayerAndByCore() throws {
    let (result, _, spec) = try compile([20, 600, 10])
    let report = result.report
    let hidden = try #require(report.layer("layer1"))
    #expect(hidden.neurons == 600 && hidden.circuits == 600 && hidden.synapses == 12_000)
    #expect(report.cores.count == report.coresUsed)
    for resident in ["layer1", "layer2"] {
      let circuits = report.cores.flatMap(\.populations).filter { $0.population == resident }
        .reduce(0) { $0 + $1.neurons }
      #expect(circuits == report.layer(resident)?.circuits)
    }
    let resources = try #require(report.resources)
    #expect(report.cores.reduce(0) { $0 + $1.columns.used } == resources.neurons.used)
    #expect(report.cores.reduce(0) { $0 + $1.rows.used } == resources.rows.used)
    #expect(report.cores.reduce(0) { $0 + $1.synapses } == resources.synapses.used)
    #expect(resources.synapses.used == report.layers.reduce(0) { $0 + $1.synapses })
    #expect(resources.cores == .init(used: report.coresUsed, available: 16))
    #expect(resources.links?.available == 48)
    #expect(resources.adcChannels == .init(used: 610, available: 4096))
    #expect(resources.axons.available == spec.geometry.coreCount * 256)
    #expect(report.cores.map(\.index) == result.image.cores.map(\.core.index))
    #expect(Set(report.links.map(\.from)).isSubset(of: Set(0..<16)))
  }

  @Test func brokenPartsAreProhibited() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let (core, other) = (spec.geometry.cores[15], spec.geometry.cores[14])
    let dead = try #require(CircuitOnChip(other, column: 255, on: spec.geometry))
    let (result, _, _) = try compile([20, 30]) {
      $0.defects = DefectList(
        cores: [core], deadNeurons: [dead], rows: [.init(core: other, row: 511)],
        synapses: [
          .init(core: other, row: 0, column: 3), .init(core: other, row: 1, column: 3),
          .init(core: other, row: 510, column: 9), .init(core: other, row: 4, column: 255),
        ])
    }
    let resources = try #require(result.report.resources)
    #expect(resources.cores == .init(used: 1, available: 15, prohibited: 1))
    #expect(resources.neurons.prohibited == 256 + 1)
    #expect(resources.neurons.available == 4096 - 257)
    #expect(resources.rows.prohibited == 512 + 1)
    // A whole core, a column of 256 pairs, a pair of the 255 other columns, one more synapse.
    #expect(resources.synapses.prohibited == 65_536 + 256 + 255 + 1)
    #expect(resources.links?.prohibited == 4)
    #expect(resources.neurons.share == 30 / Double(4096 - 257))
  }

  /// The events and the energy that are reckoned with the rates of a run are those of the run.
  @Test func eventsAndEnergyAreThoseOfARun() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let graph = try dense([300, 260, 40, 3]).nirGraph(dt: 1e-3)
    var options = CompileOptions(spec)
    options.durationTicks = 200
    let image = try Compiler.compile(graph, name: "net", options).image
    let chip = try EmulatedChip(spec, EmulationSettings(effects: []))
    try chip.load(image)
    var inputs = SpikeBatch()
    // Each input fires four times in 200 ticks, a few at a time.
    for tick in 0..<150 {
      for channel in 0..<300 where (tick * 7 + channel) % 38 == 0 {
        inputs.cycles.append(UInt32(tick * 64 + channel % 60))
        inputs.units.append(UInt32(channel))
      }
    }
    inputs.offsets.append(inputs.cycles.count)
    let order = inputs.cycles.indices.sorted {
      (inputs.cycles[$0], inputs.units[$0]) < (inputs.cycles[$1], inputs.units[$1])
    }
    (inputs.cycles, inputs.units) = (
      order.map { inputs.cycles[$0] }, order.map { inputs.units[$0] }
    )
    let recording = try chip.run(
      Experiment(
        durationTicks: 200, inputs: inputs, sampleNumbers: [0],
        recorded: RecordingRequest(adcPopulations: ["layer3"], adcEvery: 7)))
    let counters = recording.counters
    #expect(counters.spikes > 200 && counters.lostAtPort + counters.unfinished < 100)

    options.rates = rates(inputs, recording, image)
    let report = try Compiler.compile(graph, name: "net", options).report
    let events = try #require(report.events)
    #expect(events.isMeasured && abs(events.spikes - Double(counters.spikes)) < 1e-6)
    #expect(abs(events.inputEvents - Double(counters.inputEvents)) < 1e-6)
    for (estimate, count) in [
      (events.rowEvents, counters.rowEvents), (events.synapticEvents, counters.synapticEvents),
      (events.hops, counters.hops),
    ] { #expect(abs(estimate / Double(count) - 1) < 0.03, "\(estimate) \(count)") }
    let energy = try #require(report.energy)
    let used = recording.energy
    #expect(abs(energy.total / used.total - 1) < 0.02)
    #expect(abs(energy.synapses / used.synapses - 1) < 0.03)
    #expect(abs(energy.network / used.network - 1) < 0.03)
    #expect(abs(energy.readout / used.readout - 1) < 1e-9)
  }

  private func rates(
    _ inputs: SpikeBatch, _ recording: Recording, _ image: ChipImage
  ) -> SpikeRates {
    func perTick(_ units: [UInt32], _ range: Range<Int>) -> [Double] {
      var counts = [Double](repeating: 0, count: range.count)
      for unit in units where range.contains(Int(unit)) {
        counts[Int(unit) - range.lowerBound] += 1
      }
      return counts.map { $0 / 200 }
    }
    var rates = SpikeRates(inputs: perTick(inputs.units, 0..<image.inputRoutes.count))
    for (first, population) in zip(image.io.unitOffsets, image.io.populations) {
      rates.populations[population.name] = perTick(
        recording.spikes.units, first..<first + population.count)
    }
    return rates
  }

  /// in -> a -> b, and b feeds back to a: the first effect on b takes the short way.
  @Test func recurrentNetworksHaveALatency() throws {
    func linear(_ rows: Int, _ columns: Int) -> NIRNode {
      .linear(
        NIRLinear(
          weight: matrix(
            Array(repeating: [Double](repeating: 0.1, count: columns), count: rows))))
    }
    let graph = try NIRGraph(
      nodes: [
        NIRNamedNode("in", .input(shape: [4])), NIRNamedNode("w", linear(5, 4)),
        NIRNamedNode("a", cubaLIF(5)), NIRNamedNode("v", linear(6, 5)),
        NIRNamedNode("b", cubaLIF(6)), NIRNamedNode("back", linear(5, 6)),
        NIRNamedNode("self", linear(6, 6)), NIRNamedNode("out", .output(shape: [6])),
      ],
      edges: [
        NIREdge("in", "w"), NIREdge("w", "a"), NIREdge("a", "v"), NIREdge("v", "b"),
        NIREdge("b", "back"), NIREdge("back", "a"), NIREdge("b", "self"), NIREdge("self", "b"),
        NIREdge("b", "out"),
      ])
    let options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    let report = try Compiler.compile(graph, name: "net", options).report
    #expect(report.estimatedLatencyCycles == 128, "two ticks on one core")
    #expect(report.layers.allSatisfy { $0.addedTicks == 1 })
    #expect(report.layers.reduce(0) { $0 + $1.synapses } == 20 + 30 + 30 + 36)
  }

  /// Neurons of several joined circuits: circuits, rows and synapses by core.
  @Test func joinedCoresAreCounted() throws {
    let (result, _, _) = try compile([600, 20])
    let report = result.report
    let layer = try #require(report.layer("layer1"))
    #expect(layer.neurons == 20 && layer.circuits == 20 * layer.cores && layer.cores > 1)
    #expect(report.resources?.neurons.used == layer.circuits)
    #expect(report.resources?.adcChannels?.used == 20)
    #expect(report.cores.allSatisfy { $0.joined.sorted() == report.cores.map(\.index) })
    #expect(report.cores.reduce(0) { $0 + $1.synapses } == 600 * 20)
    #expect(report.cores.reduce(0) { $0 + $1.rows.used } == layer.rows)
    #expect(layer.synapses == 600 * 20)
  }

  @Test func deadNeuronsAndSendersAreCounted() throws {
    // A weight of 0.001 beside one of 1 is less than half a step of 1/15.
    let weights: [[Double]] = [[1, 0.001, 0.5], [0.001, 0.001, 0], [0.5, 0.001, -1]]
    let options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    let report = try Compiler.compile(single(weights, cubaLIF(3)), name: "net", options).report
    #expect(report.layers[0].deadNeurons == 1)
    #expect(report.layers[0].deadSenders == 1)
    #expect(report.notes.contains(.deadNeurons(layer: "pop", neurons: 1, of: 3)))
    #expect(report.notes.contains(.deadSenders(layer: "pop", senders: 1)))
    #expect(report.layers[0].shortestTimeSteps == 20)
  }

  @Test func reportsOfNetworksThatDoNotFitStillHaveLayers() throws {
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    (options.spec.geometry.meshColumns, options.spec.geometry.meshRows) = (1, 1)
    let report = try #require(
      reportOfMisfits {
        try Compiler.compile(dense([3, 600, 5]).nirGraph(dt: 1e-3), name: "net", options)
      })
    #expect(report.layers.map(\.neurons) == [600, 5])
    #expect(report.resources == nil && !report.misfits.isEmpty)
    #expect(report.json.contains("\"resources\" : null"))
  }

  @Test func jsonHasVersionAndKeys() throws {
    let (result, _, _) = try compile([4, 30, 3])
    var report = result.report
    report.passes = result.passes
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect(object["schema"] as? String == "synapus-compile/2")
    for key in ["cores", "links", "approximations", "notes", "passes", "events", "energy"] {
      #expect(object[key] != nil, "\(key)")
    }
    let passes = try #require(object["passes"] as? [[String: Any]])
    #expect(
      passes.prefix(3).compactMap { $0["name"] as? String } == ["lower", "legalise", "quantise"])
    let layers = try #require(object["layers"] as? [[String: Any]])
    for key in [
      "neurons", "circuits", "synapses", "shared_weights", "rows", "cores", "clipped",
      "dead_neurons", "dead_senders", "quantisation_snr_db", "scale", "min_tau_over_dt",
      "added_ticks", "rate_per_tick",
    ] { #expect(layers[0][key] != nil, "\(key)") }
    let resources = try #require(object["resources"] as? [String: [String: Any]])
    for name in ["neurons", "rows", "synapses", "axons", "cores", "links", "adc_channels"] {
      let usage = try #require(resources[name], "\(name)")
      #expect(Set(usage.keys) == ["used", "fixed", "prohibited", "available", "percent"])
    }
  }

  /// By hand: 2 inputs, 3 hidden neurons, 1 readout; weights of 4 bits, a zero among six and three.
  @Test func staticMetricsAreThoseCountedByHand() throws {
    let graph = try chain([
      ("in", .input(shape: [2])),
      ("a", .linear(NIRLinear(weight: matrix([[1, 0], [1, -1], [0.5, 1]])))), ("h", cubaLIF(3)),
      ("b", .linear(NIRLinear(weight: matrix([[1, 1, -1]])))), ("o", cubaLIF(1)),
      ("out", .output(shape: [1])),
    ])
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    options.durationTicks = 50
    let metrics = try #require(try Compiler.compile(graph, name: "net", options).report.metrics)
    #expect(metrics.weights == 9 && metrics.zeroWeights == 1)
    #expect(metrics.connectionSparsity == 1.0 / 9)
    #expect(metrics.denseOperations == 9 * 50)
    // One core of 2 + 3 row pairs and 4 columns, two rows of 4 bits each.
    #expect(metrics.weightBytes == 2 * 5 * 4 * 4 / 8)
    // Eight codes of 10 bits, a counter of 7, a switch.
    #expect(metrics.parameterBytes == (4 * 88 + 7) / 8)
    #expect(metrics.bufferBytes == 0)
    #expect(metrics.footprintBytes == metrics.weightBytes + metrics.parameterBytes)
  }

  @Test func weightSamplesShowWhatRoundingDid() throws {
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    (options.maxClip, options.projections) = (1, [.init("w", weightPerStep: 0.05)])
    let result = try Compiler.compile(
      single([[1, 0.5, -0.52], [0.11, 0.3, 0]], cubaLIF(2)), name: "net", options)
    let network = try #require(result.network)
    let sample = try #require(network.weightSamples(projections: 3, largestWeight: 15).first)
    #expect(sample.rows == 2 && sample.columns == 3 && sample.rowStride == 1)
    #expect(sample.synapses == 5 && sample.clippedCount == 1)
    #expect(sample.clipped == [true, false, false, false, false, false])
    #expect(sample.before[5].isNaN && sample.after[5].isNaN)
    #expect(sample.errors.reduce(0, +) == 5)
    let step = sample.weightPerStep
    #expect(abs(sample.after[1] - 10 * step) < 1e-12 && sample.before[2] == -0.52)
  }
}
