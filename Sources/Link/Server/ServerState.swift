/// The server's logic: a value that turns events into effects, without clock, dice or sockets.
///
/// One session holds the chip; one of its jobs runs and one may wait. Every request is answered
/// exactly once.
package struct ServerState: Sendable {
  /// What the server goes through.
  package enum Phase: String, Sendable {
    /// It accepts requests.
    case serving
    /// It refuses requests and waits for the job that runs.
    case stopping
    /// It is over.
    case stopped
  }

  /// A client's hold on the chip.
  struct Session: Sendable {
    let token: SessionToken
    let client: String
    let openedAt: Int
    var lastHeard: Int
    var hasImage = false
  }

  /// A request for the chip that runs or waits.
  struct Job: Sendable {
    let number: Int
    let work: Command.Work
    let request: Request
    let peer: Peer
    let session: SessionToken
    var startedAt = 0
    var isCancelled = false
  }

  let description: ServerDescription
  let helloPayload: Payload
  /// How long a job may take to obey when the server stops.
  static let stopPatience = 5_000

  package internal(set) var phase = Phase.serving
  var session: Session?
  var running, waiting: Job?
  var nextJob = 1
  var stopDeadline = 0
  var tally = ServerTally()
  var feed = EventFeed()

  /// Starts a server that serves nobody yet.
  package init(_ description: ServerDescription) {
    self.description = description
    helloPayload = description.payload
  }

  /// Takes an event at a moment, and says what to do.
  package mutating func handle(_ event: ServerEvent, at now: Moment) -> [ServerEffect] {
    guard phase != .stopped else { return [] }
    var effects = expireSession(now)
    switch event {
    case .request(let request, let peer):
      tally.requests += 1
      effects += handle(request, from: peer, now)
    case .malformed(let error, let id, let peer):
      tally.malformed += 1
      effects.append(.reply(Reply(id: id, .failure(error)), to: peer))
    case .finished(let number, let result): effects += finish(number, result, now)
    case .tick: effects += tick(now)
    case .stop: effects += stop(now)
    }
    for case .reply(let reply, _) in effects where reply.error != nil { tally.errors += 1 }
    if phase != .stopped, feed.isDue(at: now.milliseconds) {
      let fields = snapshot(now)
      effects.append(feed.news(fields, at: now.milliseconds))
    }
    return effects
  }

  private mutating func handle(
    _ request: Request, from peer: Peer, _ now: Moment
  ) -> [ServerEffect] {
    func ok(_ type: String, _ fields: JSONObject = [:], _ payload: Payload? = nil) -> ServerEffect {
      .reply(Reply(id: request.id, .success(type: type, fields, payload)), to: peer)
    }
    if request.session == session?.token { session?.lastHeard = now.milliseconds }
    guard phase == .serving else { return [refuse(request, peer, Self.stoppingError)] }
    switch request.command {
    case .hello(let oldest, let newest):
      if let error = Self.versionError(oldest, newest) { return [refuse(request, peer, error)] }
      return [ok("hello", description.fields, helloPayload)]
    case .status: return [ok("status", snapshot(now))]
    case .openSession(let client): return open(client, request, peer, now)
    case .ping:
      if request.session != nil, request.session != session?.token { break }
      return [ok("ping")]
    case .bye where request.session == nil: return [ok("bye")]
    case .closeSession, .bye:
      guard holds(request) else { break }
      let type = request.command == .bye ? "bye" : "session.close"
      return endSession("closed", Self.closedError, now) + [ok(type)]
    case .cancel(let id):
      guard holds(request) else { break }
      let (count, effects) = cancel(id)
      return effects + [ok("cancel", ["cancelled": .integer(count)])]
    case .work(let work):
      guard let session, holds(request) else { break }
      return enqueue(work, request, peer, session, now)
    }
    return [refuse(request, peer, Self.sessionError)]
  }

  private func holds(_ request: Request) -> Bool {
    session != nil && request.session == session?.token
  }

  func refuse(_ request: Request, _ peer: Peer, _ error: WireError) -> ServerEffect {
    .reply(Reply(id: request.id, .failure(error)), to: peer)
  }

  private mutating func tick(_ now: Moment) -> [ServerEffect] {
    if running != nil { feed.isStale = true }
    guard phase == .stopping, now.milliseconds >= stopDeadline, let job = running else { return [] }
    running = nil
    return [refuse(job.request, job.peer, Self.stoppingError)] + halt(now)
  }
}

// MARK: Sessions

extension ServerState {
  private mutating func open(
    _ client: String, _ request: Request, _ peer: Peer, _ now: Moment
  ) -> [ServerEffect] {
    if let session {
      let seconds = (now.milliseconds - session.openedAt) / 1000
      let error = WireError(
        .busy, "the chip is held by '\(session.client)' since \(seconds) s; try again later")
      return [refuse(request, peer, error)]
    }
    session = Session(
      token: now.freshToken, client: client, openedAt: now.milliseconds,
      lastHeard: now.milliseconds)
    tally.sessions += 1
    feed.isStale = true
    let fields: JSONObject = ["session": .text(now.freshToken.text)]
    return [
      .log(event: "session.open", ["client": .text(client)]),
      .reply(Reply(id: request.id, .success(type: "session.open", fields, nil)), to: peer),
    ]
  }

  private mutating func expireSession(_ now: Moment) -> [ServerEffect] {
    guard let session,
      now.milliseconds - session.lastHeard > description.limits.sessionIdleSeconds * 1000
    else { return [] }
    return endSession("expired", Self.sessionError, now)
  }

  /// Takes the chip from the session; its jobs are answered, the running one when it has ended.
  private mutating func endSession(
    _ how: String, _ error: WireError, _ now: Moment
  ) -> [ServerEffect] {
    guard let ended = session else { return [] }
    session = nil
    feed.isStale = true
    var effects: [ServerEffect] = [
      .log(event: "session.\(how)", ["client": .text(ended.client)])
    ]
    if let job = waiting {
      waiting = nil
      effects.append(refuse(job.request, job.peer, error))
    }
    return effects + cancelRunning()
  }
}

// MARK: Jobs

extension ServerState {
  private mutating func enqueue(
    _ work: Command.Work, _ request: Request, _ peer: Peer, _ session: Session, _ now: Moment
  ) -> [ServerEffect] {
    guard waiting == nil else {
      let error = WireError(.busy, "one request runs and one waits; wait for an answer", limit: 2)
      return [refuse(request, peer, error)]
    }
    waiting = Job(
      number: nextJob, work: work, request: request, peer: peer, session: session.token)
    nextJob += 1
    return startNext(now)
  }

  private mutating func startNext(_ now: Moment) -> [ServerEffect] {
    guard running == nil, var job = waiting else { return [] }
    waiting = nil
    guard job.work == .loadImage || session?.hasImage == true else {
      return [refuse(job.request, job.peer, Self.imageError)]
    }
    job.startedAt = now.milliseconds
    running = job
    feed.isStale = true
    return [.start(job: job.number, job.work, job.request.message)]
  }

  private mutating func finish(
    _ number: Int, _ result: JobResult, _ now: Moment
  ) -> [ServerEffect] {
    // After a stop lost its patience, the worker may still report a job that was answered.
    guard let job = running, job.number == number else { return [] }
    running = nil
    feed.isStale = true
    tally.finish(job.work, seconds: Double(now.milliseconds - job.startedAt) / 1000)
    var body: Reply.Body
    switch result {
    case .success(let fields, let payload):
      body = .success(type: job.work.rawValue, fields, payload)
      if job.work == .loadImage, session?.token == job.session { session?.hasImage = true }
    case .failure(let error): body = .failure(error)
    }
    if phase == .stopping, case .failure = body { body = .failure(Self.stoppingError) }
    var effects: [ServerEffect] = [.reply(Reply(id: job.request.id, body), to: job.peer)]
    if case .failure(let error) = body { effects.append(Self.logLine(job, error)) }
    return effects + (phase == .stopping ? halt(now) : startNext(now))
  }

  private static func logLine(_ job: Job, _ error: WireError) -> ServerEffect {
    .log(
      event: "job.failed",
      [
        "type": .text(job.work.rawValue), "code": .text(error.code.rawValue),
        "detail": .text(error.detail),
      ])
  }

  /// Cancels the waiting and the running job, or only the one with that id.
  private mutating func cancel(_ id: String?) -> (count: Int, [ServerEffect]) {
    var effects: [ServerEffect] = []
    var count = 0
    if let job = waiting, id == nil || id == job.request.id {
      waiting = nil
      count += 1
      effects.append(refuse(job.request, job.peer, Self.cancelledError))
    }
    if let job = running, job.session == session?.token, id == nil || id == job.request.id {
      count += 1
      effects += cancelRunning()
    }
    return (count, effects)
  }

  private mutating func cancelRunning() -> [ServerEffect] {
    guard let job = running, !job.isCancelled else { return [] }
    running?.isCancelled = true
    return [.cancel(job: job.number)]
  }
}

// MARK: The end

extension ServerState {
  private mutating func stop(_ now: Moment) -> [ServerEffect] {
    guard phase == .serving else { return [] }
    phase = .stopping
    stopDeadline = now.milliseconds + Self.stopPatience
    var effects: [ServerEffect] = [.log(event: "server.stopping", [:])]
    if let job = waiting {
      waiting = nil
      effects.append(refuse(job.request, job.peer, Self.stoppingError))
    }
    effects += cancelRunning()
    return effects + (running == nil ? halt(now) : [])
  }

  private mutating func halt(_ now: Moment) -> [ServerEffect] {
    phase = .stopped
    session = nil
    return [feed.farewell(), .log(event: "server.stopped", tally.fields), .halt]
  }
}

// MARK: Answers that are always the same

extension ServerState {
  private static let sessionError = WireError(
    .noSession, "open a session first; one ends when nothing is heard from its client",
    field: "session")
  private static let closedError = WireError(.cancelled, "the session was closed")
  private static let cancelledError = WireError(
    .cancelled, "the request was cancelled in the queue")
  private static let imageError = WireError(.noImage, "load an image in this session first")
  private static let stoppingError = WireError(.shuttingDown, "the server is shutting down")

  private static func versionError(_ oldest: Int, _ newest: Int) -> WireError? {
    let ours = ProtocolVersion.oldest...ProtocolVersion.newest
    guard newest < ours.lowerBound || oldest > ours.upperBound else { return nil }
    return WireError(
      .unsupportedVersion,
      "this server speaks versions \(ours.lowerBound) to \(ours.upperBound)", field: "versions",
      limit: ours.upperBound, actual: oldest)
  }
}
