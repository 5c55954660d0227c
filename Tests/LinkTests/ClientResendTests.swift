import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// Answers that are late, and requests that did not arrive.
@Suite struct ClientResendTests {
  @Test(arguments: ["image.load", "weights.write", "run"])
  func whatTheServerNeverHadIsSentAgainByteForByte(type: String) throws {
    let test = try ClientCase(script: first(2, type) { _, _ in true })
    try test.write(seed: 3)
    #expect(try test.agrees())
    let sent = test.server.heard(type)
    #expect(sent.count == 3)
    #expect(Set(sent.map(\.bytes)).count == 1)
    let attaches = test.server.heard("request.attach")
    #expect(attaches.count == 2)
    for attach in attaches {
      #expect(attach.message.header["target"] == .text(sent[0].id))
      #expect(attach.message.header["received"] == .integer(0))
    }
  }

  @Test func aLateAnswerIsAwaitedWithoutSendingTheRequestAgain() throws {
    nonisolated(unsafe) var asked = 0
    nonisolated(unsafe) var run: ScriptedServer.Heard?
    let test = try ClientCase { server, heard in
      switch heard.type {
      case "run":
        run = heard
        return true
      case "request.attach":
        asked += 1
        server.grant(heard, ["target": .text(run?.id ?? ""), "state": .text("running")])
        if asked == 3, let run { try server.answer(run) }
        return true
      default: return false
      }
    }
    #expect(try test.agrees())
    #expect(test.server.heard("run").count == 1)
  }

  @Test func answersThatComeTwiceAreTakenOnce() throws {
    let test = try ClientCase { server, heard in
      guard ["run", "weights.write", "image.load"].contains(heard.type) else { return false }
      for _ in 0..<3 { try server.answer(heard) }
      return true
    }
    for seed in UInt64(1)...3 {
      try test.write(seed: seed)
      #expect(try test.agrees(seed: seed))
    }
  }

  /// The server forgets its connections: the same requests come over other ones.
  @Test(arguments: ["weights.write", "run"])
  func routingIsFoundAgainAfterAReconnect(type: String) throws {
    let test = try ClientCase(
      script: first(1, type) { server, _ in
        try server.reconnect()
        return true
      })
    for seed in UInt64(1)...3 {
      try test.write(seed: seed)
      #expect(try test.agrees(seed: seed))
    }
    let sent = test.server.heard(type)
    #expect(sent.count >= 4 && sent[0].bytes == sent[1].bytes)
    #expect(test.troubles.all == [])
  }

  @Test func whatTheServerHadAndForgotIsNotSentAgain() throws {
    let test = try ClientCase { server, heard in
      guard heard.type == "run" else { return false }
      server.send(.message(type: "run.accepted", ["waiting": .integer(0)], nil), to: heard)
      return true
    }
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(error == .remote(code: "lost", detail: "the server has forgotten a 'run'"))
    #expect(test.server.heard("run").count == 1)
  }

  @Test func aServerThatDiesIsReportedAfterThePatience() throws {
    let test = try ClientCase(options: .quick { $0.patience = 0.4 }) { server, heard in
      if heard.type == "run" { server.isDead = true }
      return server.isDead
    }
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(
      error
        == .connection(
          endpoint: test.server.endpoint, detail: "went away: it gave no sign of life for 0.4 s"))
  }

  @Test func cancellingEndsARun() throws {
    let cancellation = Cancellation()
    nonisolated(unsafe) var run: ScriptedServer.Heard?
    let test = try ClientCase { server, heard in
      switch heard.type {
      case "run" where run == nil:
        run = heard
        cancellation.cancel()
        return true
      case "cancel":
        #expect(heard.message.header["target"] == .text(run?.id ?? ""))
        server.grant(heard, ["cancelled": .integer(1)])
        if let run { server.refuse(run, .cancelled) }
        return true
      default: return false
      }
    }
    let error = test.error { _ = try test.chip.run(test.batch(), cancellation: cancellation) }
    #expect(error == .cancelled)
    #expect(try test.agrees())
  }

  @Test func everythingIsReleasedAtTheEnd() throws {
    let test = try ClientCase()
    test.chip.close()
    test.chip.close()
    #expect(test.server.heard("session.close").count == 1)
    let error = test.error { try test.chip.ping() }
    #expect(error == .connection(endpoint: test.server.endpoint, detail: "was closed on this side"))
  }
}
