import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// What the client does when the server was started again, or took something away.
@Suite struct ClientRecoveryTests {
  /// The server dies when a message of a type comes first, and is there again as its journal has
  /// it.
  private func dying(
    at type: String, forgetting: Bool = false, checkpoint: Int = 0
  ) -> ScriptedServer.Script {
    first(1, type) { server, _ in
      try server.restart(forgetting: forgetting)
      server.standing = forgetting ? nil : ("restored", checkpoint)
      return true
    }
  }

  @Test(arguments: [true, false])
  func aLoadThatWasUnderWayIsSentAgain(forgetting: Bool) throws {
    let test = try ClientCase(script: dying(at: "image.load", forgetting: forgetting))
    // Once more where it was asked for before the restart was noticed.
    #expect((2...3).contains(test.server.heard("image.load").count))
    #expect(test.server.heard("session.open").count == (forgetting ? 2 : 1))
    #expect(try test.agrees())
  }

  /// Nothing was written since the load: nothing is lost.
  @Test(arguments: [true, false])
  func aRunOfAnImageAsItWasLoadedIsRepeated(forgetting: Bool) throws {
    let test = try ClientCase(script: dying(at: "run", forgetting: forgetting))
    #expect(try test.agrees())
    let runs = test.server.heard("run")
    #expect(runs.first?.id != runs.last?.id)
    #expect(test.server.heard("image.load").count == (forgetting ? 2 : 1))
    #expect(test.troubles.all.count == 1)
  }

  @Test(arguments: [true, false])
  func lostWeightsAreReported(forgetting: Bool) throws {
    let test = try ClientCase(script: dying(at: "run", forgetting: forgetting))
    try test.write(seed: 3)
    let error = test.error { _ = try test.chip.run(test.batch()) }
    let loss = ChipLoss(
      cause: .serverRestarted, checkpoint: forgetting ? nil : 0, runs: 0, writes: 1,
      runInDoubt: false)
    #expect(error == .lost(endpoint: test.server.endpoint, loss))
    // From then on the chip is as the error said.
    let image = try TestImage.make(for: test.server.spec, seed: 4)
    try test.chip.load(image)
    try test.local.load(image)
    #expect(try test.agrees())
  }

  @Test(arguments: [true, false])
  func lostWeightsAreWrittenAgainWhereThatIsWanted(forgetting: Bool) throws {
    let test = try ClientCase(options: .quick { $0.recovery = .reload }) { server, heard in
      // Two lives end: in the third batch, and in the load that comes of it.
      let ends =
        heard.type == "run" && server.heard("run").count == 3 && server.life == "life-1"
        || heard.type == "image.load" && server.life == "life-1+"
      guard ends else { return false }
      try server.restart(forgetting: forgetting)
      server.standing = forgetting ? nil : ("restored", 0)
      return true
    }
    for seed in UInt64(1)...5 {
      try test.write(seed: seed)
      #expect(try test.agrees(seed: seed), "batch \(seed)")
    }
    #expect(test.server.life == "life-1++")
    #expect((3...4).contains(test.server.heard("image.load").count))
    // Only the last weights of the rectangle are written again.
    #expect(test.server.heard("weights.write").count == 6)
  }

  /// The weights that travelled with the run that was interrupted travel with its repetition.
  @Test(arguments: [true, false])
  func weightsOfAnInterruptedRunAreNotLost(forgetting: Bool) throws {
    let options = RemoteOptions.quick { options in
      (options.joinsWrites, options.recovery) = (true, .reload)
    }
    let test = try ClientCase(options: options) { server, heard in
      guard heard.type == "run", server.heard("run").count == 3, server.life == "life-1" else {
        return false
      }
      try server.restart(forgetting: forgetting)
      server.standing = forgetting ? nil : ("restored", 0)
      return true
    }
    for seed in UInt64(1)...5 {
      try test.write(seed: seed)
      #expect(try test.agrees(seed: seed), "batch \(seed)")
    }
    // Those of the batch before come back with the image.
    #expect(test.server.heard("weights.write").count == 1)
  }

  @Test func aWriteThatWasUnderWayIsSentAgain() throws {
    let test = try ClientCase(script: dying(at: "weights.write"))
    try test.write(seed: 3)
    #expect(try test.agrees())
    #expect(test.troubles.all.count == 1)
  }

  @Test func weightsThatACommitHoldsAreNotLost() throws {
    let test = try ClientCase { server, heard in
      if heard.type == "image.commit" {
        server.grant(heard, ["checkpoint": .integer(1), "durable": .flag(true)])
        return true
      }
      guard heard.type == "run", server.life == "life-1" else { return false }
      try server.restart(forgetting: false)
      server.standing = ("restored", 1)
      return true
    }
    try test.write(seed: 3)
    #expect(try test.chip.commit() == 1)
    #expect(try test.agrees())
  }

  /// The lease ended between two requests, and nothing else.
  @Test(arguments: [WireError.Code.staleEpoch, .noLease, .cancelled])
  func aLostLeaseIsAskedForAgain(code: WireError.Code) throws {
    let test = try ClientCase(
      script: first(1, "run") { server, heard in
        server.epoch += 1
        server.refuse(heard, code)
        return true
      })
    try test.write(seed: 3)
    #expect(try test.agrees())
    #expect(test.server.heard("lease.acquire").count == 2)
    #expect(test.server.heard("weights.write").count == 1)
  }

  @Test func aLeaseThatIsLostAgainAtOnceIsReported() throws {
    let test = try ClientCase { server, heard in
      guard heard.type == "run" else { return false }
      server.refuse(heard, .staleEpoch)
      return true
    }
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(error == .remote(code: "stale_epoch", detail: "the lease was lost again at once"))
  }

  /// A worker that died takes with it what was written since the load, and nothing else.
  @Test(arguments: [true, false])
  func aWorkerThatDied(hasWritten: Bool) throws {
    let test = try ClientCase(
      script: first(1, "run") { server, heard in
        server.standing = ("restored", 0)
        server.refuse(heard, .chipFailed)
        return true
      })
    guard hasWritten else {
      #expect(try test.agrees())
      return
    }
    try test.write(seed: 3)
    let error = test.error { _ = try test.chip.run(test.batch()) }
    guard case .lost(_, let loss)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(loss.cause == .chipRestarted && loss.writes == 1)
    #expect(loss.description.contains("1 writes of weights"))
  }

  @Test func aPlaceInTheQueueIsToldAndWaitedFor() throws {
    let places = Lines()
    let options = RemoteOptions.quick { options in
      options.onQueued = { places.append("\($0.position) \($0.holder)") }
      options.lease = .exclusive
    }
    let test = try ClientCase(options: options) { server, heard in
      let asked = server.heard("lease.acquire").count
      guard heard.type == "lease.acquire", asked <= 2 else { return false }
      server.grant(
        heard,
        [
          "state": .text("queued"), "position": .integer(3 - asked),
          "held_by": .text("bob: nightly (12 s)"),
        ])
      return true
    }
    #expect(places.all == ["2 bob: nightly (12 s)", "1 bob: nightly (12 s)"])
    let asked = try required(test.server.heard("lease.acquire").first, "lease")
    #expect(asked.message.header["mode"] == .text("exclusive"))
    #expect(try test.agrees())
  }

  @Test func aServerThatStopsForGoodIsReported() throws {
    let test = try ClientCase(options: .quick { $0.patience = 0.3 }) { server, heard in
      guard ["run", "hello"].contains(heard.type), !server.heard("run").isEmpty else {
        return false
      }
      server.refuse(heard, .shuttingDown)
      return true
    }
    let error = test.error { _ = try test.chip.run(test.batch()) }
    #expect(error == .connection(endpoint: test.server.endpoint, detail: "is shutting down"))
  }
}
