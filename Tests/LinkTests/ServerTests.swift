import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// A real server on ipc or tcp, and clients that do not behave.
@Suite struct ServerTests {
  @Test func eachMessageTypeIsAnswered() throws {
    let test = try TestServer()
    let control = try RawClient(test.endpoint)
    let server = try control.hello()
    let run = try RawClient(server.runEndpoint)
    let session = try control.open()
    #expect(server.chip == FakeChip(test.spec).info)
    #expect(try control.ask("ping", session: session).type == "ping.ok")
    let image = Payload(try ImageCoding.encode(TestImage.make(for: test.spec), spec: test.spec))
    #expect(try run.ask("image.load", session: session, payload: image).type == "image.load.ok")
    let weights = Payload(WeightCoding.encode([try TestImage.block(for: test.spec, seed: 2)]))
    let written = try run.ask("weights.write", session: session, payload: weights)
    #expect(written.type == "weights.write.ok")
    #expect(written.header["volatile"] == .flag(true))
    let experiment = TestImage.experiment(for: test.spec, samples: 3)
    let answer = try run.ask(
      "run", session: session, ExperimentCoding.fields(experiment),
      payload: Payload(ExperimentCoding.arrays(experiment)))
    #expect(try RecordingCoding.decode(answer).spikes.sampleCount == 3)
    let status = try control.ask("status").header
    #expect(try status.object("totals")["runs"] == .integer(1))
    #expect(try status.object("session")["client"] == .text("raw"))
    #expect(try control.ask("cancel", session: session).header["cancelled"] == .integer(0))
    #expect(try control.ask("session.close", session: session).type == "session.close.ok")
    #expect(try control.ask("bye").type == "bye.ok")
  }

  @Test func wrongRequestsAreAnsweredByTheirError() throws {
    let test = try TestServer()
    let control = try RawClient(test.endpoint)
    let run = try RawClient(try control.hello().runEndpoint)
    let session = try control.open()
    func code(_ client: RawClient, _ type: String, _ fields: JSONObject = [:]) throws -> String? {
      try client.ask(type, session: session, fields).refusal?.code
    }
    #expect(try code(control, "dance") == "unknown_type")
    #expect(try code(control, "run") == "unknown_type")
    #expect(try code(run, "ping") == "unknown_type")
    #expect(try code(control, "hello") == "bad_header")
    #expect(try code(control, "session.open") == "bad_header")
    #expect(try code(run, "run") == "no_image")
    #expect(try code(run, "image.load") == "bad_payload")
    let garbage = Payload([WireArray("image", Array(repeating: UInt8(7), count: 100))])
    #expect(
      try run.ask("image.load", session: session, payload: garbage).refusal?.code == "chip_refused")
    let image = Payload(try ImageCoding.encode(TestImage.make(for: test.spec), spec: test.spec))
    _ = try run.ask("image.load", session: session, payload: image)
    var experiment = TestImage.experiment(for: test.spec, samples: 3)
    experiment.inputs.units[5] = 99
    let refusal = try run.ask(
      "run", session: session, ExperimentCoding.fields(experiment),
      payload: Payload(ExperimentCoding.arrays(experiment))
    ).refusal
    #expect(refusal?.code == "chip_refused")
    #expect(refusal?.detail == "sample 0 has a spike on input 99; the image has inputs 0..<8")
  }

  @Test func wrongChecksumsAreRefused() throws {
    let test = try TestServer()
    let control = try RawClient(test.endpoint)
    let run = try RawClient(try control.hello().runEndpoint)
    let session = try control.open()
    let image = Payload(try ImageCoding.encode(TestImage.make(for: test.spec), spec: test.spec))
    var frames = Message.frames(
      header: ["type": .text("image.load"), "id": .text("1"), "session": .text(session)],
      payload: image)
    var bytes = frames[2].bytes
    bytes[bytes.count / 2] ^= 1
    frames[2] = Frame(bytes)
    run.send(frames)
    #expect(try run.code() == "bad_payload")
  }

  @Test func largeRequestsAndResultsAreRefused() throws {
    let limits = ServerLimits(requestBytes: 20_000, resultBytes: 2_000)
    let test = try TestServer(limits: limits)
    let control = try RawClient(test.endpoint)
    let run = try RawClient(try control.hello().runEndpoint)
    let big = Payload([WireArray("image", Array(repeating: UInt8(7), count: 20_008))])
    #expect(try run.ask("image.load", session: "x", payload: big).refusal?.code == "too_large")
    let chip = try RemoteChip(connecting: test.endpoint)
    try chip.load(TestImage.make(for: test.spec))
    let experiment = TestImage.experiment(for: test.spec, samples: 60)
    do {
      _ = try chip.run(experiment)
      Issue.record("a large recording came")
    } catch ChipError.remote(let code, _) {
      #expect(code == "too_large")
    }
    let huge = TestImage.experiment(for: test.spec, samples: 200)
    do {
      _ = try chip.run(huge)
      Issue.record("a large request went")
    } catch ChipError.remote(let code, _) {
      #expect(code == "too_large")
    }
    #expect(try chip.run(TestImage.experiment(for: test.spec, samples: 2)).spikes.sampleCount == 2)
  }

  /// Garbage of every kind on every socket; after each lot a good client is served.
  @Test func goodClientsAreServedAfterGarbage() throws {
    let test = try TestServer()
    let greeter = try RawClient(test.endpoint)
    let server = try greeter.hello()
    let endpoints = [test.endpoint, server.runEndpoint, server.eventEndpoint]
    var random = SequentialRandom(seed: 11, stream: 1)
    let experiment = TestImage.experiment(for: test.spec, samples: 1)
    var header = ExperimentCoding.fields(experiment)
    header["type"] = .text("run")
    header["id"] = .text("1")
    let good = Message.frames(
      header: header, payload: Payload(ExperimentCoding.arrays(experiment)))
    for endpoint in endpoints {
      let hostile = try RawClient(endpoint)
      for round in 0..<20 {
        for _ in 0..<20 { hostile.send(Self.garbage(good, &random)) }
        let peer = try RawClient(test.endpoint)
        #expect(try peer.ask("ping").type == "ping.ok", "round \(round) on \(endpoint)")
      }
    }
    let chip = try test.loadedChip()
    #expect(try chip.run(experiment).spikes.sampleCount == 1)
  }

  private static func garbage(_ good: [Frame], _ random: inout SequentialRandom) -> [Frame] {
    func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    var frames = good
    switch below(5) {
    case 0:
      return (0...below(12)).map { _ in
        Frame((0..<below(50)).map { _ in UInt8.random(in: 0...255, using: &random) })
      }
    case 1: frames.remove(at: below(frames.count))
    case 2: frames.append(contentsOf: (0...below(20)).map { _ in Frame([]) })
    case 3:
      let place = below(frames.count)
      frames[place] = Frame(Array(frames[place].bytes.prefix(below(frames[place].count))))
    default:
      let place = below(frames.count)
      var bytes = frames[place].bytes
      bytes[below(bytes.count)] = UInt8.random(in: 0...255, using: &random)
      frames[place] = Frame(bytes)
    }
    return frames
  }

  @Test func aVanishedClientFreesTheChip() throws {
    let test = try TestServer(
      secondsPerSample: 20, limits: ServerLimits(sessionIdleSeconds: 1))
    do {
      let control = try RawClient(test.endpoint)
      let run = try RawClient(try control.hello().runEndpoint)
      let session = try control.open("ghost")
      let image = Payload(try ImageCoding.encode(TestImage.make(for: test.spec), spec: test.spec))
      _ = try run.ask("image.load", session: session, payload: image)
      let experiment = TestImage.experiment(for: test.spec, samples: 3)
      run.send(
        "run", session: session, ExperimentCoding.fields(experiment),
        payload: Payload(ExperimentCoding.arrays(experiment)))
      Thread.sleep(forTimeInterval: 0.1)
    }
    var chip: RemoteChip?
    for _ in 0..<100 where chip == nil {
      Thread.sleep(forTimeInterval: 0.1)
      chip = try? RemoteChip(connecting: test.endpoint)
    }
    let next = try required(chip, "free chip")
    try next.load(TestImage.make(for: test.spec))
    #expect(try next.run(TestImage.experiment(for: test.spec, samples: 0)).adc.isEmpty)
  }

  @Test func subscribersHearOfTheState() throws {
    let test = try TestServer()
    let control = try RawClient(test.endpoint)
    let server = try control.hello()
    let subscriber = try Socket(.subscriber, Context(), largestFrame: 1 << 20)
    try subscriber.connect(server.eventEndpoint)
    subscriber.subscribe()
    var session = try control.open()
    for _ in 0..<50 where !Socket.poll([subscriber], milliseconds: 100)[0] {
      _ = try control.ask("session.close", session: session)
      session = try control.open()
    }
    let (frames, _) = try required(subscriber.receive(atMost: 10), "event")
    let event = try required(JSONValue(parsing: frames[1].bytes).object, "event")
    #expect(event["type"] == .text("state"))
    #expect(event["phase"] == .text("serving"))
  }
}

extension JSONValue {
  /// The mapping, if it is one.
  var object: JSONObject? {
    if case .object(let object) = self { return object }
    return nil
  }
}
