import ChipInterface

/// The server's logic: a value that turns events into effects, without clock, dice, disk or
/// sockets.
///
/// What has rules of its own lives in types of its own: ``LeaseBook``, ``FairShare``,
/// ``RequestMemory``, ``RunStream``, ``UploadShelf``; this joins them.
package struct ServerState: Sendable {
  /// What the server goes through.
  package enum Phase: String, Sendable {
    /// Workers start for the first time.
    case restoring
    /// It accepts requests.
    case serving
    /// It refuses requests, ends what runs and saves what has changed.
    case stopping
    /// It is over.
    case stopped
  }

  /// What a transaction of the journal, or a look into it, is for.
  enum Ticket: Sendable {
    case epochs(chip: Int, below: Int)
    case opening(number: Int)
    case load(job: Int, chip: Int, SessionImage)
    case checkpoint(chip: Int, SavePoint, commit: Int?)
    case calibration(job: Int, Reply.Body)
    case image(job: Int)
    case ended(session: String)
  }

  var description: ServerDescription
  let isDurable: Bool
  let startedAt: Int
  package internal(set) var phase = Phase.restoring
  var seats: [ChipSeat]
  let chipNumbers: [String: Int]
  /// The number of chips; the compiler, if there is one, has a seat behind them.
  let chipCount: Int
  var sessions: [Int: Session] = [:]
  var sessionNumbers: [String: Int] = [:]
  var sessionCounts: [String: Int] = [:]
  /// By user: requests that belong to no session, or outlive it.
  var userMemories: [String: RequestMemory] = [:]
  var openings: [Int: Opening] = [:]
  var jobs: [Int: Job] = [:]
  var asks: [Int: LeaseAsk] = [:]
  var tickets: [Int: Ticket] = [:]
  /// Sessions that have ended, and which the journal still holds because it failed.
  var endings: [String] = []
  var endingsAt = 0
  /// Greetings that wait for the workers' first words.
  var parked: [(request: Request, peer: Peer, user: User)] = []
  /// No more bytes of results than these are kept; see `noteResult`.
  var mostResultBytes = 0
  var nextNumber = 1
  var stopDeadline = 0
  var tally = ServerTally()
  var feed = EventFeed()
  /// The effects of the event in work.
  var out: [ServerEffect] = []

  /// Starts a server whose workers are starting, with what the journal holds.
  package init(
    _ description: ServerDescription, chips: [String], isDurable: Bool, recovered: RecoveredState,
    at now: Moment
  ) {
    (self.description, self.isDurable) = (description, isDurable)
    startedAt = now.milliseconds
    chipCount = chips.count
    let names = chips + (description.features.contains("compile") ? ["compiler"] : [])
    seats = names.enumerated().map { number, name in
      ChipSeat(number: number, name: name, epochsFrom: recovered.epochs[name] ?? 1)
    }
    chipNumbers = Dictionary(zip(chips, 0...), uniquingKeysWith: { first, _ in first })
    for session in recovered.sessions { recover(session, now.milliseconds) }
  }

  /// Takes an event at a moment, and says what to do.
  package mutating func handle(_ event: ServerEvent, at now: Moment) -> [ServerEffect] {
    guard phase != .stopped else { return [] }
    let time = now.milliseconds
    switch event {
    case .request(let request, let peer, let user): take(request, from: peer, by: user, now)
    case .malformed(let error, let id, let peer): refuseMalformed(error, id, peer)
    case .unreachable(let peer): lose(peer)
    case .worker(let chip, let report): take(report, from: chip, time)
    case .journaled(let ticket, let fault): settle(ticket, fault, time)
    case .fetched(let ticket, let image): take(image, for: ticket, time)
    case .tick: tick(time)
    case .stop(let atOnce): stop(atOnce: atOnce, time)
    }
    if phase != .stopped { advanceAll(time) }
    if phase == .stopping { finishStop(time) }
    if phase != .stopped { tellNews(time) }
    defer { out = [] }
    return out
  }

  /// Counts a message that could not be sent because its reader does not read or is gone.
  package mutating func countUndelivered() { tally.undelivered += 1 }

  /// A number that nothing else has: for jobs, slots, tickets and sessions.
  mutating func freshNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }

  private mutating func refuseMalformed(_ error: WireError, _ id: String?, _ peer: Peer) {
    tally.malformed += 1
    tally.note(error, of: "malformed")
    out.append(.send(Reply(id: id, .failure(error)), to: peer))
  }

  /// A connection is gone: what was to go there waits for somebody to ask.
  private mutating func lose(_ peer: Peer) {
    for number in jobs.keys where jobs[number]?.peer == peer { jobs[number]?.peer = nil }
    for number in asks.keys where asks[number]?.peer == peer { asks[number]?.peer = nil }
    for number in openings.keys where openings[number]?.peer == peer {
      openings[number]?.peer = nil
    }
    parked.removeAll { $0.peer == peer }
  }

  private mutating func tick(_ now: Int) {
    for number in sessions.keys.sorted() { tend(number, now) }
    for user in userMemories.keys.sorted() {
      userMemories[user]?.expire(at: now)
      if userMemories[user]?.isEmpty == true { userMemories[user] = nil }
    }
    expireAsks(now)
    expireDeadlines(now)
    for chip in seats.indices {
      endOverdueLease(chip, now)
      if now >= seats[chip].reserveAt { reserveEpochs(chip, now) }
      if seats[chip].order != nil { feed.isStale = true }
    }
    journalEndings(now)
    if phase == .restoring { greetParked(now) }
  }
}

// MARK: Answers

extension ServerState {
  /// Answers a request that needs no memory.
  mutating func reply(_ request: Request, _ peer: Peer, _ fields: JSONObject = [:]) {
    out.append(.send(.ok(request, fields), to: peer))
  }

  /// Refuses a request of which nothing was done, and which is not remembered.
  mutating func refuse(_ request: Request, _ peer: Peer, _ error: WireError) {
    tally.note(error, of: request.message.type)
    out.append(.send(Reply(id: request.id, .failure(error)), to: peer))
  }

  /// Writes a line about something that changed what the server holds.
  mutating func audit(_ event: String, user: String, _ fields: JSONObject) {
    var line: JSONObject = ["user": .text(user)]
    line.merge(fields)
    out.append(.log(event: event, line, audited: true))
  }

  mutating func log(_ event: String, _ fields: JSONObject) {
    out.append(.log(event: event, fields, audited: false))
  }

  /// What `status` tells of a chip has changed.
  mutating func mark(_ chip: Int) {
    seats[chip].uid += 1
    feed.isStale = true
  }
}
