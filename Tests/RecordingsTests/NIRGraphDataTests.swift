import Foundation
import Recordings
import Testing

/// Recordings as NIRGraphData: a file of the package nir, and round trips of our own.
@Suite struct NIRGraphDataTests {
  /// Written by `nir.write_data` of nir 1.0.8 (`tools/reference/make_nir_fixtures.py`).
  private static let fixture = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/nirdata/recorded.nirdata").path

  @Test func nirsOwnFileIsRead() throws {
    let data = try NIRGraphData(reading: Self.fixture)
    #expect(data.nodes.map(\.name) == ["hidden", "out"])
    let spikes = NIRObservable.Events(
      samples: [
        [.init(neuron: 0, time: 0.5), .init(neuron: 2, time: 1.5)],
        [
          .init(neuron: 1, time: 0.25)
        ],
      ], neuronCount: 3, duration: 2)
    #expect(data.observable("spikes", of: "hidden")?.values == .events(spikes))
    let grid = NIRObservable.TimeGridded(
      values: (0..<12).map { $0 % 2 == 0 ? 1 : 0 }, samples: 1, steps: 4, neurons: 3, dt: 0.5)
    #expect(data.observable("grid", of: "hidden")?.values == .timeGridded(grid))
    let graded = NIRObservable.Events(
      samples: [[.init(neuron: 1, time: 0.75, value: 2.5)]], neuronCount: 2, duration: 1,
      hasValues: true)
    #expect(data.observable("graded", of: "out")?.values == .events(graded))
    #expect(data.observable("v", of: "nobody") == nil)
  }

  @Test func writingAndReadingGivesTheSameData() throws {
    let inner = try NIRGraphData(reading: Self.fixture)
    let data = NIRGraphData(
      nodes: inner.nodes + [(name: "a graph", node: .graph(inner))])
    try Scratch.withFolder { folder in
      try data.write(to: folder + "/a.nirdata")
      let again = try NIRGraphData(reading: folder + "/a.nirdata")
      #expect(again == data && again != inner)
    }
  }

  @Test func aRecordingBecomesEventsOfItsPopulations() throws {
    var recording = Scratch.recording
    recording.populations = [
      RecordedPopulation(name: "a", firstUnit: 0, count: 5),
      RecordedPopulation(name: "b", firstUnit: 5, count: 123),
    ]
    try Scratch.withFolder { folder in
      try recording.writeBySuffix(to: folder + "/run.nirdata")
      let data = try NIRGraphData(reading: folder + "/run.nirdata")
      #expect(data == recording.nirData)
      guard case .events(let a)? = data.observable("spikes", of: "a")?.values,
        case .events(let b)? = data.observable("spikes", of: "b")?.values
      else {
        Issue.record("no events")
        return
      }
      #expect(a.samples.map { $0.map(\.neuron) } == [[0], [], [4]])
      #expect(b.samples.map { $0.map(\.neuron) } == [[117], [], []])
      #expect(b.samples[0].first?.time == 5119 * 4e-9 && b.neuronCount == 123)
      #expect(a.duration == Double(recording.durationTicks) * 256e-9)
      try recording.writeBySuffix(to: folder + "/run.h5")
      #expect(try RecordingFile(reading: folder + "/run.h5") == recording)
    }
  }

  @Test func whatIsNoGraphDataIsSaidSo() throws {
    let recording = Scratch.recording
    try Scratch.withFolder { folder in
      try recording.write(to: folder + "/run.h5")
      #expect(throws: RecordingError.self) { try NIRGraphData(reading: folder + "/run.h5") }
      let bytes = try Scratch.bytes(Self.fixture)
      for length in stride(from: 0, to: bytes.count, by: 997) {
        try Scratch.write(bytes[..<length], to: folder + "/cut.nirdata")
        #expect(throws: RecordingError.self) { try NIRGraphData(reading: folder + "/cut.nirdata") }
      }
    }
  }
}
