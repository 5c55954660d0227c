import Foundation
import Testing

import ChipInterface
import HardwareSpec
import Recordings

/// Makes folders and recordings for tests.
enum Scratch {
  /// Runs `body` with the path of a new, empty folder, and removes the folder.
  static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The default chip's: 250 MHz, ticks of 64 cycles.
  static func time() throws -> ChipTime { try ChipLibrary.chip("synapus-1").time }

  static let origin = RecordingOrigin(
    chip: "synapus-1", specHash: "ab12", kind: "emulated", chipSeed: .max, trialSeed: 7,
    imageHash: "cd34", cyclesPerTick: 64, tickSeconds: 256e-9)

  /// Three samples of 2, 0 and 1 spikes, four ADC columns at two times.
  static var recording: RecordingFile {
    let spikes = SpikeBatch(offsets: [0, 2, 2, 3], cycles: [64, 5119, 0], units: [0, 122, 4])
    var counters = RunCounters()
    (counters.spikes, counters.lostAtPort, counters.inputSaturated) = (3, 11, 1 << 40)
    let run = Recording(
      spikes: spikes, adc: (0..<24).map { UInt8($0 * 10) }, adcColumns: 4, adcTimes: 2, traces: [],
      counters: counters, hardwareSeconds: 61.44e-6)
    let experiment = Experiment(
      durationTicks: 80, inputs: spikes, sampleNumbers: [5, 6, .max],
      recorded: RecordingRequest(adcPopulations: ["output"], adcEvery: 40))
    var origin = origin
    (origin.mismatch, origin.effects) = (0.2, ["mismatch", "noise"])
    return RecordingFile(
      run, of: experiment,
      populations: [
        RecordedPopulation(name: "hidden", firstUnit: 0, count: 120),
        RecordedPopulation(name: "output", firstUnit: 120, count: 3),
      ], labels: [2, 0, 1], origin: origin)
  }
}

/// Recordings and input spikes in HDF5.
@Suite struct RecordingFileTests {
  @Test func recordingSurvivesTheFile() throws {
    try Scratch.withFolder { folder in
      let path = folder + "/run.h5"
      try Scratch.recording.write(to: path)
      #expect(try RecordingFile(reading: path) == Scratch.recording)
      let bytes = try Scratch.bytes(path)
      try Scratch.recording.write(to: path)
      #expect(try Scratch.bytes(path) == bytes)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["run.h5"])
    }
  }

  @Test func emptyRecordingSurvivesTheFile() throws {
    let empty = RecordingFile(
      spikes: SpikeBatch(), durationTicks: 1, sampleNumbers: [], origin: Scratch.origin)
    try Scratch.withFolder { folder in
      try empty.write(to: folder + "/run.h5")
      #expect(try RecordingFile(reading: folder + "/run.h5") == empty)
    }
  }

  @Test func inputsAreReadByCycles() throws {
    try Scratch.withFolder { folder in
      try Scratch.recording.write(to: folder + "/in.h5")
      let inputs = try InputSpikes(reading: folder + "/in.h5", on: Scratch.time())
      #expect(inputs.spikes == Scratch.recording.spikes)
      #expect(inputs.labels == [2, 0, 1] && inputs.sampleNumbers == [5, 6, .max])
      #expect(inputs.durationTicks == 80 && inputs.channels == 123 && inputs.sortedSamples == 0)
      var slow = try Scratch.time()
      slow.clockHertz /= 2
      let error = #expect(throws: RecordingError.self) {
        try InputSpikes(reading: folder + "/in.h5", on: slow)
      }
      #expect(error?.description.contains("clock cycles") == true)
    }
  }

  @Test func spikesOutOfOrderAreSortedForInputs() throws {
    let spikes = SpikeBatch(offsets: [0, 3, 4], cycles: [9, 3, 3, 1], units: [1, 2, 0, 0])
    let file = RecordingFile(
      spikes: spikes, durationTicks: 2, sampleNumbers: [0, 1], origin: Scratch.origin)
    try Scratch.withFolder { folder in
      try file.write(to: folder + "/in.h5")
      let inputs = try InputSpikes(reading: folder + "/in.h5", on: Scratch.time())
      #expect(inputs.spikes.cycles == [3, 3, 9, 1] && inputs.spikes.units == [0, 2, 1, 0])
      #expect(inputs.sortedSamples == 1)
      let error = #expect(throws: RecordingError.self) {
        try RecordingFile(reading: folder + "/in.h5")
      }
      #expect(error?.description.contains("ascend") == true)
    }
  }

  @Test func unitsOutsideThePopulationsAreRefused() throws {
    var file = Scratch.recording
    file.spikes.units[0] = 123
    try Scratch.withFolder { folder in
      try file.write(to: folder + "/run.h5")
      #expect(throws: RecordingError.self) { try RecordingFile(reading: folder + "/run.h5") }
    }
  }

  @Test func truncatedAndFlippedFilesNeverCrash() throws {
    try Scratch.withFolder { folder in
      try Scratch.recording.write(to: folder + "/run.h5")
      let bytes = try Scratch.bytes(folder + "/run.h5")
      for length in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
        try Scratch.write(bytes[..<length], to: folder + "/cut.h5")
        #expect(throws: RecordingError.self) { try RecordingFile(reading: folder + "/cut.h5") }
      }
      let random = CounterRandom(seed: 5, stream: 1)
      for trial in 0..<100 {
        var damaged = bytes
        damaged[Int(random.bits(trial, 0) % UInt64(bytes.count))] ^=
          UInt8(truncatingIfNeeded: random.bits(trial, 1)) | 1
        try Scratch.write(damaged, to: folder + "/damaged.h5")
        _ = try? RecordingFile(reading: folder + "/damaged.h5")
      }
    }
  }

  @Test func otherFilesAreSaid() throws {
    #expect(throws: RecordingError.cannotOpen(file: "/nowhere.h5", code: ENOENT)) {
      try RecordingFile(reading: "/nowhere.h5")
    }
    #expect(throws: RecordingError.notHDF5(file: #filePath)) {
      try RecordingFile(reading: #filePath)
    }
    #expect(throws: RecordingError.cannotWrite(file: "/nowhere/run.h5", code: ENOENT)) {
      try Scratch.recording.write(to: "/nowhere/run.h5")
    }
  }
}
