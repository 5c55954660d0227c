import HardwareSpec
import Link
import TestSupport
import Testing

/// Plays seeded random events against the server's logic, with a clock of its own, and checks
/// after each what must always hold.
private struct ServerSimulation {
  struct Violation: Error, CustomStringConvertible {
    let description: String
  }

  private static let idle = 10_000
  private var state: ServerState
  private var random: SequentialRandom
  private var now = Moment(milliseconds: 0, freshToken: SessionToken(0, 0))
  private var nextRequest = 0

  // What the simulation knows without asking the server.
  private var unanswered: [String: Peer] = [:]
  private var sessionOfRequest: [String: String] = [:]
  private var tokens: [String] = ["00"]
  private var holder: String?
  private var holderHeard = 0
  private var runningJob: Int?
  /// The worker cannot be stopped from ending a job in the moment in which it is cancelled.
  private var endedJob: Int?
  private var imagesOf: Set<String> = []
  private var lastNews = -1_000
  private var hasHalted = false
  /// What was seen, to prove that the simulation goes everywhere.
  private(set) var seen: Set<String> = []

  init(seed: UInt64, _ description: ServerDescription) {
    state = ServerState(description)
    random = SequentialRandom(seed: seed, stream: 5)
  }

  mutating func play(events: Int) throws {
    for _ in 0..<events { try step() }
    try act(.stop)
    now.milliseconds += 1
    if runningJob != nil, chance(1, of: 2) { try finishJob() }
    now.milliseconds += 6_000
    try act(.tick)
    try demand(hasHalted, "the server did not stop")
    try demand(unanswered.isEmpty, "requests without an answer: \(unanswered.keys.sorted())")
  }

  private mutating func step() throws {
    now.freshToken = SessionToken(random.next(), random.next())
    now.milliseconds += chance(1, of: 30) ? below(12_000) : below(150)
    switch below(10) {
    case 0: try act(.tick)
    case 1, 2, 3: if runningJob != nil { try finishJob() }
    case 4 where chance(1, of: 2): try sendGarbage()
    default: try sendRequest()
    }
  }

  private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
  private mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }

  private mutating func sendGarbage() throws {
    nextRequest += 1
    let peer = Peer(.control, [UInt8(below(3))])
    unanswered["\(nextRequest)"] = peer
    try act(.malformed(WireError(.badHeader, "garbage"), id: "\(nextRequest)", from: peer))
  }

  private mutating func sendRequest() throws {
    let types = [
      "hello", "status", "ping", "ping", "ping", "session.open", "session.close", "bye", "cancel",
      "image.load", "image.load", "weights.write", "run", "run", "run", "run",
    ]
    let type = types[below(types.count)]
    nextRequest += 1
    let id = "\(nextRequest)"
    var session = chance(4, of: 5) ? holder : tokens[below(tokens.count)]
    if type == "session.open" || chance(1, of: 20) { session = nil }
    var fields: JSONObject = ["client": .text("c"), "versions": .list([.integer(1), .integer(1)])]
    if type == "cancel", chance(1, of: 2) { fields["target"] = .text("\(below(nextRequest + 1))") }
    let request = try testRequest(type, id: id, session: session, fields)
    let isWork = Command.Work(rawValue: type) != nil
    let peer = Peer(isWork ? .run : .control, [UInt8(below(3))])
    unanswered[id] = peer
    sessionOfRequest[id] = session
    noteExpiry()
    if session != nil, session == holder { holderHeard = now.milliseconds }
    try act(.request(request, from: peer))
  }

  private mutating func finishJob() throws {
    guard let job = runningJob else { return }
    (runningJob, endedJob) = (nil, job)
    let failure = WireError(chance(1, of: 2) ? .cancelled : .chipRefused, "no")
    try act(.finished(job: job, chance(3, of: 4) ? .success([:], nil) : .failure(failure)))
  }

  private mutating func noteExpiry() {
    guard holder != nil, now.milliseconds - holderHeard > Self.idle else { return }
    seen.insert("expired")
    holder = nil
  }

  private mutating func act(_ event: ServerEvent) throws {
    noteExpiry()
    for effect in state.handle(event, at: now) {
      try demand(!hasHalted, "an effect after the end")
      try check(effect)
    }
  }

  private mutating func check(_ effect: ServerEffect) throws {
    switch effect {
    case .reply(let reply, let peer): try check(reply, peer)
    case .start(let job, let work, let message):
      try demand(runningJob == nil, "job \(job) started while \(runningJob ?? 0) runs")
      let session = sessionOfRequest[message.id]
      try demand(session != nil && session == holder, "a job of a session that does not hold")
      let hasImage = session.map { imagesOf.contains($0) } ?? false
      try demand(work == .loadImage || hasImage, "\(work) without an image")
      runningJob = job
    case .cancel(let job):
      try demand(job == runningJob || job == endedJob, "cancelled \(job), which does not run")
    case .publish(let event): try checkNews(event)
    case .log: break
    case .halt: hasHalted = true
    }
  }

  private mutating func check(_ reply: Reply, _ peer: Peer) throws {
    let id = reply.id ?? ""
    try demand(unanswered.removeValue(forKey: id) == peer, "\(id) answered twice or elsewhere")
    seen.insert(reply.error?.code.rawValue ?? "ok")
    guard case .success(let type, let fields, _) = reply.body else { return }
    seen.insert(type)
    switch type {
    case "session.open":
      try demand(holder == nil, "two sessions hold the chip")
      holder = try fields.text("session")
      holderHeard = now.milliseconds
      tokens.append(try fields.text("session"))
    case "session.close": holder = nil
    case "bye" where sessionOfRequest[id] != nil: holder = nil
    case "image.load": if let session = sessionOfRequest[id] { imagesOf.insert(session) }
    default: break
    }
  }

  private mutating func checkNews(_ event: JSONObject) throws {
    guard event["type"] == .text("state") else { return }
    try demand(now.milliseconds - lastNews >= 100, "more than ten events a second")
    lastNews = now.milliseconds
  }

  private func demand(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Violation(description: "at \(now.milliseconds) ms: \(what())") }
  }
}

@Suite struct ServerSimulationTests {
  @Test func invariantsHoldForEverySeed() throws {
    let description = try testDescription()
    var seen: Set<String> = []
    for seed in UInt64(0)..<3_000 {
      var simulation = ServerSimulation(seed: seed, description)
      do {
        try simulation.play(events: 60)
      } catch {
        Issue.record("seed \(seed): \(error)")
        return
      }
      seen.formUnion(simulation.seen)
    }
    let expected: Set<String> = [
      "expired", "ok", "hello", "status", "ping", "session.open", "session.close", "bye", "cancel",
      "image.load", "weights.write", "run", "busy", "no_session", "no_image", "cancelled",
      "chip_refused", "bad_header", "shutting_down",
    ]
    #expect(expected.subtracting(seen) == [])
  }
}
