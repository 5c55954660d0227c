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
      let neurons = report.cores.flatMap(\.populations).filter { $0.population == resident }
        .reduce(0) { $0 + $1.neurons }
      #expect(neurons == report.layer(resident)?.neurons)
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

  /// The energy that is estimated at the rates that a run had is what the run used.
  @Test func eventsAndEnergyAreThoseOfARun() throws {
    let (result, _, spec) = try compile([40, 100, 3]) { $0.durationTicks = 200 }
    let estimate = try #require(result.report.events)
    let chip = try EmulatedChip(spec, EmulationSettings(effects: []))
    try chip.load(result.image)
    var inputs = SpikeBatch()
    // Each input fires four times in 200 ticks: 0.02 a tick.
    for tick in stride(from: 10, to: 170, by: 40) {
      for channel in 0..<40 {
        inputs.cycles.append(UInt32(tick * 64 + channel))
        inputs.units.append(UInt32(channel))
      }
    }
    inputs.offsets.append(inputs.cycles.count)
    let recording = try chip.run(
      Experiment(
        durationTicks: 200, inputs: inputs, sampleNumbers: [0],
        recorded: RecordingRequest(adcPopulations: ["layer2"], adcEvery: 7)))
    let perInput = estimate.inputEvents / 40
    let rowEvents = Double(recording.counters.rowEvents - recording.counters.spikes)
    #expect(abs(rowEvents / 160 * perInput * 40 - perInput * 40) < 1)
    let standby = try #require(result.report.energy)
    #expect(abs(standby.standby / recording.energy.standby - 1) < 1e-9)
    #expect(standby.readout == recording.energy.readout)
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
    do {
      _ = try Compiler.compile(dense([3, 600, 5]).nirGraph(dt: 1e-3), name: "net", options)
      Issue.record("the network fits")
    } catch .doesNotFit(let report) {
      #expect(report.layers.map(\.neurons) == [600, 5])
      #expect(report.resources == nil && !report.misfits.isEmpty)
      #expect(report.json.contains("\"resources\" : null"))
    }
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
