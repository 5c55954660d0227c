import Link
import TestSupport
import Testing

/// Work on a chip: its queue, its order, and that each request is done once.
@Suite struct ServerStateWorkTests {
  @Test func aRunIsAnswered() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let id = try bench.submit(session, epoch, ["accepted": .flag(true)])
    #expect(bench.takeAnswers(id) == ["run.accepted"])
    #expect(bench.doing == "run")
    try bench.work(bytes: 24)
    let reply = try required(bench.takeReplies(id).first?.reply, "reply")
    #expect(reply.name == "run.ok")
    let fields = try required(reply.fields, "fields")
    let payload = try required(reply.payload, "payload")
    #expect(fields["chunks"] == .integer(0))
    #expect(fields["bytes"] == .integer(24))
    #expect(fields["digest"] == .integer(Int(payload.frame.checksum)))
    #expect(fields["samples"] == .list([.integer(0), .integer(1)]))
    #expect(fields["hardware_seconds"] == .integer(1) || fields["hardware_seconds"] == .number(1))
    #expect(fields["runs_since"] == .integer(1))
  }

  @Test func imagesBelongToTheirSession() throws {
    var bench = try StateBench()
    let (first, epoch) = try bench.start()
    let second = try bench.open()
    let other: JSONObject = ["epoch": try bench.lease(second)]
    let id = try bench.submit(second, other)
    #expect(bench.takeAnswers(id) == ["no_image"])
    try bench.load(second, other)
    let a = try bench.submit(first, epoch)
    let slot = try required(bench.order().order.slot, "slot")
    try bench.work()
    let b = try bench.submit(second, other)
    #expect(try bench.order().order.slot != slot)
    try bench.work()
    #expect(bench.takeAnswers(a) + bench.takeAnswers(b) == ["run.ok", "run.ok"])
  }

  @Test func aLoadedImageTakesAFreshSlotAndTheOldOneGoes() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch)
    let old = try required(bench.order().order.slot, "slot")
    try bench.work()
    let id = try bench.send(
      "image.load", session, epoch, payload: Payload([WireArray("image", [4] as [UInt8])]))
    let fresh = try required(bench.order().order.slot, "slot")
    #expect(fresh != old)
    try bench.work()
    #expect(bench.takeAnswers(id) == [])
    bench.commit(.full)
    #expect(bench.takeAnswers(id) == ["storage_failed"])
    #expect(bench.doing == "forget")
    #expect(try bench.order().order.slot == fresh)
    try bench.work()
    _ = try bench.submit(session, epoch)
    #expect(try bench.order().order.slot == old)
  }

  @Test func oneRequestIsDoneOnce() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch, id: "b1")
    _ = try bench.submit(session, epoch, id: "b1", peer: 2)
    let runs = bench.orders.count
    try bench.work()
    #expect(runs == 1)
    #expect(bench.orders.isEmpty)
    let replies = bench.takeReplies("b1")
    #expect(replies.map(\.peer) == [Peer(.run, [2])])
    for _ in 0..<3 {
      _ = try bench.submit(session, epoch, id: "b1")
      let again = try required(bench.takeReplies("b1").first?.reply, "reply")
      #expect(again.payload?.frame.bytes == replies[0].reply.payload?.frame.bytes)
    }
    _ = try bench.submit(session, epoch, ["credit": .integer(3)], id: "b1")
    #expect(bench.takeAnswers("b1") == ["id_reused"])
    #expect(bench.orders.isEmpty)
  }

  @Test func acknowledgedResultsAreForgotten() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch, id: "b1")
    try bench.work()
    _ = bench.takeReplies("b1")
    let next = try bench.submit(session, epoch, ["acks": .list([.text("b1")])])
    try bench.work()
    #expect(bench.takeAnswers(next) == ["run.ok"])
    _ = try bench.submit(session, epoch, id: "b1")
    #expect(bench.takeAnswers("b1") == ["lost"])
    #expect(bench.orders.isEmpty)
    let state = try bench.send("request.state", session, ["target": .text("b1")])
    #expect(try bench.takeFields(state).text("state") == "done")
  }

  @Test func theQueueIsBounded() throws {
    var bench = try StateBench { $0.queue = 2 }
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch)
    _ = try bench.submit(session, epoch)
    _ = try bench.submit(session, epoch)
    let refused = try bench.submit(session, epoch, id: "x")
    #expect(bench.takeAnswers(refused) == ["busy"])
    try bench.work()
    // Nothing was done of it, so the same request may come again.
    _ = try bench.submit(session, epoch, id: "x")
    #expect(bench.takeAnswers("x") == [])
  }

  @Test func workKeepsItsOrder() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    var ids: [String] = []
    for _ in 0..<4 { ids.append(try bench.submit(session, epoch)) }
    for id in ids {
      try bench.work()
      #expect(bench.takeAnswers(id) == ["run.ok"])
    }
  }

  @Test func waitingHasADeadline() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let first = try bench.submit(session, epoch, ["deadline_ms": .integer(300)])
    let second = try bench.submit(session, epoch, ["deadline_ms": .integer(300)])
    bench.pass(300)
    #expect(bench.takeAnswers(second) == ["deadline_exceeded"])
    try bench.work()
    #expect(bench.takeAnswers(first) == ["run.ok"])
    #expect(bench.orders.isEmpty)
  }

  @Test func cancelEndsWhatWaitsAndWhatRuns() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let (a, b) = (try bench.submit(session, epoch), try bench.submit(session, epoch))
    var id = try bench.send("cancel", session, ["target": .text(b)])
    #expect(try bench.takeFields(id)["cancelled"] == .integer(1))
    #expect(bench.takeAnswers(b) == ["cancelled"])
    id = try bench.send("cancel", session)
    #expect(try bench.takeFields(id)["cancelled"] == .integer(1))
    #expect(bench.cancels.count == 1)
    // The slice was done before the worker heard of it: the run is dropped.
    try bench.slice(0..<1, of: 3)
    #expect(bench.takeAnswers(a) == ["cancelled"])
    #expect(bench.doing == "drop")
    try bench.work()
    let c = try bench.submit(session, epoch)
    try bench.work()
    #expect(bench.takeAnswers(c) == ["run.ok"])
  }

  @Test func aRunThatEndsInTheSameMomentIsAnswered() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let id = try bench.submit(session, epoch)
    _ = try bench.ask("cancel", session)
    try bench.work()
    #expect(bench.takeAnswers(id) == ["run.ok"])
  }

  @Test func closingASessionCancelsItsWork() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let (a, b) = (try bench.submit(session, epoch), try bench.submit(session, epoch))
    #expect(try bench.ask("session.close", session) == "session.close.ok")
    #expect(bench.takeAnswers(b) == ["cancelled"])
    try bench.fail(.cancelled)
    #expect(bench.takeAnswers(a) == ["cancelled"])
    #expect(bench.doing == "forget")
    try bench.work()
    #expect(bench.orders.isEmpty)
  }

  @Test func nothingIsLeftOfAnEndedSession() throws {
    var bench = try StateBench()
    let empty = bench.state.holdings
    let (session, epoch) = try bench.start()
    let run = try bench.submit(session, epoch)
    _ = try bench.submit(session, epoch)
    _ = try bench.ask("session.close", session)
    try bench.slice(0..<1, of: 2)
    #expect(bench.takeAnswers(run) == ["cancelled"])
    while !bench.orders.isEmpty { try bench.work() }
    #expect(bench.state.holdings == empty)
  }

  @Test func aRunThatWasDoneIsNotSaidToBeCancelled() throws {
    var bench = try StateBench { $0.frameBytes = 16 }
    let (session, epoch) = try bench.start()
    let long = try bench.submit(session, epoch, ["credit": .integer(1)])
    _ = try bench.ask("session.close", session)
    try bench.slice(0..<1, of: 1, bytes: 64)
    #expect(bench.takeAnswers(long) == ["run.chunk", "lost"])
  }

  @Test func tooLongRunsAreRefused() throws {
    var bench = try StateBench { $0.runTicks = 30 }
    let (session, epoch) = try bench.start()
    for (samples, answer) in [(3, []), (4, ["too_large"])] {
      var fields = StateBench.run
      fields.merge(epoch)
      let numbers = (0..<samples).map { UInt64($0) }
      let id = try bench.send(
        "run", session, fields, payload: Payload([WireArray("sample_numbers", numbers)]))
      #expect(bench.takeAnswers(id) == answer)
    }
  }

  @Test func compileNeedsNoLeaseAndCalibrateItsRight() throws {
    var bench = try StateBench(features: ["compile", "calibrate"])
    let session = try bench.open()
    let id = try bench.send("compile", session, ["chip": .text("0")])
    #expect(try bench.order(1).order.name == "compile")
    try bench.work(chip: 1)
    #expect(bench.takeAnswers(id) == ["compile.ok"])
    let epoch: JSONObject = ["epoch": try bench.lease(session)]
    bench.user = User("local", .runner)
    #expect(try bench.ask("calibrate", session, epoch) == "not_permitted")
    bench.user = .local
    let calibration = try bench.send("calibrate", session, epoch)
    try bench.work()
    let reply = try required(bench.takeReplies(calibration).first?.reply, "reply")
    #expect(reply.name == "calibrate.ok")
    #expect(reply.payload?.frame.bytes.prefix(3) == [1, 2, 3])
    var without = try StateBench()
    let other = try without.open()
    #expect(try without.ask("compile", other) == "not_available")
    #expect(
      try without.ask("calibrate", other, ["epoch": try without.lease(other)]) == "not_available")
  }

  @Test func uploadsStandForFrames() throws {
    var bench = try StateBench { $0.uploadBytes = 32 }
    let session = try bench.open()
    let epoch: JSONObject = ["epoch": try bench.lease(session)]
    func put(_ offset: Int, _ bytes: [UInt8], total: Int = 19) throws -> String {
      try bench.ask(
        "put", session,
        ["upload": .text("u"), "offset": .integer(offset), "total": .integer(total)],
        payload: Payload([WireArray("data", bytes)]))
    }
    let content = (0..<19).map { UInt8($0) }
    let image: JSONObject = [
      "bytes": .integer(24), "crc32c": .integer(0), "upload": .text("u"),
      "arrays": .list([
        .object([
          "name": .text("image"), "dtype": .text("u8"), "shape": .list([.integer(19)]),
        ])
      ]),
    ]
    var fields = epoch
    fields["payload"] = .list([.object(image)])
    #expect(try put(0, Array(content[..<11]), total: 24) == "put.ok")
    #expect(try put(12, Array(content[11...]), total: 24) == "bad_header")
    #expect(try bench.ask("image.load", session, fields) == "bad_payload")
    #expect(try put(11, Array(content[11...]) + [0, 0, 0, 0, 0], total: 24) == "put.ok")
    #expect(try put(0, content, total: 24) == "bad_header")
    let id = try bench.send("image.load", session, fields)
    guard case .load(_, let message) = try bench.order().order else {
      throw MissingValue(description: "no load")
    }
    #expect(message.missingUploads.isEmpty)
    try bench.work()
    #expect(bench.takeAnswers(id) == ["image.load.ok"])
    #expect(try put(0, content, total: 40) == "too_large")
  }
}
