import Link
import TestSupport
import Testing

/// Results in chunks: credit, pauses, connections that go, digests.
@Suite struct ServerStateStreamTests {
  /// A bench whose frames hold 16 bytes.
  private func bench() throws -> (StateBench, String, JSONObject) {
    var bench = try StateBench { $0.frameBytes = 16 }
    let (session, epoch) = try bench.start()
    return (bench, session, epoch)
  }

  /// Puts parts together from chunks, as a client does.
  private func joined(_ replies: [Reply]) throws -> (bytes: [UInt8], parts: Int) {
    var (bytes, parts) = ([UInt8](), 0)
    for (number, reply) in replies.enumerated() {
      let fields = try required(reply.fields, "fields")
      guard reply.name == "run.chunk" else { break }
      #expect(fields["seq"] == .integer(number))
      #expect(fields["part"] == .integer(parts))
      bytes += try required(reply.payload, "payload").frame.bytes
      if fields["last"] != nil { parts += 1 }
    }
    return (bytes, parts)
  }

  @Test func slicesComeAsChunksWithADigest() throws {
    var (bench, session, epoch) = try bench()
    let id = try bench.submit(session, epoch)
    try bench.slice(0..<2, of: 5, bytes: 40)
    #expect(bench.doing == "proceed")
    try bench.slice(2..<4, of: 5, bytes: 8)
    try bench.slice(4..<5, of: 5, bytes: 16)
    let replies = bench.takeReplies(id).map(\.reply)
    #expect(replies.map(\.name) == Array(repeating: "run.chunk", count: 4) + ["run.ok"])
    var (bytes, parts) = try joined(replies)
    #expect(parts == 2)
    let last = try required(replies.last, "answer")
    bytes += try required(last.payload, "payload").frame.bytes
    let fields = try required(last.fields, "fields")
    #expect(fields["bytes"] == .integer(64))
    #expect(fields["chunks"] == .integer(4))
    #expect(fields["digest"] == .integer(Int(Frame(bytes).checksum)))
    #expect(fields["samples"] == .list([.integer(4), .integer(1)]))
  }

  @Test func aLastPartThatIsTooLargeComesInChunks() throws {
    var (bench, session, epoch) = try bench()
    let id = try bench.submit(session, epoch)
    try bench.slice(0..<1, of: 1, bytes: 17)
    let replies = bench.takeReplies(id).map(\.reply)
    #expect(replies.map(\.name) == ["run.chunk", "run.chunk", "run.ok"])
    #expect(replies.last?.payload == nil)
    #expect(replies.last?.fields?["bytes"] == .integer(24))
  }

  @Test func withoutCreditTheRunWaitsAndOthersGoOn() throws {
    var (bench, session, epoch) = try bench()
    let id = try bench.submit(session, epoch, ["credit": .integer(2)])
    try bench.slice(0..<1, of: 3, bytes: 80)
    #expect(bench.takeAnswers(id) == ["run.chunk", "run.chunk"])
    #expect(bench.orders.isEmpty)
    let other = try bench.open()
    try bench.load(other, ["epoch": try bench.lease(other)])
    try bench.send(
      "run.credit", session,
      ["target": .text(id), "received": .integer(2), "credit": .integer(2)])
    #expect(bench.takeAnswers(id) == ["run.chunk", "run.chunk"])
    #expect(bench.doing == "proceed")
    try bench.slice(1..<3, of: 3, bytes: 8)
    // The last part fits the answer, which waits for the chunk before it.
    #expect(bench.takeAnswers(id) == [])
    let state = try bench.send("request.state", session, ["target": .text(id)])
    #expect(try bench.takeFields(state).text("state") == "running")
    try bench.send(
      "run.credit", session,
      ["target": .text(id), "received": .integer(4), "credit": .integer(2)])
    #expect(bench.takeAnswers(id) == ["run.chunk", "run.ok"])
  }

  @Test func attachGoesOnFromWhatCame() throws {
    var (bench, session, epoch) = try bench()
    let id = try bench.submit(session, epoch)
    try bench.slice(0..<1, of: 2, bytes: 48)
    #expect(bench.takeAnswers(id).count == 3)
    bench.act(.unreachable(Peer(.run, [1])))
    try bench.slice(1..<2, of: 2, bytes: 8)
    #expect(bench.takeAnswers(id) == [])
    let attach: JSONObject = ["target": .text(id), "received": .integer(1)]
    #expect(try bench.ask("request.attach", session, attach, peer: 3) == "request.attach.ok")
    let replies = bench.takeReplies(id)
    #expect(replies.map(\.reply.name) == ["run.chunk", "run.chunk", "run.ok"])
    #expect(replies.allSatisfy { $0.peer == Peer(.run, [3]) })
    #expect(replies.first?.reply.fields?["seq"] == .integer(1))
    // And once more, when it is over, over yet another connection.
    let again: JSONObject = [
      "target": .text(id), "received": .integer(1), "credit": .integer(1),
    ]
    #expect(try bench.ask("request.attach", session, again, peer: 4) == "request.attach.ok")
    #expect(bench.takeAnswers(id) == ["run.chunk"])
    try bench.send(
      "run.credit", session,
      ["target": .text(id), "received": .integer(2), "credit": .integer(1)], peer: 4)
    #expect(bench.takeAnswers(id) == ["run.chunk", "run.ok"])
    let unknown = try bench.ask("request.attach", session, ["target": .text("zz")])
    #expect(unknown == "unknown_request")
  }

  @Test func aWaitingRequestMovesWithItsClient() throws {
    var (bench, session, epoch) = try bench()
    _ = try bench.submit(session, epoch)
    let id = try bench.submit(session, epoch)
    #expect(
      try bench.ask("request.attach", session, ["target": .text(id)], peer: 9)
        == "request.attach.ok")
    try bench.work()
    try bench.work()
    #expect(bench.takeReplies(id).map(\.peer) == [Peer(.run, [9])])
  }

  @Test func recordingsAreBounded() throws {
    var bench = try StateBench { ($0.frameBytes, $0.resultBytes) = (16, 64) }
    let (session, epoch) = try bench.start()
    let id = try bench.submit(session, epoch, ["credit": .integer(64)])
    try bench.slice(0..<1, of: 9, bytes: 48)
    try bench.slice(1..<2, of: 9, bytes: 48)
    #expect(bench.takeAnswers(id).last == "too_large")
    #expect(bench.doing == "drop")
  }

  @Test func unfetchedResultsHoldBackNewRuns() throws {
    var bench = try StateBench { ($0.frameBytes, $0.resultBytes) = (16, 64) }
    let (session, epoch) = try bench.start()
    var ids: [String] = []
    for _ in 0..<4 { ids.append(try bench.submit(session, epoch, ["credit": .integer(1)])) }
    try bench.slice(0..<1, of: 1, bytes: 64)
    try bench.slice(0..<1, of: 1, bytes: 64)
    #expect(bench.orders.isEmpty)
    try bench.send(
      "run.credit", session,
      ["target": .text(ids[0]), "received": .integer(1), "credit": .integer(9)])
    #expect(bench.takeAnswers(ids[0]).last == "run.ok")
    #expect(bench.doing == "run")
  }

  @Test func resultsAreKeptUpToABound() throws {
    var bench = try StateBench { ($0.frameBytes, $0.resultBytes) = (64, 128) }
    let (session, epoch) = try bench.start()
    var ids: [String] = []
    for _ in 0..<5 {
      ids.append(try bench.submit(session, epoch))
      try bench.work(bytes: 64)
    }
    for id in ids { _ = bench.takeReplies(id) }
    var found: [String] = []
    for id in ids { found += [try again(&bench, session, epoch, id)] }
    #expect(found == ["lost", "lost", "run.ok", "run.ok", "run.ok"])
  }

  private func again(
    _ bench: inout StateBench, _ session: String, _ epoch: JSONObject, _ id: String
  ) throws -> String {
    _ = try bench.submit(session, epoch, id: id)
    return bench.takeAnswers(id).last ?? "nothing"
  }

  @Test func progressIsToldNotTooOften() throws {
    var (bench, session, epoch) = try bench()
    let id = try bench.submit(
      session, epoch, ["progress": .flag(true), "credit": .integer(64)])
    bench.events = []
    for sample in 0..<20 {
      bench.now += 20
      try bench.slice(sample..<sample + 1, of: 21, bytes: 0)
    }
    try bench.slice(20..<21, of: 21, bytes: 0)
    let types = try bench.events.map { try $0.text("type") }
    #expect(types.count { $0 == "progress" } == 4)
    #expect(types.count { $0 == "state" } <= 5)
    #expect(types.count { $0 == "idle" } == 1)
    let numbers = bench.events.compactMap { event -> Int? in
      if case .integer(let number)? = event["sequence"] { return number }
      return nil
    }
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
    #expect(bench.takeAnswers(id).last == "run.ok")
  }
}
