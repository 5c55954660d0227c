extension ServerState {
  /// Takes a request: rights first, then the session, then what is asked.
  mutating func take(_ request: Request, from peer: Peer, by user: User, _ now: Moment) {
    tally.note(request.message.type)
    let chip: Int?
    do {
      chip = try chipNumber(request, user)
      try checkRight(request, user, chip)
    } catch { return refuseUnlessKnown(request, peer, user, error, now.milliseconds) }
    let session = find(request, user, now.milliseconds)
    if let session, !request.acks.isEmpty {
      sessions[session]?.memory.acknowledge(request.acks)
    }
    if answerWithoutSession(request, peer, user, chip, now) { return }
    guard let session else {
      if answerAgain(request, peer, user, now.milliseconds) { return }
      if request.session == nil, request.command == .bye { return reply(request, peer) }
      return refuse(request, peer, Refusal.noSession)
    }
    answer(request, in: session, peer, chip, now.milliseconds)
  }

  /// What the chip's name is left out of may mean none by now, and have been answered before.
  private mutating func refuseUnlessKnown(
    _ request: Request, _ peer: Peer, _ user: User, _ error: WireError, _ now: Int
  ) {
    if error.code == .noChip, let session = find(request, user, now),
      answerAgain(request, in: session, peer, now)
    {
      return
    }
    auditRefusal(of: request, user, error)
    refuse(request, peer, error)
  }

  /// Writes down what somebody wanted to do to others and was not let.
  mutating func auditRefusal(of request: Request, _ user: User, _ error: WireError) {
    guard request.command.right == .administer else { return }
    auditOrder(
      request, user, ["result": .text(error.code.rawValue), "detail": .text(error.detail)])
  }

  /// Writes down what an operator wanted done, and what became of it.
  mutating func auditOrder(_ request: Request, _ user: User, _ fields: JSONObject) {
    var line: JSONObject = ["id": .text(request.id)]
    if let chip = request.chip { line["chip"] = .text(chip) }
    line.merge(fields)
    audit(request.message.type, user: user.name, line)
  }

  private mutating func answerWithoutSession(
    _ request: Request, _ peer: Peer, _ user: User, _ chip: Int?, _ now: Moment
  ) -> Bool {
    switch request.command {
    case .hello, .chipInfo: greet(request, peer, user, now.milliseconds)
    case .openSession(let client): open(client, request, peer, user, now)
    case .ping where request.session == nil: reply(request, peer, serverSession)
    case .status: reply(request, peer, snapshot(now.milliseconds, for: user))
    case .metrics: sendMetrics(request, peer, now.milliseconds)
    case .breakLeases: breakLeases(request, peer, user, chip ?? 0, now.milliseconds)
    case .resetChip: reset(request, peer, user, chip ?? 0, now.milliseconds)
    case .stopServer:
      reply(request, peer)
      auditOrder(request, user, ["result": .text("ok")])
      // Sent again, it means no more than before.
      if phase != .stopping { stop(atOnce: false, now.milliseconds) }
    default: return false
    }
    return true
  }

  private mutating func answer(
    _ request: Request, in session: Int, _ peer: Peer, _ chip: Int?, _ now: Int
  ) {
    switch request.command {
    case .resumeSession: resume(session, request, peer)
    case .closeSession, .bye: close(session, request, peer, now)
    case .ping:
      var fields = serverSession
      fields["leases"] = leaseList(session)
      reply(request, peer, fields)
    case .acquireLease(let terms): acquire(terms, request, session, peer, chip ?? 0, now)
    case .releaseLease: releaseLease(request, session, peer, chip ?? 0, now)
    case .cancel(let target): cancel(target, request, session, peer, now)
    case .requestState(let target): tellState(of: target, request, session, peer)
    case .put(let piece): put(piece, request, session, peer, now)
    case .credit(let target, let credit): grant(credit, to: target, session, peer, now)
    case .attach(let target, let credit): attach(target, credit, request, session, peer, now)
    case .work(let work): accept(work, request, session, peer, chip ?? 0, now)
    default: refuse(request, peer, Refusal.noSession)
    }
  }

  var serverSession: JSONObject { ["server_session": .text(description.serverSession)] }

  // MARK: Rights and chips

  private func checkRight(_ request: Request, _ user: User, _ chip: Int?) throws(WireError) {
    let right = request.command.right
    guard user.may(right, on: chip.map { seats[$0].name }) else {
      let place = chip.map { " on chip '\(seats[$0].name)'" } ?? ""
      throw WireError(
        .notPermitted,
        "'\(user.name)', \(user.role.rawValue), may not use '\(request.message.type)'\(place)")
    }
  }

  /// The chip that a request is about; nil where it is about none.
  private func chipNumber(_ request: Request, _ user: User) throws(WireError) -> Int? {
    guard request.command.needsChip else { return nil }
    if let name = request.chip {
      guard let number = chipNumbers[name] else {
        throw WireError(.noChip, "there is no chip '\(name)'", field: "chip")
      }
      return number
    }
    if chipCount > 1, let session = request.session.flatMap({ sessionNumbers[$0.digest] }) {
      let leased = (0..<chipCount).filter { seats[$0].leases.lease(of: session) != nil }
      if leased.count == 1 { return leased[0] }
    }
    let usable = (0..<chipCount).filter { user.may(.view, on: seats[$0].name) }
    guard usable.count == 1 else {
      throw WireError(.noChip, "there are \(usable.count) chips; name one", field: "chip")
    }
    return usable[0]
  }

  /// The session of a request, if it is this user's; it was heard of just now.
  private mutating func find(_ request: Request, _ user: User, _ now: Int) -> Int? {
    guard let token = request.session, let number = sessionNumbers[token.digest],
      sessions[number]?.user.name == user.name
    else { return nil }
    tend(number, now)
    guard sessions[number] != nil else { return nil }
    sessions[number]?.lastHeard = now
    return number
  }
}

extension Command {
  /// Whether it is about one chip.
  var needsChip: Bool {
    switch self {
    case .chipInfo, .acquireLease, .releaseLease, .breakLeases, .resetChip, .work: return true
    default: return false
    }
  }
}

/// Answers that are always the same.
enum Refusal {
  static let noSession = WireError(
    .noSession, "open a session first; one ends when nothing is heard from its client",
    field: "session")
  static let noLease = WireError(.noLease, "acquire a lease on the chip first", field: "epoch")
  static let noEpoch = WireError(
    .badHeader, "the field 'epoch' must be the number of the lease", field: "epoch")
  static let stale = WireError(.staleEpoch, "the lease of that epoch has ended", field: "epoch")
  static let noImage = WireError(.noImage, "load an image in this session first")
  static let cancelled = WireError(.cancelled, "the request was cancelled")
  static let sessionEnded = WireError(.cancelled, "the session has ended")
  static let leaseEnded = WireError(.cancelled, "the lease has ended")
  static let stopping = WireError(.shuttingDown, "the server is shutting down")
  static let faulted = WireError(
    .chipFaulted, "the chip's worker failed \(ChipSeat.mostCrashes) times within a minute")
  static let late = WireError(.deadlineExceeded, "the request waited longer than it was willing to")
  static let lost = WireError(.lost, "the request was done, and its result was lost")

  static func storage(_ fault: JournalFault?) -> WireError {
    let reason: String
    switch fault {
    case .full: reason = "the disk is full"
    case .readOnly: reason = "the journal may not be written"
    case .damaged(let detail): reason = "the journal is damaged: \(detail)"
    case .failed(let detail): reason = detail
    case nil: reason = "what is needed cannot be read from it"
    }
    return WireError(.storageFailed, "the journal failed (\(reason)); nothing was done")
  }
}
