import Foundation
import Link
import TestSupport
import Testing

/// Raw clients against a real server: what gets in, what does not, and that one client's mischief
/// is not another's.
@Suite struct GatewayTests {
  private static let transports = ["ipc", "tcp"]

  private func endpoint(_ transport: String) -> String {
    transport == "tcp" ? "tcp://127.0.0.1:0" : "ipc://" + GatewayServer.freshPath()
  }

  /// The whole simple path, on every transport and with and without keys.
  @Test(arguments: transports, [false, true])
  func aRunIsAnswered(transport: String, hasKeys: Bool) throws {
    let keys = hasKeys ? try TestKeys() : nil
    let key = try keys?.add("alice")
    let test = try GatewayServer(endpoint: endpoint(transport)) { $0.keys = keys?.folder }
    let security = key?.security ?? .none
    let control = try GatewayClient(test.endpoint, security: security)
    let hello = try control.hello()
    let run = try GatewayClient(hello.runEndpoint, security: security)
    let work = try GatewayWork(control, run, test.spec)
    #expect(try work.load().type == "image.load.ok")
    let answer = try work.run(samples: 3)
    #expect(answer.type == "run.ok")
    #expect(try answer.array("offsets", Int.self).count == 4)
    #expect(
      try control.ask("lease.release", session: work.session, ["chip": .text("0")]).type
        == "lease.release.ok")
    #expect(try control.code("session.close", session: work.session) == "ok")
  }

  @Test func rolesDecideWhatMayBeAsked() throws {
    let keys = try TestKeys()
    let viewer = try keys.add("viewer", role: "viewer")
    let guest = try keys.add("guest", role: "runner", chips: ["another"])
    let admin = try keys.add("admin", role: "admin")
    let test = try GatewayServer { $0.keys = keys.folder }
    let looking = try GatewayClient(test.endpoint, security: viewer.security)
    #expect(try looking.code("status") == "ok")
    #expect(try looking.code("metrics") == "ok")
    #expect(try looking.code("session.open", ["client": .text("x")]) == "not_permitted")
    #expect(try looking.code("lease.break", ["chip": .text("0")]) == "not_permitted")
    #expect(try looking.code("server.stop") == "not_permitted")
    let using = try GatewayClient(test.endpoint, security: guest.security)
    let session = try using.open()
    let code = try using.code("lease.acquire", session: session, ["chip": .text("0")])
    #expect(code == "not_permitted" || code == "no_chip")
    #expect(try using.code("lease.break", ["chip": .text("0")]) == "not_permitted")
    let operating = try GatewayClient(test.endpoint, security: admin.security)
    #expect(try operating.code("lease.break", ["chip": .text("0")]) == "ok")
  }

  @Test func aThousandSessionsOfOneUserAreFour() throws {
    let keys = try TestKeys()
    let (alice, bob) = (try keys.add("alice"), try keys.add("bob"))
    let test = try GatewayServer { settings in
      settings.keys = keys.folder
      settings.limits.sessionsPerUser = 4
    }
    let greedy = try GatewayClient(test.endpoint, security: alice.security)
    var codes: [String: Int] = [:]
    for _ in 0..<1000 {
      codes[try greedy.code("session.open", ["client": .text("greedy")]), default: 0] += 1
    }
    #expect(codes == ["ok": 4, "too_many_sessions": 996])
    let other = try GatewayClient(test.endpoint, security: bob.security)
    #expect(try other.code("session.open", ["client": .text("other")]) == "ok")
  }

  @Test func aKeyThatIsTakenAwayEndsWhatItOpened() throws {
    let keys = try TestKeys()
    let (alice, bob) = (try keys.add("alice"), try keys.add("bob"))
    let test = try GatewayServer { $0.keys = keys.folder }
    let leaving = try GatewayClient(test.endpoint, security: alice.security)
    let staying = try GatewayClient(test.endpoint, security: bob.security)
    #expect(try leaving.code("ping") == "ok")
    try KeyFolder(keys.folder).removeUser("alice")
    test.server.reload()
    var code = "ok"
    for _ in 0..<1000 where code == "ok" {
      usleep(5000)
      code = try leaving.code("ping")
    }
    #expect(code == "not_permitted")
    #expect(try staying.code("ping") == "ok")
  }

  // MARK: Mischief

  @Test(arguments: transports)
  func garbageIsAnsweredOrDroppedAndOthersAreServed(transport: String) throws {
    let test = try GatewayServer(endpoint: endpoint(transport))
    let good = try GatewayClient(test.endpoint)
    let hello = try good.hello()
    for place in [hello.runEndpoint, hello.eventEndpoint, test.endpoint] {
      let bad = try GatewayClient(place)
      for seed in 0..<60 {
        var random = CounterRandomStream(seed: UInt64(seed))
        bad.send(Self.garbage(&random))
        if seed % 10 == 0 { #expect(try good.code("ping") == "ok", "seed \(seed)") }
      }
    }
    #expect(try good.code("ping") == "ok")
  }

  private static func garbage(_ random: inout CounterRandomStream) -> [Frame] {
    var header = Array("{\"type\":\"ping\",\"id\":\"x\",\"payload\":[{\"bytes\":3}]}".utf8)
    for _ in 0..<random.below(6) { random.mutate(&header) }
    var frames = [Message.magic, Frame(header)]
    for _ in 0..<random.below(4) {
      frames.append(Frame(Array(repeating: UInt8(random.below(256)), count: random.below(2000))))
    }
    if random.below(5) == 0 { frames.removeFirst() }
    if random.below(9) == 0 { frames += Array(repeating: Frame([]), count: 200) }
    return frames
  }

  @Test func bytesThatAreNoZeroMQAreDropped() throws {
    let test = try GatewayServer(endpoint: "tcp://127.0.0.1:0") {
      $0.metrics = "tcp://127.0.0.1:0"
    }
    let good = try GatewayClient(test.endpoint)
    let hello = try good.hello()
    let junk: [[UInt8]] = [
      Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), Array(repeating: 0, count: 500),
      Array(repeating: 0xFF, count: 500), [0xFF], [],
      [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F] + Array(repeating: 3, count: 54) + [2]
        + Array(repeating: 0x3F, count: 8),
    ]
    let places = [test.endpoint, hello.runEndpoint, hello.eventEndpoint]
    var peers: [RawPeer] = []
    for place in places + [try #require(test.server.metricsEndpoint)] {
      for bytes in junk {
        let peer = try #require(RawPeer(place))
        peer.send(bytes)
        peers.append(peer)
        #expect(try good.code("ping") == "ok")
      }
    }
    #expect(peers.count == 24)
  }

  @Test(arguments: transports)
  func framesAboveTheLimitEndTheirConnection(transport: String) throws {
    let test = try GatewayServer(endpoint: endpoint(transport)) {
      $0.limits.frameBytes = 1 << 18
    }
    let good = try GatewayClient(test.endpoint)
    let bad = try GatewayClient(test.endpoint)
    #expect(try bad.code("ping") == "ok")
    bad.send([Message.magic, Frame(Array(repeating: 32, count: 1 << 18))])
    #expect(try good.code("ping") == "ok")
    // The bad one is connected again, and what it says then is heard.
    #expect(try bad.next(milliseconds: 300) == nil)
    #expect(try bad.code("ping") == "ok")
    // A header between limit and frame limit is told so.
    bad.send([Message.magic, Frame(Array(repeating: 32, count: Message.largestHeader + 1))])
    #expect(try bad.receive().refusal?.code == "too_large")
  }

  @Test func aReaderThatDoesNotReadDisturbsNobody() throws {
    let test = try GatewayServer()
    let good = try GatewayClient(test.endpoint)
    let slow = try GatewayClient(test.endpoint)
    let asked = 4000
    for i in 0..<asked {
      slow.send("chip.info", ["chip": .text("0")])
      if i % 500 == 0 { #expect(try good.code("ping") == "ok") }
    }
    #expect(try good.code("ping") == "ok")
    var got = 0
    while let answer = try slow.next(milliseconds: 500) {
      #expect(answer.type == "chip.info.ok")
      got += 1
    }
    // What did not arrive was counted.
    let totals = try good.ask("status").header.object("totals")
    #expect(try totals.integer("undelivered", 0...asked) <= asked - got)
    #expect(got > 0)
    #expect(try slow.code("ping") == "ok")
  }

  @Test func aMessageWithoutEndIsEndedAndOthersGoOn() throws {
    let test = try GatewayServer(endpoint: "tcp://127.0.0.1:0") { $0.guardsMemory = true }
    let good = try GatewayClient(test.endpoint)
    let hello = try good.hello()
    let session = try good.open()
    let endless = try #require(RawPeer(hello.runEndpoint))
    endless.greet()
    let piece = RawPeer.frameThatIsFollowed(Array(repeating: 7, count: 1 << 19))
    var sent = 0
    while sent < 1200, endless.send(piece) { sent += 1 }
    #expect(sent < 1200)
    #expect(!test.logged.with("memory.flood").isEmpty)
    // The same client goes on over the connection that libzmq has made again.
    #expect(try good.code("ping", session: session) == "ok")
    #expect(try GatewayClient(hello.runEndpoint).code("put", session: session) != "ok")
  }

  // MARK: Subscribers and the end

  @Test func subscribersHearOfTheStateAndOfTheEnd() throws {
    let test = try GatewayServer()
    let control = try GatewayClient(test.endpoint)
    let events = try GatewayClient(try control.hello().eventEndpoint, .subscriber)
    var sequence: [Int] = []
    while sequence.count < 3 {
      _ = try control.code("bye", session: try control.open())
      while let event = try events.event(milliseconds: 50) {
        #expect(["state", "queue"].contains(event["type"] as? String))
        sequence.append(try required(event["sequence"] as? Int, "sequence"))
      }
    }
    #expect(zip(sequence, sequence.dropFirst()).allSatisfy { $0 < $1 })
    test.server.stop()
    var last: String?
    while let event = try events.event(milliseconds: 500) { last = event["type"] as? String }
    #expect(last == "bye")
  }

  @Test func stoppingInTheMiddleOfARunAnswersIt() throws {
    let test = try GatewayServer(secondsPerSample: 0.05)
    let control = try GatewayClient(test.endpoint)
    let run = try GatewayClient(try control.hello().runEndpoint)
    let work = try GatewayWork(control, run, test.spec)
    #expect(try work.load().type == "image.load.ok")
    let id = work.sendRun(samples: 1000)
    while try control.ask("status").header.json.contains("\"job\"") == false { usleep(2000) }
    test.server.requestStop()
    var codes: [String] = []
    while codes.isEmpty, let answer = try run.next(milliseconds: 10_000) {
      if answer.id == id, let code = answer.refusal?.code { codes.append(code) }
    }
    #expect(codes.first == "shutting_down" || codes.first == "cancelled")
    test.server.waitUntilStopped()
    #expect(!test.logged.with("server.stopped").isEmpty)
  }

  @Test func stoppingTwiceEndsAtOnce() throws {
    let test = try GatewayServer(secondsPerSample: 60)
    let control = try GatewayClient(test.endpoint)
    let run = try GatewayClient(try control.hello().runEndpoint)
    let work = try GatewayWork(control, run, test.spec)
    #expect(try work.load().type == "image.load.ok")
    work.sendRun(samples: 1000)
    test.server.requestStop()
    test.server.requestStop()
    test.server.waitUntilStopped()
  }

  @Test func operatorsCanEndTheServer() throws {
    let test = try GatewayServer()
    let query = try ServerQuery(test.endpoint)
    #expect(try query.status().contains("\"phase\""))
    try query.stopServer()
    test.server.waitUntilStopped()
  }

  @Test func sessionsOutliveTheServerByTheJournal() throws {
    let state = GatewayServer.freshPath() + ".state"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let endpoint = "ipc://" + GatewayServer.freshPath()
    let session: String
    do {
      let test = try GatewayServer(endpoint: endpoint) { $0.state = state }
      session = try GatewayClient(test.endpoint).open()
      #expect(throws: LinkError.self) {
        _ = try GatewayServer { $0.state = state }
      }
      test.server.stop()
    }
    let test = try GatewayServer(endpoint: endpoint) { $0.state = state }
    #expect(try GatewayClient(test.endpoint).code("session.resume", session: session) == "ok")
  }
}

extension JSONObject {
  /// The object as text.
  var json: String { String(decoding: JSONValue.object(self).json, as: UTF8.self) }
}
