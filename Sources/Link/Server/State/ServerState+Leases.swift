/// A request for a lease whose answer waits for the grant.
struct LeaseAsk: Sendable {
  let session: Int
  let chip: Int
  let id: String
  let fingerprint: UInt64
  var peer: Peer?
  let askedAt: Int
  let until: Int
}

extension ServerState {
  // MARK: Acquiring

  mutating func acquire(
    _ terms: LeaseTerms, _ request: Request, _ session: Int, _ peer: Peer, _ chip: Int, _ now: Int
  ) {
    if answerAgain(request, in: session, peer, now) { return }
    guard phase != .stopping else { return refuse(request, peer, Refusal.stopping) }
    guard let holder = sessions[session]?.holder() else { return }
    var terms = terms
    terms.timeToLive = min(terms.timeToLive, description.limits.leaseMilliseconds)
    if let lease = seats[chip].leases.lease(of: session), lease.terms.mode != terms.mode {
      endLease(chip, session, Refusal.leaseEnded, "lease.changed", now)
    }
    let number = freshNumber()
    asks[number] = LeaseAsk(
      session: session, chip: chip, id: request.id, fingerprint: request.fingerprint, peer: peer,
      askedAt: now, until: now + terms.wait)
    sessions[session]?.memory.begin(request.id, request.fingerprint, job: number)
    sessions[session]?.asks.append(number)
    seats[chip].leases.ask(holder, terms)
    seats[chip].hasQueueNews = true
    mark(chip)
    grantLeases(chip, now)
    answerAsks(of: session, on: chip, now)
    limitAsks(of: session, now)
  }

  /// Grants what can be granted on a chip, and reserves epochs before they run out.
  mutating func grantLeases(_ chip: Int, _ now: Int) {
    guard chip < chipCount else { return }
    for lease in seats[chip].leases.grant(at: now) {
      seats[chip].hasQueueNews = true
      mark(chip)
      audit(
        "lease.grant", user: lease.holder.user,
        [
          "chip": .text(seats[chip].name), "epoch": .integer(lease.epoch),
          "mode": .text(lease.terms.mode.rawValue), "note": .text(lease.terms.note),
        ])
      answerAsks(of: lease.holder.session, on: chip, now)
    }
    reserveEpochs(chip, now)
  }

  mutating func reserveEpochs(_ chip: Int, _ now: Int) {
    guard chip < chipCount, !seats[chip].isReserving, let below = seats[chip].leases.wantedReserve
    else { return }
    seats[chip].isReserving = true
    journal(
      [.epochs(chip: seats[chip].name, below: below)], .epochs(chip: chip, below: below), now)
  }

  /// A block of epochs is on disk, or failed: then who waits for one is told.
  mutating func reserved(_ chip: Int, _ below: Int, _ fault: JournalFault?, _ now: Int) {
    seats[chip].isReserving = false
    guard let fault else {
      seats[chip].leases.reserve(below: below)
      return grantLeases(chip, now)
    }
    seats[chip].reserveAt = now + 1_000
    guard seats[chip].leases.lacksEpochs else { return }
    for place in seats[chip].leases.waiting {
      let waiting = (sessions[place.holder.session]?.asks ?? []).filter { asks[$0]?.chip == chip }
      guard !waiting.isEmpty else { continue }
      seats[chip].leases.giveUp(place.holder.session)
      for ask in waiting { answer(ask: ask, .failure(Refusal.storage(fault)), now) }
    }
    seats[chip].hasQueueNews = true
  }

  // MARK: Answering

  /// Answers the requests of a session that waited for this chip's lease, as far as can be.
  private mutating func answerAsks(of session: Int, on chip: Int, _ now: Int) {
    guard let lease = seats[chip].leases.lease(of: session) else {
      for ask in sessions[session]?.asks ?? [] {
        if let until = asks[ask]?.until, until <= now { answerQueued(ask, now) }
      }
      return
    }
    let fields: JSONObject = [
      "chip": .text(seats[chip].name), "state": .text("granted"), "epoch": .integer(lease.epoch),
      "mode": .text(lease.terms.mode.rawValue),
    ]
    for ask in sessions[session]?.asks ?? [] where asks[ask]?.chip == chip {
      answer(ask: ask, .message(type: "lease.acquire.ok", fields, nil), now)
    }
  }

  private mutating func answerQueued(_ number: Int, _ now: Int) {
    guard let ask = asks[number] else { return }
    let book = seats[ask.chip].leases
    // The grant waits for nothing but the journal.
    if book.lacksEpochs, seats[ask.chip].isReserving { return }
    // Without a place the lease was granted and has ended since.
    guard let position = book.position(of: ask.session) else {
      if book.lease(of: ask.session) == nil {
        answer(ask: number, .failure(Refusal.leaseEnded), now)
      }
      return
    }
    var fields: JSONObject = [
      "chip": .text(seats[ask.chip].name), "state": .text("queued"),
      "position": .integer(position),
    ]
    if let lease = book.leases.first {
      let seconds = (now - lease.since) / 1_000
      let note = lease.terms.note.isEmpty ? lease.holder.client : lease.terms.note
      fields["held_by"] = .text("\(lease.holder.user): \(note) (\(seconds) s)")
    }
    answer(ask: number, .message(type: "lease.acquire.ok", fields, nil), now)
  }

  /// Answers one request for a lease, and remembers the answer.
  mutating func answer(ask number: Int, _ body: Reply.Body, _ now: Int) {
    guard let ask = asks.removeValue(forKey: number) else { return }
    let reply = Reply(id: ask.id, body)
    sessions[ask.session]?.asks.removeAll { $0 == number }
    sessions[ask.session]?.memory.answer(ask.id, ask.fingerprint, .init(reply), at: now)
    if let error = reply.error { tally.note(error, of: "lease.acquire") }
    tally.note(latency: now - ask.askedAt, of: "lease.acquire")
    send(reply, to: ask.peer)
  }

  /// Answers requests for leases that have waited as long as they wanted to.
  mutating func expireAsks(_ now: Int) {
    for number in asks.keys.sorted() {
      if let until = asks[number]?.until, until <= now { answerQueued(number, now) }
    }
  }

  private mutating func limitAsks(of session: Int, _ now: Int) {
    while let list = sessions[session]?.asks, list.count > Session.mostAsks {
      answerQueued(list[0], now)
      // Whatever the book says, the oldest one is answered.
      answer(ask: list[0], .failure(Refusal.cancelled), now)
    }
  }

  // MARK: The end of leases

  mutating func releaseLease(
    _ request: Request, _ session: Int, _ peer: Peer, _ chip: Int, _ now: Int
  ) {
    if answerAgain(request, in: session, peer, now) { return }
    if seats[chip].leases.giveUp(session) {
      seats[chip].hasQueueNews = true
      for ask in sessions[session]?.asks ?? [] where asks[ask]?.chip == chip {
        answer(ask: ask, .failure(Refusal.cancelled), now)
      }
    }
    endLease(chip, session, Refusal.leaseEnded, "lease.release", now)
    grantLeases(chip, now)
    let reply = Reply.ok(request)
    sessions[session]?.memory.answer(request.id, request.fingerprint, .init(reply), at: now)
    send(reply, to: peer)
  }

  mutating func breakLeases(
    _ request: Request, _ peer: Peer, _ user: User, _ chip: Int, _ now: Int
  ) {
    if answerAgain(request, peer, user, now) { return }
    let broken = seats[chip].leases.leases
    for lease in broken {
      closeLease(chip, lease.holder.session, Refusal.stale, "lease.broken", now, by: user.name)
    }
    grantLeases(chip, now)
    let outcome: JSONObject = ["broken": .integer(broken.count)]
    var line: JSONObject = ["chip": .text(seats[chip].name), "result": .text("ok")]
    line.merge(outcome)
    auditOrder(request, user, line)
    let reply = Reply.ok(request, outcome)
    userMemories[user.name, default: RequestMemory()].answer(
      request.id, request.fingerprint, .init(reply), at: now)
    send(reply, to: peer)
  }

  /// Ends the lease of a session, and grants what can be granted then.
  mutating func endLease(
    _ chip: Int, _ session: Int, _ error: WireError, _ event: String, _ now: Int
  ) {
    closeLease(chip, session, error, event, now)
    grantLeases(chip, now)
  }

  /// Ends the lease of a session: what waits under it is refused, what runs is cancelled.
  mutating func closeLease(
    _ chip: Int, _ session: Int, _ error: WireError, _ event: String, _ now: Int,
    by operatorName: String? = nil
  ) {
    guard let lease = seats[chip].leases.release(session) else { return }
    mark(chip)
    seats[chip].hasQueueNews = true
    var fields: JSONObject = [
      "chip": .text(seats[chip].name), "epoch": .integer(lease.epoch),
    ]
    if let operatorName { fields["by"] = .text(operatorName) }
    audit(event, user: lease.holder.user, fields)
    _ = cancelJobs(of: session, on: chip, nil, error, now)
  }

  /// Ends the lease of a session that has lost something and comes with work as if it had not.
  ///
  /// It may have had no lease when that happened, and so nothing that told it.
  mutating func tellLoss(_ work: Command.Work, _ session: Int, _ chip: Int, _ now: Int) {
    guard work.needsImage, sessions[session]?.images[chip]?.isLossUntold == true else { return }
    endLease(chip, session, Refusal.stale, "lease.lost", now)
  }

  /// A session was told that its lease has ended, or where its images stand.
  mutating func noteTold(_ session: Int, on only: Int? = nil) {
    for chip in sessions[session]?.images.keys.sorted() ?? [] where only ?? chip == chip {
      sessions[session]?.images[chip]?.isLossUntold = false
    }
  }

  mutating func endOverdueLease(_ chip: Int, _ now: Int) {
    let longest = description.limits.leaseMilliseconds * 10
    guard let session = seats[chip].leases.overdue(at: now, longest: longest) else { return }
    endLease(chip, session, Refusal.stale, "lease.overdue", now)
  }
}
