extension ServerState {
  /// How long a server may take to end, and to get rid of results, in milliseconds.
  static let stopPatience = 5_000
  private static let drainPatience = 2_000

  /// Ends the server: at once, or when what runs is cancelled and what has changed is saved.
  mutating func stop(atOnce: Bool, _ now: Int) {
    if atOnce || phase == .stopping { return halt(now) }
    phase = .stopping
    stopDeadline = now + Self.stopPatience
    feed.isStale = true
    log("server.stopping", [:])
    for (request, peer, _) in parked { refuse(request, peer, Refusal.stopping) }
    parked = []
    for ask in asks.keys.sorted() { answer(ask: ask, .failure(Refusal.stopping), now) }
    for chip in seats.indices { refuseWaiting(chip, Refusal.stopping, now) }
    for session in sessions.keys.sorted() {
      _ = cancelJobs(of: session, nil, Refusal.cancelled, now)
    }
  }

  /// Ends the server when nothing is left to do, or patience is.
  mutating func finishStop(_ now: Int) {
    guard phase == .stopping else { return }
    if now < stopDeadline {
      for chip in 0..<chipCount where isDurable { saveChanges(chip, now) }
      let isBusy = seats.contains {
        $0.condition == .ready && ($0.order != nil || !$0.chores.isEmpty)
      }
      guard !isBusy, tickets.isEmpty else { return }
      let isSending = jobs.values.contains { $0.stage == .draining && $0.peer != nil }
      if isSending, now < stopDeadline - Self.stopPatience + Self.drainPatience { return }
    }
    halt(now)
  }

  /// Saves what no checkpoint holds, once.
  private mutating func saveChanges(_ chip: Int, _ now: Int) {
    guard seats[chip].condition == .ready, seats[chip].order == nil else { return }
    for session in sessions.keys.sorted() {
      guard let image = sessions[session]?.images[chip], image.isDirty, image.isLive,
        !image.isSaving, !image.isLastSaved, !isReplaced(session, chip)
      else { continue }
      sessions[session]?.images[chip]?.isLastSaved = true
      save(session, chip)
    }
    advance(chip, now)
  }

  /// Sessions that the journal kept waiting: nobody is left without a word.
  private mutating func answerOpenings() {
    for number in openings.keys.sorted() {
      guard let opening = openings.removeValue(forKey: number) else { continue }
      send(Reply(id: opening.id, .failure(Refusal.lost)), to: opening.peer)
    }
  }

  private mutating func halt(_ now: Int) {
    for (request, peer, _) in parked { refuse(request, peer, Refusal.stopping) }
    for ask in asks.keys.sorted() { answer(ask: ask, .failure(Refusal.stopping), now) }
    for number in jobs.keys.sorted() {
      // What has begun may have been done, and nobody will know its result.
      let isWaiting = jobs[number]?.stage == .waiting
      finish(number, .failure(isWaiting ? Refusal.stopping : Refusal.lost), now)
    }
    answerOpenings()
    phase = .stopped
    out.append(feed.event("bye", [:]))
    log("server.stopped", tally.fields)
    out.append(.halt)
  }
}
