import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import TestSupport
import Testing

/// Every built-in analog chip takes one network from graph to spikes, each in its own time.
@Suite struct ChipFileCompileTests {
  /// 8, 40 and 3 neurons with 20 ms and 4 ms of biological time: every chip reaches these.
  private var network: DenseNetwork {
    var network = dense([8, 40, 3], spread: 0.5)
    for i in network.layers.indices { network.layers[i].synapticSeconds = 0.004 }
    return network
  }

  @Test func digitalChipsTakeWhatTheirNeuronsAre() throws {
    let loihi = CompileOptions(try ChipLibrary.chip("loihi"))
    let result = try Compiler.compile(network.nirGraph(dt: 1e-3), name: "net", loihi)
    #expect(result.image.io.populations.map(\.count) == [40, 3])
    let truenorth = CompileOptions(try ChipLibrary.chip("truenorth"))
    #expect(
      try misfits(network.nirGraph(dt: 1e-3), truenorth)
        == [.crossbarNeurons(layer: "layer1"), .crossbarNeurons(layer: "layer2")])
  }

  @Test(arguments: ChipLibrary.analogNames)
  func compilesAndRuns(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    var options = CompileOptions(spec)
    options.maxClip = 0.1
    options.dt = spec.time.tickSeconds * spec.time.acceleration
    let result = try Compiler.compile(network.nirGraph(dt: options.dt), name: "net", options)
    try result.image.validate(against: spec)
    let chip = try EmulatedChip(spec, EmulationSettings(chipSeed: 1, mismatch: 0.05))
    try chip.load(result.image)
    let ticks = 300
    var inputs = SpikeBatch()
    for tick in stride(from: 0, to: ticks, by: 4) {
      for channel in 0..<8 {
        inputs.cycles.append(UInt32(tick * spec.time.cyclesPerTick))
        inputs.units.append(UInt32(channel))
      }
    }
    inputs.offsets.append(inputs.cycles.count)
    let recording = try chip.run(
      Experiment(
        durationTicks: ticks, inputs: inputs, sampleNumbers: [0],
        recorded: RecordingRequest(adcPopulations: ["layer2"])))
    #expect(recording.counters.spikes > 0)
    #expect(Set(recording.adc).count > 1, "the readout moves")
  }
}
