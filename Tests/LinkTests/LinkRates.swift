import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// A chip that always gives the same recording, at once.
private final class CannedChip: Chip {
  let info: ChipInfo
  let recording: Recording

  init(_ info: ChipInfo, _ recording: Recording) {
    (self.info, self.recording) = (info, recording)
  }

  func load(_ image: ChipImage) throws(ChipError) {}
  func write(_ weights: [WeightBlock]) throws(ChipError) {}
  func run(_ experiment: Experiment, cancellation: Cancellation?) throws(ChipError) -> Recording {
    recording
  }
  func snapshot() throws(ChipError) -> ChipState { throw .noImage }
  func restore(_ state: ChipState) throws(ChipError) { throw .noImage }
}

/// Prints rates when `SYNAPUS_LINK_RATES` is set; nothing is judged, machines differ.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SYNAPUS_LINK_RATES"] != nil), .serialized)
struct LinkRates {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func recording(spikes: Int, adc: Int) -> Recording {
    Recording(
      spikes: SpikeBatch(
        offsets: (0...100).map { $0 * (spikes / 100) }, cycles: Array(repeating: 1, count: spikes),
        units: Array(repeating: 1, count: spikes)),
      adc: Array(repeating: 5, count: 100 * adc), adcColumns: adc, adcTimes: 1, traces: [],
      counters: RunCounters(), hardwareSeconds: 1)
  }

  /// Seconds of one call, in the best of twenty windows: other programs disturb the rest.
  private func seconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<20 {
      let start = SuspendingClock.now
      for _ in 0..<count { try body() }
      best = min(best, (SuspendingClock.now - start) / .seconds(1))
    }
    return best / Double(count)
  }

  private func serve<Result>(
    _ endpoint: String, _ chip: any Chip, _ body: (RemoteChip) throws -> Result
  ) throws -> Result {
    let server = try ChipServer(chip: chip, endpoint: endpoint)
    try server.start()
    defer { server.stop() }
    let remote = try RemoteChip(connecting: server.endpoint)
    try remote.load(TestImage.make(for: spec))
    return try body(remote)
  }

  @Test(arguments: ["ipc", "tcp"])
  func rates(transport: String) throws {
    func endpoint() -> String {
      transport == "tcp" ? "tcp://127.0.0.1:0" : "ipc://" + TestServer.freshPath()
    }
    let info = FakeChip(spec).info
    let experiment = TestImage.experiment(for: spec, samples: 100)
    let bulk = recording(spikes: 0, adc: 80_000)
    try serve(endpoint(), CannedChip(info, bulk)) { chip in
      for _ in 0..<100 { try chip.ping() }
      let pings = 1 / (try seconds(500) { try chip.ping() })
      _ = try chip.run(experiment)
      let time = try seconds(4) { _ = try chip.run(experiment) }
      let rate = Double(bulk.adc.count) / time / 1e9
      print("\(transport): \(Int(pings)) pings/s, bulk \(rate) GB/s")
    }
    // What the line adds to a batch of training: weights of a full core out, 0.5 MB back.
    var block = try TestImage.block(for: spec, seed: 1)
    (block.pairCount, block.columnCount) = (256, 246)
    block.values = .steps(Array(repeating: 3, count: 256 * 246))
    let batch = recording(spikes: 50_000, adc: 1_000)
    let coding = try seconds(50) {
      let weights = try roundTrip([:], WeightCoding.encode([block]))
      _ = try WeightCoding.decode(weights, spec: spec)
      let run = try roundTrip(
        RecordingCoding.fields(batch), RecordingCoding.arrays(batch, tracedCircuits: 0))
      _ = try RecordingCoding.decode(run)
    }
    print("coding of a batch, both sides: \(Int(coding * 1e6)) us")
    try serve(endpoint(), CannedChip(info, batch)) { chip in
      let cost = try seconds(50) {
        try chip.write([block])
        _ = try chip.run(experiment)
      }
      print("\(transport): a batch in the loop costs \(Int(cost * 1e6)) us more")
    }
  }
}
