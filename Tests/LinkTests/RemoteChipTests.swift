import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

@Suite struct RemoteChipTests {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  @Test func recordingsEqualThoseOfTheChipItself() throws {
    let test = try TestServer()
    let remote = try test.loadedChip()
    let local = FakeChip(spec)
    try local.load(TestImage.make(for: spec))
    #expect(remote.info == local.info)
    for seed in UInt64(1)...20 {
      let block = try TestImage.block(for: spec, seed: seed)
      try local.write([block])
      try remote.write([block])
      let experiment = TestImage.experiment(for: spec, samples: 10, seed: seed)
      #expect(try remote.run(experiment) == local.run(experiment), "seed \(seed)")
    }
    let statistics = remote.statistics
    #expect(statistics.roundTrips == 2 + 1 + 40)
    #expect(statistics.bytesSent > 20 * 40 * 8 * 10)
    #expect(statistics.bytesReceived > 20 * 10 * 8 * 15)
  }

  @Test func nobodyAnswers() throws {
    for endpoint in ["ipc:///tmp/synapus-nobody-here", "tcp://127.0.0.1:1"] {
      do {
        _ = try RemoteChip(connecting: endpoint, timeout: 0.3)
        Issue.record("somebody answered")
      } catch {
        #expect(
          error
            == .connection(
              endpoint: endpoint,
              detail: "did not answer within 0.3 s; is a server running there?"))
      }
    }
  }

  @Test func endpointsThatMakeNoSense() throws {
    for endpoint in ["", "nonsense", "tcp://", "tcp://127.0.0.1", "carrier://pigeon"] {
      do {
        _ = try RemoteChip(connecting: endpoint, timeout: 0.3)
        Issue.record("somebody answered")
      } catch {
        guard case .connection(endpoint, _) = error else {
          Issue.record("\(endpoint): \(error)")
          continue
        }
      }
    }
  }

  @Test func theSecondClientIsToldWhoHoldsTheChip() throws {
    let test = try TestServer()
    let first = try RemoteChip(connecting: test.endpoint, client: "first")
    do {
      _ = try RemoteChip(connecting: test.endpoint, client: "second")
      Issue.record("two clients hold the chip")
    } catch {
      #expect(
        error
          == .remote(
            code: "busy", detail: "the chip is held by 'first' since 0 s; try again later"))
    }
    #expect(try RemoteChip.status(at: test.endpoint).contains(#""client":"first""#))
    first.close()
    #expect(throws: ChipError.self) { try first.ping() }
    try RemoteChip(connecting: test.endpoint, client: "second").ping()
  }

  @Test func cancellingEndsARunInTheMiddle() throws {
    let test = try TestServer(secondsPerSample: 30)
    let chip = try test.loadedChip()
    let cancellation = Cancellation()
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.2)
      cancellation.cancel()
    }
    thread.start()
    let experiment = TestImage.experiment(for: spec, samples: 1)
    #expect(throws: ChipError.cancelled) {
      try chip.run(experiment, cancellation: cancellation)
    }
    #expect(try chip.run(TestImage.experiment(for: spec, samples: 0)).adc.isEmpty)
  }

  @Test func aStoppedServerIsReported() throws {
    let test = try TestServer(secondsPerSample: 30)
    let chip = try test.loadedChip()
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.2)
      test.server.stop()
    }
    thread.start()
    do {
      _ = try chip.run(TestImage.experiment(for: spec, samples: 1))
      Issue.record("the run went on")
    } catch ChipError.connection(_, let detail) {
      #expect(detail == "is shutting down")
    }
  }

  /// A server that freezes, as seen from outside: it answers hello and session.open, then nothing.
  @Test func aDeadServerIsReported() throws {
    let path = "ipc://" + TestServer.freshPath()
    let description = try testDescription()
    let thread = Thread {
      guard let socket = try? Socket(.router, Context(), largestFrame: 1 << 20),
        (try? socket.bind(path)) != nil
      else { return }
      let answers: [Reply.Body] = [
        .success(type: "hello", description.fields, description.payload),
        .success(type: "session.open", ["session": .text("x")], nil),
      ]
      for body in answers {
        guard Socket.poll([socket], milliseconds: 10_000)[0],
          let (frames, excess) = socket.receive(atMost: 11),
          let message = try? Message(
            frames: Array(frames.dropFirst()), excess: excess, payloadLimit: 1 << 20)
        else { return }
        _ = socket.send([frames[0]] + Reply(id: message.id, body).frames)
      }
      Thread.sleep(forTimeInterval: 8)
    }
    thread.start()
    let chip = try RemoteChip(connecting: path)
    do {
      try chip.load(TestImage.make(for: spec))
      Issue.record("the load came to an end")
    } catch ChipError.connection(_, let detail) {
      #expect(detail == "went away: it gave no sign of life for 3 s")
    }
  }

  @Test func aSessionOutlivesALongPause() throws {
    let test = try TestServer(limits: ServerLimits(sessionIdleSeconds: 2))
    let chip = try test.loadedChip()
    Thread.sleep(forTimeInterval: 3.5)
    #expect(try chip.run(TestImage.experiment(for: spec, samples: 1)).spikes.sampleCount == 1)
  }
}
