import HardwareSpec
import Link
import TestSupport
import Testing

/// A server's description for tests of its logic.
func testDescription(idleSeconds: Int = 10) throws -> ServerDescription {
  ServerDescription(
    build: "test", serverSession: "s", runEndpoint: "ipc:///r", eventEndpoint: "ipc:///e",
    limits: ServerLimits(sessionIdleSeconds: idleSeconds),
    chip: FakeChip(try ChipLibrary.chip("synapus-1")).info)
}

/// A request as it comes out of a socket.
func testRequest(
  _ type: String, id: String, session: String? = nil, _ fields: JSONObject = [:]
) throws -> Request {
  var header: JSONObject = ["type": .text(type), "id": .text(id)]
  if let session { header["session"] = .text(session) }
  header.merge(fields)
  let message = try Message(
    frames: Message.frames(header: header, payload: nil), excess: 0, payloadLimit: 0)
  let isWork = Command.Work(rawValue: type) != nil
  return try Request(message, on: isWork ? .run : .control)
}

/// Drives the logic of a server by hand, one event after the other.
@Suite struct ServerStateTests {
  private struct Bench {
    var state: ServerState
    var now = Moment(milliseconds: 0, freshToken: SessionToken(1, 1))
    private var next = 0

    init() throws { state = ServerState(try testDescription()) }

    /// Sends a request, and answers with the effects and the first reply's type or error code.
    mutating func send(
      _ type: String, session: String? = nil, _ fields: JSONObject = [:], peer: UInt8 = 1
    ) throws -> (String?, [ServerEffect]) {
      next += 1
      now.freshToken = SessionToken(UInt64(next), 7)
      let request = try testRequest(type, id: "\(next)", session: session, fields)
      let isWork = Command.Work(rawValue: type) != nil
      return act(.request(request, from: Peer(isWork ? .run : .control, [peer])))
    }

    mutating func act(_ event: ServerEvent) -> (String?, [ServerEffect]) {
      let effects = state.handle(event, at: now)
      return (effects.compactMap(Self.answer).first, effects)
    }

    mutating func open(_ client: String = "a") throws -> String {
      _ = try send("session.open", ["client": .text(client)])
      return now.freshToken.text
    }

    /// Opens a session and loads an image in it.
    mutating func openWithImage() throws -> String {
      let session = try open()
      let started = try send("image.load", session: session).1
      _ = act(.finished(job: try required(Self.job(started), "job"), .success([:], nil)))
      return session
    }

    static func answer(_ effect: ServerEffect) -> String? {
      guard case .reply(let reply, _) = effect else { return nil }
      if case .success(let type, _, _) = reply.body { return type }
      return reply.error?.code.rawValue
    }

    static func job(_ effects: [ServerEffect]) -> Int? {
      for case .start(let job, _, _) in effects { return job }
      return nil
    }

    static func cancelled(_ effects: [ServerEffect]) -> Int? {
      for case .cancel(let job) in effects { return job }
      return nil
    }
  }

  @Test func helloNeedsNoSession() throws {
    var bench = try Bench()
    #expect(try bench.send("hello", ["versions": .list([.integer(1), .integer(9)])]).0 == "hello")
    #expect(
      try bench.send("hello", ["versions": .list([.integer(2), .integer(9)])]).0
        == "not_supported_version")
    #expect(try bench.send("ping").0 == "ping")
    #expect(try bench.send("status").0 == "status")
    #expect(try bench.send("bye").0 == "bye")
    #expect(try bench.send("session.close").0 == "no_session")
    #expect(try bench.send("cancel").0 == "no_session")
    #expect(try bench.send("run").0 == "no_session")
    #expect(try bench.send("ping", session: "ab").0 == "no_session")
  }

  @Test func oneSessionHoldsTheChip() throws {
    var bench = try Bench()
    let first = try bench.open("alice")
    bench.now.milliseconds = 3_500
    let (code, effects) = try bench.send("session.open", ["client": .text("bob")])
    #expect(code == "busy")
    for case .reply(let reply, _) in effects {
      #expect(reply.error?.detail == "the chip is held by 'alice' since 3 s; try again later")
    }
    #expect(try bench.send("session.close", session: first).0 == "session.close")
    #expect(try bench.send("session.open", ["client": .text("bob")]).0 == "session.open")
    #expect(try bench.send("run", session: first).0 == "no_session")
  }

  @Test func idleSessionsEnd() throws {
    var bench = try Bench()
    let first = try bench.open()
    bench.now.milliseconds = 10_000
    #expect(try bench.send("ping", session: first).0 == "ping")
    bench.now.milliseconds = 20_000
    #expect(try bench.send("session.open", ["client": .text("b")]).0 == "busy")
    bench.now.milliseconds = 20_001
    #expect(try bench.send("session.open", ["client": .text("b")]).0 == "session.open")
    #expect(try bench.send("ping", session: first).0 == "no_session")
  }

  @Test func imagesBelongToTheirSession() throws {
    var bench = try Bench()
    let first = try bench.openWithImage()
    let started = try bench.send("run", session: first).1
    let job = try required(Bench.job(started), "job")
    #expect(bench.act(.finished(job: job, .success([:], nil))).0 == "run")
    _ = try bench.send("session.close", session: first)
    let second = try bench.open()
    #expect(try bench.send("run", session: second).0 == "no_image")
    #expect(try bench.send("weights.write", session: second).0 == "no_image")
  }

  @Test func oneJobRunsAndOneWaits() throws {
    var bench = try Bench()
    let session = try bench.open()
    let job = try required(Bench.job(try bench.send("image.load", session: session).1), "job")
    #expect(try bench.send("run", session: session).1.isEmpty)
    #expect(try bench.send("run", session: session).0 == "busy")
    let (answer, effects) = bench.act(.finished(job: job, .success([:], nil)))
    #expect(answer == "image.load")
    #expect(Bench.job(effects) == job + 1)
  }

  @Test func cancelEndsWhatRunsAndWhatWaits() throws {
    var bench = try Bench()
    let session = try bench.openWithImage()
    let job = try required(Bench.job(try bench.send("run", session: session).1), "job")
    _ = try bench.send("run", session: session)
    let (waiting, effects) = try bench.send("cancel", session: session)
    #expect(waiting == "cancelled")
    #expect(Bench.cancelled(effects) == job)
    let cancelled = WireError(.cancelled, "ended")
    #expect(bench.act(.finished(job: job, .failure(cancelled))).0 == "cancelled")
  }

  @Test func aLostClientsRunIsCancelled() throws {
    var bench = try Bench()
    let session = try bench.openWithImage()
    let job = try required(Bench.job(try bench.send("run", session: session).1), "job")
    bench.now.milliseconds = 10_001
    #expect(Bench.cancelled(bench.act(.tick).1) == job)
    let second = try bench.open()
    #expect(try bench.send("image.load", session: second).1.isEmpty)
    let (answer, effects) = bench.act(.finished(job: job, .failure(WireError(.cancelled, ""))))
    #expect(answer == "cancelled")
    #expect(Bench.job(effects) != nil)
  }

  @Test func stoppingAnswersEverybody() throws {
    var bench = try Bench()
    let session = try bench.openWithImage()
    let job = try required(Bench.job(try bench.send("run", session: session).1), "job")
    _ = try bench.send("run", session: session)
    let (waiting, effects) = bench.act(.stop)
    #expect(waiting == "shutting_down")
    #expect(Bench.cancelled(effects) == job)
    #expect(try bench.send("ping").0 == "shutting_down")
    let end = bench.act(.finished(job: job, .failure(WireError(.cancelled, ""))))
    #expect(end.0 == "shutting_down")
    #expect(bench.state.phase == .stopped)
  }

  @Test func stoppingDoesNotWaitForAChipThatHangs() throws {
    var bench = try Bench()
    let session = try bench.openWithImage()
    _ = try bench.send("run", session: session)
    _ = bench.act(.stop)
    bench.now.milliseconds = 5_000
    #expect(bench.act(.tick).0 == "shutting_down")
    #expect(bench.state.phase == .stopped)
  }
}
