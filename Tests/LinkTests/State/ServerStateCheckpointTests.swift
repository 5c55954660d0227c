import Link
import TestSupport
import Testing

/// What is on disk, what is lost with a worker or the server, and how clients learn of it.
@Suite struct ServerStateCheckpointTests {
  @Test func learningRunsAreSavedAndNamed() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    let id = try bench.submit(session, epoch)
    try bench.work()
    var fields = try bench.takeFields(id)
    #expect(fields["checkpoint"] == .integer(0))
    #expect(fields["runs_since"] == .integer(1))
    #expect(bench.doing == "snapshot")
    try bench.work()
    let entries = try required(bench.transactions.first, "transaction").entries
    guard case .checkpoint(_, "0", 1, [1, 2, 3]) = entries.first,
      case .answered(_, id, _, let header) = entries.last
    else { throw MissingValue(description: "no checkpoint in \(entries)") }
    #expect(String(decoding: header, as: UTF8.self).contains("\"lost\""))
    bench.commit()
    let next = try bench.submit(session, epoch)
    try bench.work()
    fields = try bench.takeFields(next)
    #expect(fields["checkpoint"] == .integer(1))
    #expect(fields["runs_since"] == .integer(1))
  }

  @Test func otherImagesAreSavedByCommitAlone() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start()
    let run = try bench.submit(session, epoch)
    try bench.work()
    #expect(bench.takeAnswers(run) == ["run.ok"])
    #expect(bench.orders.isEmpty)
    let write = try bench.send("weights.write", session, epoch)
    try bench.work()
    #expect(try bench.takeFields(write)["volatile"] == .flag(true))
    let commit = try bench.send("image.commit", session, epoch)
    #expect(bench.doing == "snapshot")
    try bench.work()
    #expect(bench.takeAnswers(commit) == [])
    bench.commit()
    let fields = try bench.takeFields(commit)
    #expect(fields["checkpoint"] == .integer(1))
    #expect(fields["durable"] == .flag(true))
    let failing = try bench.send("image.commit", session, epoch)
    try bench.work()
    bench.commit(.full)
    #expect(bench.takeAnswers(failing) == ["storage_failed"])
    let resume = try bench.send("session.resume", session)
    #expect("\(try bench.takeFields(resume))".contains("checkpoint"))
  }

  @Test func oneCheckpointIsUnderWayAtATime() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    for _ in 0..<5 {
      _ = try bench.submit(session, epoch)
      try bench.work()
      if bench.doing == "snapshot" { try bench.work() }
    }
    #expect(bench.transactions.count == 1)
    bench.commit()
    // What came after it is saved when it is on disk.
    #expect(bench.doing == "snapshot")
    try bench.work()
    let answered = try required(bench.transactions.first, "transaction").entries.dropFirst()
    #expect(answered.count == 4)
  }

  @Test func aCrashFailsTheRunAndPutsTheImageBack() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start()
    let slot = try required(submittedSlot(&bench, session, epoch), "slot")
    let (a, b) = (try bench.submit(session, epoch), try bench.submit(session, epoch))
    bench.act(.worker(chip: 0, .ended("signal 9")))
    #expect(bench.starts == [0])
    #expect(bench.takeAnswers(a) == ["chip_failed"])
    #expect(bench.takeAnswers(b) == [])
    bench.act(.worker(chip: 0, .ready(bench.info)))
    let fetch = try required(bench.fetches.first, "fetch")
    #expect(fetch.chip == "0")
    let stored = StoredImage(hash: "h", bytes: [9, 9], state: [1])
    bench.act(.fetched(ticket: fetch.ticket, stored))
    guard case .restore(slot, stored) = try bench.order().order else {
      throw MissingValue(description: "the image is not put back")
    }
    try bench.work()
    #expect(bench.doing == "run")
    try bench.work()
    #expect(bench.takeAnswers(b) == ["run.ok"])
  }

  private func submittedSlot(
    _ bench: inout StateBench, _ session: String, _ epoch: JSONObject
  ) throws -> Int? {
    _ = try bench.submit(session, epoch)
    let slot = try bench.order().order.slot
    try bench.work()
    return slot
  }

  @Test func whoLostWeightsLosesTheLease() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start()
    _ = try bench.send("weights.write", session, epoch)
    try bench.work()
    bench.act(.worker(chip: 0, .ended("signal 9")))
    let id = try bench.submit(session, epoch)
    #expect(bench.takeAnswers(id) == ["stale_epoch"])
    let resume = try bench.send("session.resume", session)
    #expect("\(try bench.takeFields(resume))".contains("restored"))
  }

  @Test func resumeWaitsForTheJournalToDecide() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    _ = try bench.submit(session, epoch)
    try bench.work()
    try bench.work()
    bench.act(.worker(chip: 0, .ended("signal 9")))
    let id = try bench.send("session.resume", session)
    #expect(bench.takeAnswers(id) == [])
    bench.commit()
    guard case .list(let images)? = try bench.takeFields(id)["images"],
      case .object(let image)? = images.first
    else { throw MissingValue(description: "no image") }
    #expect(image["checkpoint"] == .integer(1))
    #expect(image["runs_since"] == .integer(0))
  }

  @Test func anImageThatNobodyNeedsAnyMoreIsForgotten() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    bench.act(.worker(chip: 0, .ended("signal 9")))
    bench.act(.worker(chip: 0, .ready(bench.info)))
    let run = try bench.submit(session, epoch)
    #expect(bench.doing == "restore")
    _ = try bench.ask("session.close", session)
    #expect(bench.takeAnswers(run) == ["cancelled"])
    try bench.work()
    #expect(bench.doing == "forget")
  }

  @Test func anImageThatCannotBeReadIsSaid() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start()
    bench.act(.worker(chip: 0, .ended("signal 9")))
    bench.act(.worker(chip: 0, .ready(bench.info)))
    let id = try bench.submit(session, epoch)
    bench.act(.fetched(ticket: try required(bench.fetches.last, "fetch").ticket, nil))
    #expect(bench.takeAnswers(id) == ["storage_failed"])
    #expect(bench.orders.isEmpty)
  }

  @Test func withoutAJournalTheImageIsKeptInMemory() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    bench.act(.worker(chip: 0, .ended("signal 9")))
    bench.act(.worker(chip: 0, .ready(bench.info)))
    _ = try bench.submit(session, epoch)
    guard case .restore(_, let stored) = try bench.order().order else {
      throw MissingValue(description: "the image is not put back")
    }
    #expect(stored.bytes == [9, 9])
  }

  @Test func threeCrashesInAMinuteAreAFault() throws {
    var bench = try StateBench()
    let session = try bench.start().session
    for round in 1...3 {
      bench.pass(30_000)
      _ = try bench.ask("ping", session)
      bench.act(.worker(chip: 0, .ended("no reason")))
      #expect(bench.starts.count == round)
      bench.act(.worker(chip: 0, .ready(bench.info)))
    }
    let fresh: JSONObject = ["epoch": try bench.lease(session)]
    bench.pass(30_000)
    _ = try bench.ask("ping", session)
    let again: JSONObject = ["epoch": try bench.lease(session)]
    #expect(again != fresh)
    bench.act(.worker(chip: 0, .ended("no reason")))
    let waiting = try bench.submit(session, again)
    #expect(bench.takeAnswers(waiting) == [])
    bench.act(.worker(chip: 0, .ended("no reason")))
    #expect(bench.takeAnswers(waiting) == ["chip_faulted"])
    let refused = try bench.submit(session, again)
    #expect(bench.takeAnswers(refused) == ["chip_faulted"])
    let starts = bench.starts.count
    #expect(try bench.ask("chip.reset") == "chip.reset.ok")
    #expect(bench.starts.count == starts + 1)
    bench.act(.worker(chip: 0, .ready(bench.info)))
    _ = try bench.submit(session, again)
    #expect(bench.doing == "restore")
  }

  @Test func aRestartedServerGoesOn() throws {
    let token = SessionToken(5, 6)
    var recovered = RecoveredState()
    let lost = Reply(id: "old", .failure(WireError(.lost, "gone")))
    var request = StateBench.run
    request["epoch"] = .integer(3)
    let old = try StateBench.request("run", id: "old", session: token.text, request)
    recovered.epochs = ["0": 100]
    recovered.sessions = [
      .init(
        digest: token.digest, user: "local", client: "c",
        images: ["0": .init(hash: "h", checkpoint: 7)],
        answered: [
          .init(id: "old", fingerprint: old.fingerprint, header: lost.frames[1].bytes)
        ])
    ]
    var bench = try StateBench(isDurable: true, recovered: recovered)
    let resume = try bench.send("session.resume", token.text)
    let text = "\(try bench.takeFields(resume))"
    #expect(text.contains("restored") && text.contains("integer(7)"))
    // What a checkpoint holds is not done again; what it does not hold is fenced by its epoch.
    bench.act(.request(old, from: Peer(.run, [1]), by: .local))
    #expect(bench.takeAnswers("old") == ["lost"])
    let unknown = try bench.submit(token.text, ["epoch": .integer(4)])
    #expect(bench.takeAnswers(unknown) == ["stale_epoch"])
    let epoch: JSONObject = ["epoch": try bench.lease(token.text)]
    #expect(epoch["epoch"] == .integer(100))
    _ = try bench.submit(token.text, epoch)
    #expect(bench.fetches.count == 1)
  }

  @Test func aRestartedServerKeepsTheAskedCheckpoints() throws {
    var bench = try StateBench(isDurable: true)
    let session = try bench.open()
    let first: JSONObject = ["epoch": try bench.lease(session)]
    var load = first
    load["checkpoint_every"] = .integer(2)
    let payload = Payload([WireArray("image", [9, 9] as [UInt8])])
    let id = try bench.send("image.load", session, load, payload: payload)
    try bench.work(learns: true)
    let asked = bench.transactions.flatMap(\.entries).compactMap { entry -> Int? in
      if case .image(_, _, _, let every, _) = entry { every } else { nil }
    }
    #expect(asked == [2])
    bench.commit()
    #expect(bench.takeAnswers(id) == ["image.load.ok"])

    let token = SessionToken(5, 6)
    var recovered = RecoveredState()
    recovered.sessions = [
      .init(
        digest: token.digest, user: "local", client: "c",
        images: ["0": .init(hash: "h", checkpoint: 0, checkpointEvery: 2)])
    ]
    var later = try StateBench(isDurable: true, recovered: recovered)
    _ = try later.send("session.resume", token.text)
    let epoch: JSONObject = ["epoch": try later.lease(token.text)]
    _ = try later.submit(token.text, epoch)
    let stored = StoredImage(hash: "h", bytes: [9, 9], state: nil)
    for fetch in later.fetches { later.act(.fetched(ticket: fetch.ticket, stored)) }
    try later.work(learns: true)
    try later.work()
    #expect(later.doing == "nothing", "a checkpoint after one run, and two were asked for")
    _ = try later.submit(token.text, epoch)
    try later.work()
    #expect(later.doing == "snapshot")
  }

  /// The state of the image before must not be written once another one is on its way to disk.
  @Test func noCheckpointOvertakesAnImage() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    // Two runs; the checkpoint after the first is with the journal when the second is done.
    for _ in 0..<2 {
      _ = try bench.submit(session, epoch)
      try bench.work()
      if bench.doing == "snapshot" { try bench.work() }
    }
    let checkpoint = try required(bench.transactions.last, "checkpoint")
    bench.transactions.removeLast()
    let payload = Payload([WireArray("image", [8, 8] as [UInt8])])
    let id = try bench.send("image.load", session, epoch, payload: payload)
    try bench.work(learns: true)
    bench.act(.journaled(ticket: checkpoint.ticket, nil))
    #expect(bench.doing == "nothing", "a state is taken for the image that is on its way")
    // The load fails: the image before stays, and has its checkpoint now.
    bench.commit(.full)
    #expect(bench.takeAnswers(id) == ["storage_failed"])
    if bench.doing == "forget" { try bench.work() }
    #expect(bench.doing == "snapshot")
  }

  /// A checkpoint that was on its way when the worker ended may hold only a part.
  @Test(arguments: [1, 2]) func aLateCheckpointTellsWhatItHolds(runs: Int) throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    for _ in 0..<runs {
      _ = try bench.submit(session, epoch)
      try bench.work()
      if bench.doing == "snapshot" { try bench.work() }
    }
    bench.act(.worker(chip: 0, .ended("signal 11")))
    let resume = try bench.send("session.resume", session)
    bench.commit()
    let text = "\(try bench.takeFields(resume))"
    #expect(text.contains(runs == 1 ? "kept" : "restored"), "\(text)")
  }

  @Test func stoppingSavesWhatHasChanged() throws {
    var bench = try StateBench(isDurable: true)
    let (session, epoch) = try bench.start(learns: true)
    _ = try bench.send("weights.write", session, epoch)
    try bench.work()
    let (a, b) = (try bench.submit(session, epoch), try bench.submit(session, epoch))
    bench.act(.stop(atOnce: false))
    #expect(bench.takeAnswers(b) == ["shutting_down"])
    #expect(bench.cancels.count == 1)
    try bench.fail(.cancelled)
    #expect(bench.takeAnswers(a) == ["cancelled"])
    #expect(bench.doing == "snapshot")
    #expect(try bench.ask("session.open", nil, ["client": .text("x")]) == "shutting_down")
    try bench.work()
    #expect(!bench.isHalted)
    bench.commit()
    #expect(bench.isHalted)
    #expect(try bench.events.last?.text("type") == "bye")
  }

  @Test func stoppingHasAnEnd() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch)
    bench.act(.stop(atOnce: false))
    bench.pass(4_900)
    #expect(!bench.isHalted)
    bench.pass(100)
    #expect(bench.isHalted)
    var other = try StateBench()
    _ = try other.start()
    other.act(.stop(atOnce: true))
    #expect(other.isHalted)
  }

  @Test func statusAndMetricsTell() throws {
    var bench = try StateBench()
    let (session, epoch) = try bench.start()
    _ = try bench.submit(session, epoch)
    let status = "\(try bench.takeFields(try bench.send("status")))"
    #expect(status.contains("running") && status.contains("chip_seconds"))
    try bench.work(seconds: 0.5)
    let text = bench.state.metricsText(bench.now)
    #expect(text.contains("synapus_requests_total{type=\"run\"} 1\n"))
    #expect(text.contains("synapus_chip_seconds_total{chip=\"0\",user=\"local\"} 0.51"))
    #expect(try bench.ask("metrics") == "metrics.ok")
  }
}
