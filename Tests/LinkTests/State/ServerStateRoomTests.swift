import Link
import TestSupport
import Testing

/// What all sessions together keep in memory: bounded, and who takes too much hurts nobody else.
@Suite struct ServerStateRoomTests {
  private static let alice = User("alice", .runner)
  private static let bob = User("bob", .runner)

  @Test func everyUserMayHaveWhatIsLeftToTheOthers() {
    // Who is alone has half; those who come later always find room.
    for users in 1...20 {
      let total = 1_000_000
      var held: [Int] = []
      for _ in 0..<users { held.append(SharedRoom(total, mine: 0, all: held.reduce(0, +)).limit) }
      #expect(held[0] == total / 2 && held.allSatisfy { $0 > 0 || users > 19 })
      #expect(held.reduce(0, +) < total)
      // Where all want more than they get, they come to have the same.
      for _ in 0..<10_000 {
        for i in held.indices {
          let all = held.reduce(0, +)
          held[i] = SharedRoom(total, mine: held[i], all: all).limit
        }
      }
      let share = total / (users + 1)
      #expect(held.allSatisfy { abs($0 - share) <= users + 1 }, "\(users) users: \(held)")
    }
    #expect(!SharedRoom(100, mine: 0, all: 0).fits(.max))
    #expect(
      SharedRoom(100, mine: 30, all: 60).fits(5) && !SharedRoom(100, mine: 30, all: 60).fits(6))
  }

  // MARK: Uploads

  private func put(
    _ bench: inout StateBench, _ session: String, _ name: String, _ offset: Int, _ bytes: Int,
    of total: Int
  ) throws -> Reply {
    let id = try bench.send(
      "put", session,
      ["upload": .text(name), "offset": .integer(offset), "total": .integer(total)],
      payload: Payload([WireArray("data", [UInt8](repeating: 7, count: bytes))]))
    return try required(bench.takeReplies(id).last?.reply, "answer")
  }

  @Test func uploadsAreBoundedInAll() throws {
    var bench = try StateBench { ($0.uploadBytes, $0.uploadTotalBytes) = (400, 1_000) }
    bench.user = Self.alice
    let (first, second) = (try bench.open(), try bench.open())
    #expect(try put(&bench, first, "a", 0, 8, of: 400).name == "put.ok")
    // A session's own bound comes first, and counts what has begun.
    #expect(try put(&bench, first, "b", 0, 8, of: 8).name == "too_large")
    #expect(try put(&bench, second, "a", 0, 8, of: 100).name == "put.ok")
    let refused = try required(put(&bench, second, "b", 0, 8, of: 64).error, "refusal")
    #expect(refused.code == .busy && refused.limit == 500 && refused.actual == 564)
    #expect(refused.retryAfter != nil && refused.detail.contains("--upload-total"))
    #expect(refused.detail.contains("alice") && refused.detail.contains("1000"))
    // Somebody else finds room, and what had begun can be ended.
    bench.user = Self.bob
    let other = try bench.open()
    #expect(try put(&bench, other, "a", 0, 8, of: 240).name == "put.ok")
    bench.user = Self.alice
    #expect(try put(&bench, first, "a", 8, 392, of: 400).name == "put.ok")
    #expect(try put(&bench, second, "a", 8, 92, of: 100).name == "put.ok")
    #expect(bench.state.holdings.uploadBytes == 508)
    let text = bench.state.metricsText(bench.now)
    #expect(text.contains("synapus_upload_bytes 508.0\n"))
    #expect(text.contains("synapus_errors_total{type=\"put\",code=\"busy\"} 1\n"))
    // What ends makes room.
    #expect(try bench.ask("session.close", first) == "session.close.ok")
    #expect(try put(&bench, second, "b", 0, 8, of: 64).name == "put.ok")
  }

  // MARK: Results

  /// Does a run of one slice, whose result is not acknowledged.
  private func run(
    _ bench: inout StateBench, _ session: String, _ epoch: JSONObject, bytes: Int
  ) throws -> (id: String, answer: Reply) {
    let id = try bench.submit(session, epoch)
    if bench.doing == "run" { try bench.work(bytes: bytes) }
    return (id, try required(bench.takeReplies(id).last?.reply, "answer"))
  }

  private func bench() throws -> StateBench {
    try StateBench { ($0.resultBytes, $0.resultTotalBytes) = (400, 1_000) }
  }

  @Test func resultsAreBoundedInAll() throws {
    var bench = try bench()
    bench.user = Self.alice
    let (session, epoch) = try bench.start()
    var ids: [String] = []
    for _ in 0..<2 {
      let (id, answer) = try run(&bench, session, epoch, bytes: 304)
      #expect(answer.name == "run.ok")
      ids.append(id)
    }
    let refused = try required(run(&bench, session, epoch, bytes: 16).answer.error, "refusal")
    #expect(refused.code == .busy && refused.limit == 500 && refused.actual == 608)
    #expect(refused.detail.contains("acks") && refused.detail.contains("--result-total"))
    #expect(bench.state.metricsText(bench.now).contains("synapus_result_bytes 608.0\n"))
    // Others work on.
    bench.user = Self.bob
    let other = try bench.start()
    #expect(try run(&bench, other.session, other.epoch, bytes: 104).answer.name == "run.ok")
    // What was fetched makes room at once.
    bench.user = Self.alice
    let again = try bench.submit(
      session, epoch, ["acks": .list(ids.map { .text($0) })])
    try bench.work()
    #expect(bench.takeAnswers(again) == ["run.ok"])
  }

  @Test func aRunEndsWhereThereIsNoMoreRoom() throws {
    var bench = try bench()
    let (session, epoch) = try bench.start()
    #expect(try run(&bench, session, epoch, bytes: 392).answer.name == "run.ok")
    let id = try bench.submit(session, epoch)
    try bench.slice(0..<1, of: 3, bytes: 104)
    #expect(bench.doing == "proceed")
    try bench.slice(1..<2, of: 3, bytes: 104)
    #expect(bench.takeAnswers(id).last == "busy")
    #expect(bench.doing == "drop")
    try bench.work()
    #expect(bench.state.holdings.resultBytes == 392)
  }
}
