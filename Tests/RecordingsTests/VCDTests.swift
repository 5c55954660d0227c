import ChipInterface
import Foundation
import HardwareSpec
import Recordings
import TestSupport
import Testing

/// The writer of value change dumps, against an own reader and against GTKWave's converter.
@Suite struct VCDTests {
  @Test func headerAndChangesReadBack() throws {
    var text = ""
    let writer = VCDWriter(cycleSeconds: 4e-9, source: "synapus 1") { bytes in
      text += String(decoding: bytes, as: UTF8.self)
    }
    writer.open(scope: "chip 1")
    let spike = writer.declare("a[3] b", .event)
    let code = writer.declare("code", .integer(bits: 8))
    let volts = writer.declare("code", .real)
    try writer.endDeclarations()
    try writer.event(spike, at: 0)
    try writer.set(code, 255, at: 0)
    try writer.set(volts, -0.125, at: 3)
    try writer.event(spike, at: 3)
    try writer.finish(at: 10)
    let reader = try #require(VCDReader(text))
    #expect(reader.timescale == "1 ns")
    #expect(
      reader.changes == [
        .init(time: 0, name: "chip_1.a_3__b", value: .event),
        .init(time: 0, name: "chip_1.code", value: .integer(255)),
        .init(time: 12, name: "chip_1.code_1", value: .real(-0.125)),
        .init(time: 12, name: "chip_1.a_3__b", value: .event),
      ])
    #expect(reader.lastTime == 40)
  }

  @Test(arguments: [
    (4e-9, "1 ns", 4), (8e-9, "1 ns", 8), (10e-9, "10 ns", 1), (1e-3, "1 ms", 1),
    (2.5e-9, "100 ps", 25), (1e-8 / 3, "1 fs", 3_333_333),
  ])
  func timescaleIsExactWhereItCanBe(cycle: Double, scale: String, units: Int) throws {
    var text = ""
    let writer = VCDWriter(cycleSeconds: cycle, source: "x") {
      text += String(decoding: $0, as: UTF8.self)
    }
    try writer.endDeclarations()
    try writer.finish(at: 1)
    let reader = try #require(VCDReader(text))
    #expect(reader.timescale == scale)
    #expect(reader.lastTime == units)
  }

  /// More variables than one character names, more bytes than one piece holds.
  @Test func manyVariablesKeepTheirNames() throws {
    var pieces: [[UInt8]] = []
    let writer = VCDWriter(cycleSeconds: 1e-9, source: "x") { pieces.append($0) }
    let variables = (0..<10_000).map { writer.declare("n\($0)", .event) }
    try writer.endDeclarations()
    for (cycle, variable) in variables.enumerated() { try writer.event(variable, at: cycle) }
    try writer.finish(at: 10_000)
    #expect(pieces.count > 2 && pieces.allSatisfy { $0.count < 1 << 19 })
    let reader = try #require(VCDReader(String(decoding: pieces.joined(), as: UTF8.self)))
    #expect(reader.changes.map(\.name) == (0..<10_000).map { "n\($0)" })
    #expect(reader.changes.map(\.time) == Array(0..<10_000))
  }

  @Test func aRecordingStandsInTheDump() throws {
    let (text, recording, experiment) = try Self.dump()
    let spec = try ChipLibrary.chip("synapus-1")
    let reader = try #require(VCDReader(text))
    let root = "synapus-1.core_0."
    let cycles = experiment.durationTicks * 64
    var expected: [String] = []
    for sample in 0..<2 {
      for i in recording.spikes.range(ofSample: sample) {
        let unit = Int(recording.spikes.units[i])
        let name = unit < 12 ? "hidden_\(unit)" : "label_\(unit - 12)"
        let time = (sample * cycles + Int(recording.spikes.cycles[i])) * 4
        expected.append("\(time) \(root)spike_\(name)")
      }
    }
    let spikes = reader.changes.filter { $0.value == .event }.map { "\($0.time) \($0.name)" }
    #expect(Set(spikes) == Set(expected) && spikes.count == expected.count)
    #expect(reader.variables[root + "adc_label_2"]?.width == spec.readout.bits)
    #expect(reader.variables[root + "input_port"]?.type == "wire")
    // The second sample's last codes, occupancies and membranes are the last changes.
    let last = Dictionary(reader.changes.map { ($0.name, $0.value) }) { $1 }
    #expect(last[root + "adc_label_2"] == .integer(Int(try #require(recording.adc.last))))
    #expect(last[root + "v_hidden_4"] == .real(try #require(recording.traces.last)))
    #expect(last[root + "input_port"] == .integer(Int(try #require(recording.occupancy.last))))
    #expect(last["synapus-1.sample"] == .integer(1))
    #expect(reader.lastTime == 2 * cycles * 4)
  }

  /// GTKWave's own converter takes the file, where it is installed.
  @Test func gtkWaveConvertsTheDump() throws {
    let converter = "/usr/bin/vcd2fst"
    guard FileManager.default.isExecutableFile(atPath: converter) else { return }
    try Scratch.withFolder { folder in
      try Scratch.write(try Self.dump().text.utf8, to: folder + "/t.vcd")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: converter)
      process.arguments = [folder + "/t.vcd", folder + "/t.fst"]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(try Scratch.bytes(folder + "/t.fst").count > 200)
    }
  }

  @Test func tracesSurviveTheFile() throws {
    try Scratch.withFolder { folder in
      var file = Scratch.recording
      file.traces = TraceRecording(
        volts: (0..<3 * 80 * 2).map { Double($0) / 7 },
        circuits: [
          .init(name: "hidden:4", core: 0, column: 4),
          .init(name: "output:1", core: 3, column: 200),
        ])
      try file.write(to: folder + "/t.h5")
      #expect(try RecordingFile(reading: folder + "/t.h5") == file)
    }
  }

  /// A made-up recording of the test image: two samples with spikes, codes, queues, a membrane.
  private static func dump() throws -> (text: String, Recording, Experiment) {
    let spec = try ChipLibrary.chip("synapus-1")
    let image = try TestImage.make(for: spec)
    let core = try #require(CoreOnChip(0, on: spec.geometry))
    let circuit = try #require(CircuitOnChip(core, column: 4, on: spec.geometry))
    let experiment = Experiment(
      durationTicks: 14, inputs: SpikeBatch(offsets: [0, 0, 0], cycles: [], units: []),
      sampleNumbers: [0, 1],
      recorded: RecordingRequest(
        adcPopulations: ["label"], adcEvery: 7, tracedCircuits: [circuit], probedCores: [core]))
    var recording = Recording(
      spikes: SpikeBatch(
        offsets: [0, 3, 5], cycles: [70, 65, 895, 0, 640], units: [14, 2, 0, 11, 2]),
      adc: (0..<12).map { UInt8($0 * 20) }, adcColumns: 3, adcTimes: 2,
      traces: (0..<28).map { 0.5 + Double($0) / 64 }, counters: RunCounters(), hardwareSeconds: 0)
    recording.occupancy = (0..<56).map { UInt16($0 % 5) }
    var text = ""
    let trace = try VCDTrace(
      image, on: spec, cores: [core], recorded: experiment.recorded
    ) { text += String(decoding: $0, as: UTF8.self) }
    try trace.append(recording, of: experiment)
    try trace.finish()
    return (text, recording, experiment)
  }
}
