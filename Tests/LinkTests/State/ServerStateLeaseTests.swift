import Link
import TestSupport
import Testing

/// Leases: who may use a chip, under which epoch, for how long.
@Suite struct ServerStateLeaseTests {
  @Test func epochsGrowAndFence() throws {
    var bench = try StateBench()
    let session = try bench.open()
    #expect(try bench.ask("image.read", session, ["epoch": .integer(1)]) == "no_lease")
    #expect(try bench.lease(session) == .integer(1))
    #expect(try bench.lease(session) == .integer(1))
    #expect(try bench.ask("image.read", session) == "bad_header")
    #expect(try bench.ask("image.read", session, ["epoch": .integer(1)]) == "no_image")
    #expect(try bench.ask("lease.release", session) == "lease.release.ok")
    #expect(try bench.ask("image.read", session, ["epoch": .integer(1)]) == "stale_epoch")
    #expect(try bench.lease(session) == .integer(2))
    #expect(try bench.ask("image.read", session, ["epoch": .integer(1)]) == "stale_epoch")
  }

  @Test func aGrantWaitsForTheEpochsOnDisk() throws {
    var bench = try StateBench(isDurable: true)
    let first = try bench.open()
    let id = try bench.send("lease.acquire", first)
    #expect(bench.takeAnswers(id) == [])
    bench.commit()
    #expect(try bench.takeFields(id)["epoch"] == .integer(1))
    // The block holds more.
    let second = try bench.open()
    #expect(try bench.ask("lease.acquire", second) == "lease.acquire.ok")
    #expect(bench.transactions.isEmpty)
  }

  @Test func aFailedReservationIsSaid() throws {
    var bench = try StateBench(isDurable: true)
    let session = try bench.open()
    let id = try bench.send("lease.acquire", session)
    bench.commit(.full)
    #expect(bench.takeAnswers(id) == ["storage_failed"])
    let again = try bench.send("lease.acquire", session)
    bench.commit()
    #expect(bench.takeAnswers(again) == ["lease.acquire.ok"])
  }

  @Test func epochsGoOnAboveTheOldOnes() throws {
    var recovered = RecoveredState()
    recovered.epochs = ["0": 5_000]
    var bench = try StateBench(isDurable: true, recovered: recovered)
    let session = try bench.open()
    #expect(try bench.lease(session) == .integer(5_000))
    #expect(try bench.ask("image.read", session, ["epoch": .integer(4_999)]) == "stale_epoch")
  }

  @Test func exclusiveIsAloneAndSharedWait() throws {
    var bench = try StateBench { $0.sessionsPerUser = 8 }
    let (a, b, c) = (try bench.open("a"), try bench.open("b"), try bench.open("c"))
    let exclusive: JSONObject = ["mode": .text("exclusive"), "note": .text("alone")]
    _ = try bench.lease(a)
    var id = try bench.send("lease.acquire", b, exclusive)
    var fields = try bench.takeFields(id)
    #expect(try fields.text("state") == "queued")
    #expect(fields["position"] == .integer(1))
    // Those who come after it wait behind it.
    id = try bench.send("lease.acquire", c, ["wait_ms": .integer(1_000)])
    #expect(bench.takeAnswers(id) == [])
    _ = try bench.ask("lease.release", a)
    bench.pass(1_000)
    fields = try bench.takeFields(id)
    #expect(try fields.text("state") == "queued")
    #expect(try fields.text("held_by") == "local: alone (1 s)")
    #expect(try bench.ask("lease.acquire", b, exclusive) == "lease.acquire.ok")
    id = try bench.send("lease.acquire", c, ["wait_ms": .integer(1_000)])
    _ = try bench.ask("lease.release", b)
    #expect(try bench.takeFields(id).text("state") == "granted")
  }

  @Test func exclusiveHasABoundWhileOthersWait() throws {
    var bench = try StateBench { ($0.leaseMilliseconds, $0.sessionsPerUser) = (500, 8) }
    let (a, b) = (try bench.open("a"), try bench.open("b"))
    let terms: JSONObject = ["mode": .text("exclusive"), "ttl_ms": .integer(500)]
    let epoch = try bench.lease(a, terms)
    for _ in 0..<80 {
      bench.pass(100)
      _ = try bench.ask("ping", a)
    }
    #expect(try bench.ask("image.read", a, ["epoch": epoch]) == "no_image")
    _ = try bench.ask("lease.acquire", b)
    bench.pass(100)
    #expect(try bench.ask("image.read", a, ["epoch": epoch]) == "stale_epoch")
    let id = try bench.send("ping", b)
    #expect("\(try bench.takeFields(id))".contains("granted"))
  }

  @Test func silenceEndsALeaseAndCancelsItsRun() throws {
    var bench = try StateBench()
    let session = try bench.open()
    let epoch: JSONObject = ["epoch": try bench.lease(session, ["ttl_ms": .integer(500)])]
    try bench.load(session, epoch)
    let running = try bench.submit(session, epoch)
    let waiting = try bench.submit(session, epoch)
    bench.pass(500)
    #expect(bench.cancels.isEmpty)
    bench.pass(100)
    #expect(bench.takeAnswers(waiting) == ["stale_epoch"])
    #expect(bench.cancels.count == 1)
    try bench.fail(.cancelled)
    #expect(bench.takeAnswers(running) == ["cancelled"])
    #expect(try bench.ask("image.read", session, epoch) == "stale_epoch")
    #expect(try bench.ask("session.resume", session) == "session.resume.ok")
  }

  @Test func messagesRenewALease() throws {
    var bench = try StateBench()
    let session = try bench.open()
    let epoch = try bench.lease(session, ["ttl_ms": .integer(500)])
    for _ in 0..<10 {
      bench.pass(400)
      _ = try bench.ask("ping", session)
    }
    #expect(try bench.ask("image.read", session, ["epoch": epoch]) == "no_image")
    // A client that was stopped for longer comes back before any tick.
    bench.now += 501
    #expect(try bench.ask("image.read", session, ["epoch": epoch]) == "stale_epoch")
  }

  @Test func theOperatorBreaksLeases() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    let run = try bench.submit(session, epoch)
    let id = try bench.send("lease.break", nil, ["chip": .text("0")])
    #expect(try bench.takeFields(id)["broken"] == .integer(1))
    try bench.fail(.cancelled)
    #expect(bench.takeAnswers(run) == ["cancelled"])
    let late = try bench.submit(session, epoch)
    #expect(bench.takeAnswers(late) == ["stale_epoch"])
    let fresh: JSONObject = ["epoch": try bench.lease(session)]
    _ = try bench.submit(session, fresh)
    #expect(bench.doing == "run")
  }

  /// An answer is a fact of the past: sent again it is the same, and its epoch may be over.
  @Test func anAnswerThatIsGivenAgainMayTellOfADeadEpoch() throws {
    var bench = try StateBench()
    let (session, _) = try bench.start()
    let id = "again"
    let fields: JSONObject = ["chip": .text("0")]
    _ = try bench.send("lease.acquire", session, fields, id: id)
    let epoch: JSONObject = ["epoch": try required(bench.takeFields(id)["epoch"], "epoch")]
    #expect(try bench.ask("lease.break", nil, fields) == "lease.break.ok")
    _ = try bench.send("lease.acquire", session, fields, id: id, peer: 2)
    #expect(try bench.takeFields(id)["epoch"] == epoch["epoch"])
    // Signs of life tell of no lease, and work is refused.
    let ping = try bench.send("ping", session)
    #expect(try bench.takeFields(ping)["leases"] == .list([]))
    #expect(try bench.ask("image.read", session, epoch) == "stale_epoch")
    // Under a fresh id it is a new request.
    #expect(try bench.lease(session) == .integer(2))
  }

  /// All that a crash takes is taken before anybody is granted a lease.
  @Test func aCrashGrantsNothingThatItTakesAway() throws {
    var bench = try StateBench { $0.sessionsPerUser = 8 }
    let exclusive: JSONObject = ["mode": .text("exclusive")]
    let (a, b) = (try bench.open("a"), try bench.open("b"))
    // The second has something to lose, and waits for the first, which has too.
    for session in [b, a] {
      var epoch: JSONObject = ["epoch": try bench.lease(session)]
      try bench.load(session, epoch, learns: true)
      if session == b {
        #expect(try bench.ask("lease.release", b) == "lease.release.ok")
        epoch = ["epoch": try bench.lease(b, exclusive)]
      } else {
        epoch = ["epoch": try bench.lease(a, exclusive)]
      }
      _ = try bench.send("weights.write", session, epoch)
      try bench.work()
      if session == b { #expect(try bench.ask("lease.release", b) == "lease.release.ok") }
    }
    let id = try bench.send(
      "lease.acquire", b, ["mode": .text("exclusive"), "wait_ms": .integer(30_000)])
    bench.lines = []
    bench.act(.worker(chip: 0, .ended("signal 11")))
    #expect(
      bench.lines.map(\.event).filter { $0.hasPrefix("lease.") } == ["lease.lost", "lease.grant"])
    let epoch: JSONObject = ["epoch": try required(bench.takeFields(id)["epoch"], "epoch")]
    // It had no lease whose end would have told it: its first work does.
    #expect(try bench.ask("image.read", b, epoch) == "stale_epoch")
    let again: JSONObject = ["epoch": try bench.lease(b, exclusive)]
    bench.act(.worker(chip: 0, .ready(bench.info)))
    _ = try bench.submit(b, again)
    #expect(bench.doing == "restore")
  }

  /// Who asked where the images stand knows what is gone.
  @Test func whoAskedIsToldAndGoesOn() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start(learns: true)
    _ = try bench.send("weights.write", session, epoch)
    try bench.work()
    #expect(try bench.ask("lease.release", session) == "lease.release.ok")
    bench.act(.worker(chip: 0, .ended("signal 11")))
    bench.act(.worker(chip: 0, .ready(bench.info)))
    let again: JSONObject = ["epoch": try bench.lease(session)]
    let resume = try bench.send("session.resume", session)
    #expect("\(try bench.takeFields(resume))".contains("restored"))
    _ = try bench.submit(session, again)
    #expect(bench.doing == "restore")
  }

  /// What operators do to others is written down, and what somebody was not let do.
  @Test func ordersOfOperatorsAreAudited() throws {
    var bench = try StateBench()
    let chip: JSONObject = ["chip": .text("0")]
    for (type, fields) in [("lease.break", chip), ("chip.reset", chip), ("server.stop", [:])] {
      for (user, result) in [(User("vi", .viewer), "not_permitted"), (.local, "ok")] {
        (bench.user, bench.lines) = (user, [])
        let answer = try bench.ask(type, nil, fields, id: "\(type) \(user.name)")
        #expect(answer == (result == "ok" ? type + ".ok" : result))
        let line = try required(bench.lines.first { $0.event == type }, "line of \(type)")
        #expect(try line.fields.text("result") == result)
        #expect(try line.fields.text("user") == user.name)
        #expect(try line.fields.text("id") == "\(type) \(user.name)")
        #expect(bench.audited.contains(type))
      }
    }
    var other = try StateBench()
    #expect(try other.ask("lease.break", nil, ["chip": .text("nowhere")]) == "no_chip")
    let line = try required(other.lines.first { $0.event == "lease.break" }, "line")
    #expect(try line.fields.text("result") == "no_chip")
  }

  @Test func usersTakeTurnsInTheQueue() throws {
    var book = LeaseBook(from: 1)
    book.reserve(below: 100)
    let request = try StateBench.request(
      "lease.acquire", id: "x", session: "s", ["mode": .text("exclusive")])
    guard case .acquireLease(let terms) = request.command else {
      throw MissingValue(description: "no terms")
    }
    func holder(_ session: Int, _ user: String) -> LeaseBook.Holder {
      .init(session: session, user: user, client: "")
    }
    book.ask(holder(1, "alice"), terms)
    #expect(book.grant(at: 0).map(\.epoch) == [1])
    for session in 2...4 { book.ask(holder(session, "alice"), terms) }
    book.ask(holder(5, "bob"), terms)
    book.ask(holder(6, "carol"), terms)
    #expect(book.waiting.map(\.holder.session) == [2, 5, 6, 3, 4])
    book.release(1)
    #expect(book.grant(at: 0).map(\.holder.session) == [2])
    book.ask(holder(7, "bob"), terms)
    #expect(book.waiting.map(\.holder.session) == [5, 6, 3, 7, 4])
  }
}
