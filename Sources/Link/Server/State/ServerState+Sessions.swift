/// A session whose opening is being written to the journal.
struct Opening: Sendable {
  let token: SessionToken
  let user: User
  let client: String
  let id: String
  let fingerprint: UInt64
  var peer: Peer?
}

extension ServerState {
  // MARK: Opening

  mutating func open(
    _ client: String, _ request: Request, _ peer: Peer, _ user: User, _ now: Moment
  ) {
    if answerAgain(request, peer, user, now.milliseconds) { return }
    guard phase != .stopping else { return refuse(request, peer, Refusal.stopping) }
    if let error = capError(user) { return refuse(request, peer, error) }
    let number = freshNumber()
    openings[number] = Opening(
      token: now.freshToken, user: user, client: client, id: request.id,
      fingerprint: request.fingerprint, peer: peer)
    sessionCounts[user.name, default: 0] += 1
    userMemories[user.name, default: RequestMemory()].begin(
      request.id, request.fingerprint, job: number)
    let entry = JournalEntry.opened(
      session: now.freshToken.digest, user: user.name, client: client)
    journal([entry], .opening(number: number), now.milliseconds)
  }

  private func capError(_ user: User) -> WireError? {
    let limits = description.limits
    let (mine, all) = (sessionCounts[user.name] ?? 0, sessions.count + openings.count)
    guard mine >= limits.sessionsPerUser || all >= limits.sessions else { return nil }
    let isMine = mine >= limits.sessionsPerUser
    var error = WireError(
      .tooManySessions,
      isMine ? "'\(user.name)' has \(mine) sessions open" : "\(all) sessions are open",
      limit: isMine ? limits.sessionsPerUser : limits.sessions, actual: isMine ? mine : all)
    error.retryAfter = 1_000
    return error
  }

  /// The opening is on disk, or failed.
  mutating func opened(_ number: Int, _ fault: JournalFault?, _ now: Int) {
    guard let opening = openings.removeValue(forKey: number) else { return }
    let user = opening.user.name
    guard fault == nil else {
      countSession(user, -1)
      userMemories[user]?.forget(opening.id)
      let error = Refusal.storage(fault)
      tally.note(error, of: "session.open")
      return send(Reply(id: opening.id, .failure(error)), to: opening.peer)
    }
    sessions[number] = Session(
      number: number, digest: opening.token.digest, user: opening.user, client: opening.client,
      openedAt: now, lastHeard: now)
    sessionNumbers[opening.token.digest] = number
    tally.sessions += 1
    feed.isStale = true
    let body = Reply.Body.message(
      type: "session.open.ok", ["session": .text(opening.token.text)], nil)
    let reply = Reply(id: opening.id, body)
    userMemories[user, default: RequestMemory()].answer(
      opening.id, opening.fingerprint, .init(reply), at: now)
    audit("session.open", user: user, ["client": .text(opening.client), "id": .text(opening.id)])
    send(reply, to: opening.peer)
  }

  private mutating func countSession(_ user: String, _ change: Int) {
    let count = (sessionCounts[user] ?? 0) + change
    sessionCounts[user] = count > 0 ? count : nil
  }

  mutating func send(_ reply: Reply, to peer: Peer?) {
    if let peer { out.append(.send(reply, to: peer)) }
  }

  /// Gives the answer again to a request outside a session that was answered, or is under way.
  mutating func answerAgain(
    _ request: Request, _ peer: Peer, _ user: User, _ now: Int
  ) -> Bool {
    do {
      switch try userMemories[user.name]?.find(request.id, request.fingerprint) {
      case nil: return false
      case .answered(let answer)?: send(answer.reply, to: peer)
      case .underWay(let number)?: openings[number]?.peer = peer
      }
    } catch {
      auditRefusal(of: request, user, error)
      refuse(request, peer, error)
    }
    return true
  }

  // MARK: Time

  /// Ends a session, or leases of it, from which nothing came for too long.
  mutating func tend(_ number: Int, _ now: Int) {
    guard let lastHeard = sessions[number]?.lastHeard else { return }
    let silence = now - lastHeard
    if silence > description.limits.sessionIdleSeconds * 1_000 {
      return end(number, "session.expired", now)
    }
    for chip in 0..<chipCount {
      guard let lease = seats[chip].leases.lease(of: number), silence > lease.terms.timeToLive
      else { continue }
      endLease(chip, number, Refusal.stale, "lease.expired", now)
    }
    sessions[number]?.memory.expire(at: now)
    if sessions[number]?.shelf.isEmpty == false { sessions[number]?.shelf.expire(at: now) }
  }

  // MARK: Closing

  mutating func close(_ number: Int, _ request: Request, _ peer: Peer, _ now: Int) {
    guard let user = sessions[number]?.user.name else { return }
    end(number, "session.close", now)
    let reply = Reply.ok(request)
    userMemories[user, default: RequestMemory()].answer(
      request.id, request.fingerprint, .init(reply), at: now)
    send(reply, to: peer)
  }

  /// Ends a session: its requests are answered, its leases and images go.
  mutating func end(_ number: Int, _ event: String, _ now: Int) {
    guard let session = sessions[number] else { return }
    _ = cancelJobs(of: number, nil, Refusal.sessionEnded, now)
    abandon(number, now)
    for ask in session.asks { answer(ask: ask, .failure(Refusal.sessionEnded), now) }
    for (request, peer) in session.resumes { refuse(request, peer, Refusal.noSession) }
    sessions[number] = nil
    sessionNumbers[session.digest] = nil
    countSession(session.user.name, -1)
    for chip in 0..<chipCount {
      if seats[chip].leases.giveUp(number) { seats[chip].hasQueueNews = true }
      if seats[chip].leases.release(number) != nil { mark(chip) }
      if let image = session.images[chip], image.isLive {
        seats[chip].chores.append(.forget(slot: image.slot))
      }
    }
    audit(event, user: session.user.name, ["client": .text(session.client)])
    journal([.ended(session: session.digest)], .ended(session: session.digest), now)
    for chip in seats.indices {
      leave(chip, number)
      grantLeases(chip, now)
    }
    feed.isStale = true
  }

  // MARK: What a session has

  /// Tells where the session's images stand, when that is decided.
  mutating func resume(_ number: Int, _ request: Request, _ peer: Peer) {
    if sessions[number]?.isUndecided == true {
      let waiting = sessions[number]?.resumes.count ?? 0
      if waiting < Session.mostResumes {
        sessions[number]?.resumes.append((request, peer))
        return
      }
    }
    var fields = serverSession
    fields["images"] = imageList(number)
    fields["leases"] = leaseList(number)
    noteTold(number)
    reply(request, peer, fields)
  }

  /// Answers those who asked while that was not decided.
  mutating func resumeWaiting(_ number: Int) {
    guard let waiting = sessions[number]?.resumes, !waiting.isEmpty,
      sessions[number]?.isUndecided == false
    else { return }
    sessions[number]?.resumes = []
    for (request, peer) in waiting { resume(number, request, peer) }
  }

  func imageList(_ number: Int) -> JSONValue {
    guard let session = sessions[number] else { return .list([]) }
    return .list(
      session.images.keys.sorted().compactMap { chip in
        session.images[chip].map { image in
          .object([
            "chip": .text(seats[chip].name), "image": .text(image.hash),
            "state": .text(image.isRestored ? "restored" : "kept"),
            "checkpoint": .integer(image.checkpoint), "runs_since": .integer(image.runsSince),
          ])
        }
      })
  }

  func leaseList(_ number: Int) -> JSONValue {
    var list: [JSONValue] = []
    for seat in seats.prefix(chipCount) {
      if let lease = seat.leases.lease(of: number) {
        list.append(
          .object([
            "chip": .text(seat.name), "epoch": .integer(lease.epoch), "state": .text("granted"),
          ]))
      } else if let position = seat.leases.position(of: number) {
        list.append(
          .object([
            "chip": .text(seat.name), "state": .text("queued"), "position": .integer(position),
          ]))
      }
    }
    return .list(list)
  }
}
