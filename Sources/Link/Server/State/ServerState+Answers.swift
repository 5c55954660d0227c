extension ServerState {
  // MARK: Streams

  /// Sends the chunks of a run that credit allows; after the last one of a finished run, its answer.
  mutating func flush(_ number: Int) {
    guard let peer = jobs[number]?.peer, jobs[number]?.stream != nil else { return }
    guard let bodies = jobs[number]?.stream?.take(), !bodies.isEmpty,
      let id = jobs[number]?.id
    else { return }
    for body in bodies { out.append(.send(Reply(id: id, body), to: peer)) }
  }

  /// A run has got credit, or a connection, and may go on.
  mutating func goOn(_ number: Int, _ now: Int) {
    guard let job = jobs[number] else { return }
    if job.stage == .draining { return finishDrained(number, now) }
    guard job.stage == .suspended else { return }
    settle(job.chip, job.session)
  }

  /// The chip is done with a run: it is answered when all its chunks have gone.
  mutating func drain(_ number: Int, _ now: Int) {
    flush(number)
    guard let chip = jobs[number]?.chip, let session = jobs[number]?.session,
      let stream = jobs[number]?.stream
    else { return }
    if stream.isSent { return finishSent(number, stream, now) }
    // Nobody is left who could give credit.
    guard sessions[session] != nil else { return finish(number, .failure(Refusal.lost), now) }
    jobs[number]?.stage = .draining
    jobs[number]?.drainingSince = now
    jobs[number]?.undelivered = stream.heldBytes
    sessions[session]?.undelivered += stream.heldBytes
    seats[chip].lines[session]?.active = nil
    seats[chip].lines[session]?.draining += 1
    settle(chip, session)
  }

  private mutating func finishDrained(_ number: Int, _ now: Int) {
    guard let stream = jobs[number]?.stream, stream.isSent else { return }
    finishSent(number, stream, now)
  }

  private mutating func finishSent(_ number: Int, _ stream: RunStream, _ now: Int) {
    guard let body = stream.answer else { return }
    jobs[number]?.stream = stream.count > 0 ? stream : nil
    finish(number, body, now)
  }

  // MARK: The end of a job

  /// Answers a job, and remembers the answer.
  mutating func finish(_ number: Int, _ body: Reply.Body, _ now: Int) {
    guard let job = jobs.removeValue(forKey: number) else { return }
    leaveLine(job)
    let reply = Reply(id: job.id, body)
    if let error = reply.error {
      if error.code == .staleEpoch { noteTold(job.session, on: job.chip) }
      tally.note(error, of: job.work.type)
      remember(job, .init(reply), now)
    } else {
      remember(job, .init(reply, stream: job.stream), now)
    }
    tally.note(latency: now - job.arrivedAt, of: job.work.type)
    record(job, reply, now)
    send(reply, to: job.peer)
    if job.isBusyTold { tellBusy(job, "idle") }
    settle(job.chip, job.session)
  }

  private mutating func remember(_ job: Job, _ answer: RequestMemory.Answer, _ now: Int) {
    let most = description.limits.resultBytes
    sessions[job.session]?.attachedBytes -= job.uploadBytes
    sessions[job.session]?.undelivered -= job.undelivered
    sessions[job.session]?.memory.answer(job.id, job.fingerprint, answer, at: now)
    sessions[job.session]?.memory.shrink(to: most + answer.bytes)
  }

  private mutating func leaveLine(_ job: Job) {
    mark(job.chip)
    switch job.stage {
    case .waiting where seats[job.chip].lines[job.session]?.active != job.number:
      seats[job.chip].lines[job.session]?.waiting.removeAll { $0 == job.number }
      seats[job.chip].waitingCount -= 1
    case .draining: seats[job.chip].lines[job.session]?.draining -= 1
    default: seats[job.chip].lines[job.session]?.active = nil
    }
  }

  private mutating func record(_ job: Job, _ reply: Reply, _ now: Int) {
    var fields: JSONObject = [
      "chip": .text(seats[job.chip].name), "id": .text(job.id),
      "result": .text(reply.error?.code.rawValue ?? "ok"),
      "ms": .integer(now - job.arrivedAt),
    ]
    if let epoch = job.epoch { fields["epoch"] = .integer(epoch) }
    if let error = reply.error { fields["detail"] = .text(error.detail) }
    audit(job.work.type, user: job.user, fields)
  }

  // MARK: Cancelling

  mutating func cancel(
    _ target: String?, _ request: Request, _ session: Int, _ peer: Peer, _ now: Int
  ) {
    var count = cancelJobs(of: session, target, Refusal.cancelled, now)
    for ask in sessions[session]?.asks ?? [] where asks[ask]?.id == target {
      if let chip = asks[ask]?.chip, seats[chip].leases.giveUp(session) {
        seats[chip].hasQueueNews = true
      }
      answer(ask: ask, .failure(Refusal.cancelled), now)
      count += 1
    }
    reply(request, peer, ["cancelled": .integer(count)])
    for chip in 0..<chipCount { grantLeases(chip, now) }
  }

  /// Cancels requests of a session that run or wait, on all chips or one.
  ///
  /// Only that of the id, if there is one. Answers how many.
  mutating func cancelJobs(
    of session: Int, on only: Int? = nil, _ target: String?, _ error: WireError, _ now: Int
  ) -> Int {
    var count = 0
    for chip in only.map({ $0..<$0 + 1 }) ?? seats.indices {
      guard let line = seats[chip].lines[session] else { continue }
      for number in line.waiting where target == nil || jobs[number]?.id == target {
        finish(number, .failure(error), now)
        count += 1
      }
      if let active = line.active, target == nil || jobs[active]?.id == target {
        // What had begun was cancelled, whatever the reason.
        let reason = error.code == .staleEpoch ? Refusal.leaseEnded : error
        count += cancelActive(active, reason, now)
      }
    }
    return count
  }

  /// Cancels the job whose turn it is; 0 when it is too late for that.
  private mutating func cancelActive(_ number: Int, _ error: WireError, _ now: Int) -> Int {
    guard let job = jobs[number] else { return 0 }
    switch job.stage {
    case .working:
      if job.ending == nil { out.append(.cancel(chip: job.chip, job: number)) }
      jobs[number]?.ending = error
    case .suspended: drop(number, error, now)
    case .waiting, .restoring: finish(number, .failure(error), now)
    case .saving, .draining: return 0
    }
    return 1
  }

  /// Answers jobs of a session that has ended, which nobody can cancel any more.
  mutating func abandon(_ session: Int, _ now: Int) {
    for number in jobs.keys.sorted() where jobs[number]?.session == session {
      switch jobs[number]?.stage {
      case .saving: finish(number, .failure(Refusal.sessionEnded), now)
      case .draining: finish(number, .failure(Refusal.lost), now)
      default: continue
      }
    }
  }

  /// Refuses what has waited too long, and forgets results that nobody fetched.
  mutating func expireDeadlines(_ now: Int) {
    for number in jobs.keys.sorted() {
      guard let job = jobs[number] else { continue }
      if job.stage == .waiting, job.deadlineAt <= now {
        finish(number, .failure(Refusal.late), now)
      } else if job.stage == .draining, now - job.drainingSince > RequestMemory.lifetime {
        finish(number, .failure(Refusal.lost), now)
      }
    }
  }
}
