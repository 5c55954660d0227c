import ChipInterface

extension ServerState {
  // MARK: Greetings

  /// Milliseconds that greetings wait for workers that start, and how many may wait.
  private static let startPatience = 5_000
  private static let mostParked = 256

  /// Answers `hello` and `chip.info`, when the workers have said what their chips are.
  mutating func greet(_ request: Request, _ peer: Peer, _ user: User, _ now: Int) {
    if phase == .restoring, parked.count < Self.mostParked {
      parked.append((request, peer, user))
      return greetParked(now)
    }
    guard phase != .stopping else { return refuse(request, peer, Refusal.stopping) }
    if case .hello(let oldest, let newest) = request.command {
      if let error = Self.versionError(oldest, newest) { return refuse(request, peer, error) }
      return reply(request, peer, greeting(user))
    }
    let chip = request.chip.flatMap { chipNumbers[$0] } ?? 0
    guard seats.indices.contains(chip), let info = seats[chip].info else {
      return refuse(
        request, peer, WireError(.chipFailed, "the chip's worker has not started yet"))
    }
    out.append(.send(.ok(request, entry(chip), ChipCoding.payload(info)), to: peer))
  }

  /// Goes on to serve when all workers have spoken, or for too long have not.
  mutating func greetParked(_ now: Int) {
    guard phase == .restoring else { return }
    let isComplete = seats.prefix(chipCount).allSatisfy {
      $0.info != nil || $0.condition == .faulted
    }
    guard isComplete || now - startedAt >= Self.startPatience else { return }
    phase = .serving
    feed.isStale = true
    let waiting = parked
    parked = []
    for (request, peer, user) in waiting { greet(request, peer, user, now) }
  }

  private func greeting(_ user: User) -> JSONObject {
    var fields = description.fields
    fields["user"] = .text(user.name)
    fields["role"] = .text(user.role.rawValue)
    let chips = (0..<chipCount).filter { user.may(.view, on: seats[$0].name) }
    fields["chips"] = .list(chips.map { .object(entry($0)) })
    return fields
  }

  private func entry(_ chip: Int) -> JSONObject {
    let seat = seats[chip]
    var fields: JSONObject =
      seat.info.map { ChipCoding.fields($0, chip: seat.name) } ?? ["chip": .text(seat.name)]
    fields["state"] = .text(seat.stateName)
    return fields
  }

  private static func versionError(_ oldest: Int, _ newest: Int) -> WireError? {
    let ours = ProtocolVersion.oldest...ProtocolVersion.newest
    guard newest < ours.lowerBound || oldest > ours.upperBound else { return nil }
    return WireError(
      .unsupportedVersion,
      "this server speaks versions \(ours.lowerBound) to \(ours.upperBound)", field: "versions",
      limit: ours.upperBound, actual: oldest)
  }

  // MARK: Status

  /// What the server does, as `status` and the events tell it; only of the user's chips, if given.
  func snapshot(_ now: Int, for user: User? = nil) -> JSONObject {
    let chips = seats.prefix(chipCount).filter { user?.may(.view, on: $0.name) ?? true }
    return [
      "phase": .text(phase.rawValue), "server_session": .text(description.serverSession),
      "uptime_seconds": .number(Self.seconds(now - startedAt)),
      "sessions": .integer(sessions.count),
      "chips": .list(chips.map { .object(fields($0, now)) }), "totals": .object(tally.fields),
    ]
  }

  private func fields(_ seat: ChipSeat, _ now: Int) -> JSONObject {
    var fields: JSONObject = [
      "chip": .text(seat.name), "state": .text(seat.stateName),
      "uid": .text(seat.uid.description),
      "holders": .list(
        seat.leases.leases.map { lease in
          .object([
            "client": .text(lease.holder.client), "user": .text(lease.holder.user),
            "mode": .text(lease.terms.mode.rawValue), "note": .text(lease.terms.note),
            "seconds": .number(Self.seconds(now - lease.since)),
          ])
        }),
      "waiting": waitingList(seat), "queue": .integer(seat.waitingCount),
    ]
    if let order = seat.order, let job = jobs[order.job] {
      fields["job"] = .object([
        "type": .text(job.work.type), "user": .text(job.user),
        "seconds": .number(Self.seconds(now - job.startedAt)), "samples": .integer(job.samples),
        "of": .integer(job.of),
      ])
    }
    fields["users"] = .list(
      seat.share.totals.map { user, microseconds in
        .object(["user": .text(user), "chip_seconds": .number(Double(microseconds) / 1e6)])
      })
    return fields
  }

  private func waitingList(_ seat: ChipSeat) -> JSONValue {
    .list(
      seat.leases.waiting.enumerated().map { place, waiting in
        .object([
          "user": .text(waiting.holder.user), "mode": .text(waiting.terms.mode.rawValue),
          "position": .integer(place + 1),
        ])
      })
  }

  private static func seconds(_ milliseconds: Int) -> Double { Double(milliseconds) / 1_000 }

  // MARK: Events

  /// Tells subscribers what has changed, not more than ten times a second.
  mutating func tellNews(_ now: Int) {
    guard feed.isDue(at: now) else { return }
    for chip in 0..<chipCount where seats[chip].hasQueueNews {
      seats[chip].hasQueueNews = false
      let waiting = waitingList(seats[chip])
      out.append(
        feed.event("queue", ["chip": .text(seats[chip].name), "waiting": waiting]))
    }
    out.append(feed.event("state", snapshot(now)))
  }

  /// Tells how far a run is, not more than ten times a second.
  mutating func tellProgress(_ number: Int, _ now: Int) {
    guard let job = jobs[number], job.runTerms?.saysProgress == true, now >= job.nextProgressAt
    else { return }
    jobs[number]?.nextProgressAt = now + EventFeed.spacing
    let seconds = Self.seconds(now - job.startedAt)
    let left = job.samples > 0 ? seconds * Double(job.of - job.samples) / Double(job.samples) : 0
    out.append(
      feed.event(
        "progress",
        [
          "id": .text(job.id), "chip": .text(seats[job.chip].name),
          "samples": .integer(job.samples), "of": .integer(job.of), "seconds": .number(seconds),
          "left_seconds": .number(left), "spikes": .integer(job.spikes),
        ]))
  }

  /// Tells that a run begins to use a chip, or that all its effects have been sent.
  mutating func tellBusy(_ job: Job, _ type: String) {
    out.append(
      feed.event(type, ["id": .text(job.id), "chip": .text(seats[job.chip].name)]))
  }
}

extension ChipSeat {
  /// The chip's state as the protocol names it.
  var stateName: String {
    switch condition {
    case .starting: return "starting"
    case .faulted: return "faulted"
    case .ready: return order == nil ? "idle" : "running"
    }
  }
}
