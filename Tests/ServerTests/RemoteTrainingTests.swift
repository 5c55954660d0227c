import ChipInterface
import Emulator
import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport
import Testing

/// The same device here and behind a server: every bit of every recording is the same.
@Suite struct RemoteTrainingTests {
  let spec: ChipSpec
  private let settings = EmulationSettings(chipSeed: 3, trialSeed: 4, mismatch: 0.2)

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func server(isDurable: Bool = false) throws -> RemoteServer {
    try RemoteServer(isDurable: isDurable) { [spec, settings] in try EmulatedChip(spec, settings) }
  }

  /// Weights and a batch that depend on what the batch before gave, as in training.
  private func step(_ chip: any Chip, _ number: Int, _ last: Int) throws -> (Recording, Int) {
    let seed = UInt64(1 + number * 1000 + last % 1000)
    try chip.write([TestImage.block(for: spec, seed: seed)])
    let batch = TestImage.experiment(for: spec, samples: 20, seed: seed)
    let recording = try chip.run(batch)
    return (
      recording, last + recording.spikes.spikeCount + recording.adc.reduce(0) { $0 + Int($1) }
    )
  }

  @Test func aLoopIsTheSameOverTheLink() throws {
    let server = try server()
    let (local, remote) = (
      try EmulatedChip(spec, settings), try RemoteChip(connecting: server.endpoint)
    )
    for chip in [local, remote] as [any Chip] { try chip.load(TestImage.make(for: spec)) }
    var (here, there) = (0, 0)
    for number in 0..<10 {
      let (a, sum) = try step(local, number, here)
      let (b, other) = try step(remote, number, there)
      (here, there) = (sum, other)
      #expect(a == b, "batch \(number)")
    }
    #expect(here > 0)
  }

  /// A large recording: several slices, parts and chunks.
  @Test func aLargeRecordingIsTheSameOverTheLink() throws {
    let server = try server()
    let (local, remote) = (
      try EmulatedChip(spec, settings), try RemoteChip(connecting: server.endpoint)
    )
    let image = try TestImage.make(for: spec)
    let core = image.cores[0].core
    let circuits = (0..<15).compactMap { CircuitOnChip(core, column: $0, on: spec.geometry) }
    let batch = TestImage.experiment(
      for: spec, samples: 400,
      recorded: RecordingRequest(adcPopulations: ["label"], tracedCircuits: circuits))
    for chip in [local, remote] as [any Chip] { try chip.load(image) }
    let before = remote.statistics.bytesReceived
    #expect(try remote.run(batch) == local.run(batch))
    #expect(remote.statistics.bytesReceived - before > 400 * TestImage.ticks * 15 * 8)
  }

  @Test func twoClientsShareAChipAndNeitherSeesTheOther() throws {
    let server = try server()
    let failures = Mutex<[String]>([])
    let ended = DispatchSemaphore(value: 0)
    for client in 0..<2 {
      Thread { [self] in
        do {
          let (local, remote) = (
            try EmulatedChip(spec, settings), try RemoteChip(connecting: server.endpoint)
          )
          for chip in [local, remote] as [any Chip] {
            try chip.load(TestImage.make(for: spec, seed: UInt64(client + 1)))
          }
          var (here, there) = (client * 7, client * 7)
          for number in 0..<10 {
            let (a, sum) = try step(local, number, here)
            let (b, other) = try step(remote, number, there)
            (here, there) = (sum, other)
            guard a == b else { throw MissingValue(description: "batch \(number) differs") }
          }
        } catch { failures.withLock { $0.append("client \(client): \(error)") } }
        ended.signal()
      }.start()
    }
    for _ in 0..<2 { ended.wait() }
    #expect(failures.withLock { $0 } == [])
  }

  /// The server is started again in the middle: with a journal or without, training goes on to the
  /// same bits.
  @Test(arguments: [true, false])
  func trainingOutlivesTheServer(isDurable: Bool) throws {
    let server = try server(isDurable: isDurable)
    let troubles = Mutex<[String]>([])
    let box = Box(troubles)
    let options = RemoteOptions.with { options in
      options.recovery = .reload
      options.onTrouble = { line in box.value.withLock { $0.append(line) } }
    }
    let (local, remote) = (
      try EmulatedChip(spec, settings), try RemoteChip(connecting: server.endpoint, options)
    )
    for chip in [local, remote] as [any Chip] { try chip.load(TestImage.make(for: spec)) }
    var (here, there) = (0, 0)
    for number in 0..<8 {
      if number == 3 || number == 5 { try server.restart(atOnce: number == 5) }
      let (a, sum) = try step(local, number, here)
      let (b, other) = try step(remote, number, there)
      (here, there) = (sum, other)
      #expect(a == b, "batch \(number)")
    }
    #expect(box.value.withLock { $0.count } >= 2)
  }

  @Test func whatIsLostIsSaidWhereNobodyWantsItReloaded() throws {
    let server = try server(isDurable: true)
    let remote = try RemoteChip(connecting: server.endpoint)
    try remote.load(TestImage.make(for: spec))
    let batch = TestImage.experiment(for: spec, samples: 5)
    let before = try remote.run(batch)
    try server.restart()
    // Nothing was written: the run is the same.
    #expect(try remote.run(batch) == before)
    try remote.write([TestImage.block(for: spec, seed: 4)])
    let changed = try remote.run(batch)
    #expect(try remote.commit() == 1)
    try server.restart()
    // The commit holds the weights.
    #expect(try remote.run(batch) == changed)
    try remote.write([TestImage.block(for: spec, seed: 5)])
    _ = try remote.run(batch)
    try server.restart(atOnce: true)
    let loss = try required(loss(remote, batch), "loss")
    #expect(loss.cause == .serverRestarted && loss.checkpoint == 1 && loss.writes == 1)
    #expect(try remote.run(batch) == changed)
  }

  /// What a run says that was lost; nil when it says something else.
  private func loss(_ chip: RemoteChip, _ batch: Experiment) -> ChipLoss? {
    do {
      _ = try chip.run(batch)
    } catch {
      if case .lost(_, let loss) = error { return loss }
    }
    return nil
  }

  @Test func theImageComesBackWithItsWeights() throws {
    let server = try server()
    let (local, remote) = (
      try EmulatedChip(spec, settings), try RemoteChip(connecting: server.endpoint)
    )
    for chip in [local, remote] as [any Chip] {
      try chip.load(TestImage.make(for: spec))
      try chip.write([TestImage.block(for: spec, seed: 6)])
    }
    let image = try remote.readImage()
    let batch = TestImage.experiment(for: spec, samples: 5)
    let expected = try local.run(batch)
    try local.load(image)
    #expect(try local.run(batch) == expected)
  }

  @Test func aLongRunIsCancelledAndLeavesTheChipAsItWas() throws {
    let spec = spec
    let server = try RemoteServer {
      let chip = FakeChip(spec)
      chip.secondsPerSample = 0.05
      return chip
    }
    let remote = try RemoteChip(connecting: server.endpoint)
    try remote.load(TestImage.make(for: spec))
    let before = try remote.run(TestImage.experiment(for: spec, samples: 2))
    let cancellation = Cancellation()
    Thread {
      Thread.sleep(forTimeInterval: 0.2)
      cancellation.cancel()
    }.start()
    #expect(throws: ChipError.cancelled) {
      try remote.run(
        TestImage.experiment(for: spec, samples: 400), cancellation: cancellation)
    }
    #expect(try remote.run(TestImage.experiment(for: spec, samples: 2)) == before)
  }

  @Test func anExclusiveLeaseKeepsOthersWaiting() throws {
    let server = try server()
    let owner = try RemoteChip(connecting: server.endpoint, client: "owner", lease: .exclusive)
    let (places, cancellation) = (Box(Mutex<[QueuePlace]>([])), Cancellation())
    let options = RemoteOptions.with { options in
      options.cancellation = cancellation
      options.onQueued = { place in
        places.value.withLock { $0.append(place) }
        cancellation.cancel()
      }
    }
    #expect(throws: ChipError.cancelled) {
      _ = try RemoteChip(connecting: server.endpoint, options)
    }
    let place = places.value.withLock { $0.first }
    #expect(place?.position == 1 && place?.holder.contains("owner") == true)
    owner.close()
    try RemoteChip(connecting: server.endpoint).load(TestImage.make(for: spec))
  }
}

/// A mutex that closures can share.
private final class Box<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: consuming Mutex<Value>) { self.value = value }
}
