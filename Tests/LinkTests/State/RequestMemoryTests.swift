import Link
import TestSupport
import Testing

/// What is remembered of requests is bounded in number, time and bytes.
@Suite struct RequestMemoryTests {
  private func answer(_ bytes: Int) -> RequestMemory.Answer {
    let payload = bytes == 0 ? nil : Payload([WireArray("a", [UInt8](repeating: 1, count: bytes))])
    return .init(Reply(id: "x", .message(type: "run.ok", [:], payload)))
  }

  private func isKnown(_ memory: RequestMemory, _ id: String) -> Bool { memory.find(id) != nil }

  @Test func theOldestGoFirst() {
    var memory = RequestMemory()
    for number in 0..<3_000 { memory.answer("\(number)", 1, answer(8), at: number) }
    #expect(!isKnown(memory, "1975"))
    #expect(isKnown(memory, "1976"))
    #expect(memory.bytes == 8 * RequestMemory.mostAnswers)
    memory.expire(at: 2_500 + RequestMemory.lifetime)
    #expect(!isKnown(memory, "2499"))
    #expect(isKnown(memory, "2500"))
    memory.expire(at: 4_000 + RequestMemory.lifetime)
    #expect(memory.isEmpty)
    #expect(memory.bytes == 0)
  }

  @Test func whatIsUnderWayStays() {
    var memory = RequestMemory()
    memory.begin("a", 1, job: 7)
    for number in 0..<2_000 { memory.answer("\(number)", 1, answer(0), at: 0) }
    guard case .underWay(7)? = memory.find("a") else {
      Issue.record("the request was forgotten")
      return
    }
    #expect(throws: WireError.self) { try memory.find("a", 2) }
    memory.forget("a")
    #expect(!isKnown(memory, "a"))
  }

  @Test func bytesAreBounded() throws {
    var memory = RequestMemory()
    for number in 0..<10 { memory.answer("\(number)", 1, answer(80), at: 0) }
    memory.shrink(to: 400)
    #expect(memory.bytes == 400)
    guard case .answered(let lost)? = memory.find("4"), case .answered(let kept)? = memory.find("5")
    else { throw MissingValue(description: "the answers are gone") }
    #expect(lost.reply.error?.code == .lost)
    #expect(lost.refusal == .lost)
    #expect(kept.reply.error == nil)
    #expect(kept.refusal == nil)
    memory.acknowledge(["5", "nobody"])
    #expect(memory.bytes == 320)
  }

  @Test func answersComeBackAsTheyWereSent() {
    var error = WireError(.busy, "7 requests wait", field: "x", limit: -3, actual: .max)
    error.retryAfter = 100
    let fields: JSONObject = [
      "seconds": .number(2.56e-3), "count": .integer(.min), "none": .null, "whole": .number(5),
      "counters": .object(["ticks": .integer(1), "é\n\"": .list([.flag(true), .list([])])]),
    ]
    let payload = Payload([WireArray("a", [1, 2, 3] as [UInt16]), WireArray("b", [0.5])])
    for body in [
      Reply.Body.message(type: "run.ok", fields, payload), .message(type: "put.ok", [:], nil),
      .failure(error), .failure(WireError(.lost, "")),
    ] {
      let reply = Reply(id: "r1", body)
      let again = RequestMemory.Answer(reply).reply
      #expect(again.error == reply.error)
      #expect(again.frames.map(\.bytes) == reply.frames.map(\.bytes))
    }
  }
}
