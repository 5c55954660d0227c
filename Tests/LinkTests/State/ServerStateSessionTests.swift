import Link
import TestSupport
import Testing

/// Sessions: opened once, capped, bound to their user, ended by silence.
@Suite struct ServerStateSessionTests {
  @Test func greetingsWaitForTheWorkers() throws {
    var bench = try StateBench(isReady: false)
    let versions: JSONObject = ["versions": .list([.integer(1), .integer(2)])]
    let early = try bench.send("hello", nil, versions)
    #expect(bench.takeAnswers(early) == [])
    bench.act(.worker(chip: 0, .ready(bench.info)))
    let fields = try bench.takeFields(early)
    guard case .list(let chips)? = fields["chips"], case .object(let chip)? = chips.first else {
      throw MissingValue(description: "no chips")
    }
    #expect(try chip.text("hash") == bench.info.spec.hash)
    #expect(try chip.text("state") == "idle")
    #expect(try fields.text("role") == "admin")
    let old: JSONObject = ["versions": .list([.integer(1), .integer(1)])]
    #expect(try bench.ask("hello", nil, old) == "not_supported_version")
    #expect(try bench.ask("chip.info") == "chip.info.ok")
  }

  @Test func greetingsDoNotWaitForEver() throws {
    var bench = try StateBench(isReady: false)
    let hello = try bench.send("hello", nil, ["versions": .list([.integer(2), .integer(2)])])
    let info = try bench.send("chip.info")
    bench.pass(5_000)
    #expect(bench.takeAnswers(hello) == ["hello.ok"])
    #expect(bench.takeAnswers(info) == ["chip_failed"])
  }

  @Test func whatNeedsASessionSaysSo() throws {
    var bench = try StateBench()
    for type in ["session.resume", "session.close", "cancel", "image.read", "lease.release"] {
      #expect(try bench.ask(type) == "no_session", "\(type)")
    }
    #expect(try bench.ask("ping") == "ping.ok")
    #expect(try bench.ask("ping", "00") == "no_session")
    #expect(try bench.ask("bye") == "bye.ok")
    #expect(try bench.ask("status") == "status.ok")
  }

  @Test func aSessionIsOpenedOnce() throws {
    var bench = try StateBench(isDurable: true)
    let fields: JSONObject = ["client": .text("c")]
    try bench.send("session.open", nil, fields, id: "a")
    try bench.send("session.open", nil, fields, id: "a", peer: 2)
    #expect(bench.takeAnswers("a") == [])
    bench.commit()
    let replies = bench.takeReplies("a")
    #expect(replies.map(\.peer) == [Peer(.control, [2])])
    let token = try required(replies.first?.reply.fields, "answer").text("session")
    try bench.send("session.open", nil, fields, id: "a")
    #expect(try bench.takeFields("a").text("session") == token)
    #expect(try bench.ask("session.open", nil, ["client": .text("d")], id: "a") == "id_reused")
    #expect(try bench.ask("ping", token) == "ping.ok")
  }

  @Test func theTokenIsNeverWritten() throws {
    var bench = try StateBench(isDurable: true)
    try bench.send("session.open", nil, ["client": .text("c")], id: "a")
    let written = "\(bench.transactions)"
    bench.commit()
    let token = try bench.takeFields("a").text("session")
    #expect(written.contains(SessionToken(text: token).digest))
    #expect(!written.contains(token))
    #expect(!"\(bench.lines)".contains(token))
  }

  @Test func aFailedOpeningLeavesNothing() throws {
    var bench = try StateBench(isDurable: true) { $0.sessionsPerUser = 1 }
    let first = try bench.send("session.open", nil, ["client": .text("c")])
    bench.commit(.full)
    #expect(bench.takeAnswers(first) == ["storage_failed"])
    _ = try bench.open()
    #expect(try bench.ask("session.open", nil, ["client": .text("c")]) == "too_many_sessions")
  }

  @Test func sessionsAreCappedByUserAndInAll() throws {
    var bench = try StateBench { ($0.sessionsPerUser, $0.sessions) = (2, 3) }
    let open: JSONObject = ["client": .text("c")]
    bench.user = User("alice", .runner)
    let first = try bench.open()
    _ = try bench.open()
    #expect(try bench.ask("session.open", nil, open) == "too_many_sessions")
    bench.user = User("bob", .runner)
    _ = try bench.open()
    #expect(try bench.ask("session.open", nil, open) == "too_many_sessions")
    #expect(try bench.ask("ping", first) == "no_session")
    bench.user = User("alice", .runner)
    #expect(try bench.ask("session.close", first) == "session.close.ok")
    bench.user = User("bob", .runner)
    #expect(try bench.ask("session.open", nil, open) == "session.open.ok")
  }

  @Test func silenceEndsASession() throws {
    var bench = try StateBench { $0.sessionIdleSeconds = 2 }
    let session = try bench.open()
    bench.pass(2_000)
    #expect(try bench.ask("ping", session) == "ping.ok")
    bench.pass(2_000)
    bench.now += 1
    #expect(try bench.ask("ping", session) == "no_session")
  }

  @Test func closingIsAnsweredAgain() throws {
    var bench = try StateBench()
    let session = try bench.open()
    #expect(try bench.ask("session.close", session, id: "x") == "session.close.ok")
    #expect(try bench.ask("session.close", session, id: "x") == "session.close.ok")
    #expect(try bench.ask("session.close", session, id: "y") == "no_session")
  }

  @Test func rightsAreAskedFor() throws {
    var bench = try StateBench(chips: ["a", "b"])
    bench.user = User("eve", .viewer)
    #expect(try bench.ask("session.open", nil, ["client": .text("c")]) == "not_permitted")
    #expect(try bench.ask("status") == "status.ok")
    bench.user = User("alice", .runner, chips: ["a"])
    let session = try bench.open()
    #expect(try bench.ask("lease.acquire", session, ["chip": .text("b")]) == "not_permitted")
    #expect(try bench.ask("lease.acquire", session, ["chip": .text("c")]) == "no_chip")
    #expect(try bench.ask("lease.acquire", session) == "lease.acquire.ok")
    #expect(try bench.ask("lease.break", nil, ["chip": .text("a")]) == "not_permitted")
    #expect(try bench.ask("server.stop") == "not_permitted")
    bench.user = User("bob", .runner)
    let other = try bench.open()
    #expect(try bench.ask("lease.acquire", other) == "no_chip")
  }
}
