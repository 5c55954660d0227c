extension ServerState {
  // MARK: Taking work

  /// Takes a request for work into the queue of its chip, or says why not.
  mutating func accept(
    _ work: Command.Work, _ request: Request, _ session: Int, _ peer: Peer, _ chip: Int, _ now: Int
  ) {
    if answerAgain(request, in: session, peer, now) { return }
    var message = request.message
    var attached = 0
    let seat: Int
    do {
      seat = try seatNumber(work, chip)
      tellLoss(work, session, seat, now)
      try check(work, request, session, seat)
      attached = try sessions[session]?.shelf.attach(to: &message) ?? 0
    } catch {
      if error.code == .staleEpoch { noteTold(session, on: chip) }
      return refuse(request, peer, error)
    }
    let number = freshNumber()
    var job = Job(
      number: number, chip: seat, session: session, user: sessions[session]?.user.name ?? "",
      work: work, id: request.id, fingerprint: request.fingerprint, epoch: request.epoch,
      after: request.after, arrivedAt: now,
      deadlineAt: now + (request.deadline ?? Self.usualDeadline),
      message: message, peer: peer)
    job.uploadBytes = attached
    let saysAccepted = job.runTerms?.saysAccepted ?? false
    jobs[number] = job
    sessions[session]?.attachedBytes += attached
    sessions[session]?.memory.begin(request.id, request.fingerprint, job: number)
    if saysAccepted {
      let ahead: JSONObject = ["waiting": .integer(seats[seat].waitingCount)]
      send(Reply(id: request.id, .message(type: "run.accepted", ahead, nil)), to: peer)
    }
    seats[seat].lines[session, default: .init()].waiting.append(number)
    seats[seat].waitingCount += 1
    mark(seat)
    settle(seat, session)
  }

  /// Milliseconds that work waits for its turn when it does not say.
  private static let usualDeadline = 30_000

  private func seatNumber(_ work: Command.Work, _ chip: Int) throws(WireError) -> Int {
    switch work {
    case .compile:
      guard seats.count > chipCount else {
        throw WireError(.notAvailable, "this server does not compile; see 'features'")
      }
      return chipCount
    case .calibrate where !description.features.contains("calibrate"):
      throw WireError(.notAvailable, "this server does not calibrate; see 'features'")
    default: return chip
    }
  }

  private func check(
    _ work: Command.Work, _ request: Request, _ session: Int, _ seat: Int
  ) throws(WireError) {
    guard phase != .stopping else { throw Refusal.stopping }
    if seat < chipCount { try checkEpoch(request.epoch, session, seat) }
    if let error = gap(before: request.after, session) { throw error }
    if work.hasResult, let user = sessions[session]?.user.name {
      try requireRoomForResults(user)
    }
    guard seats[seat].condition != .faulted else { throw Refusal.faulted }
    let limits = description.limits
    if let line = seats[seat].lines[session] {
      let count = line.waiting.count + line.draining
      guard count < limits.queue else {
        var error = WireError(
          .busy, "\(count) requests of this session wait on the chip", limit: limits.queue,
          actual: count)
        error.retryAfter = 100
        throw error
      }
    }
    if case .run(let terms) = work {
      let samples = request.message.sampleCount
      let (ticks, overflow) = samples.multipliedReportingOverflow(by: terms.durationTicks)
      guard !overflow, ticks <= limits.runTicks else {
        throw WireError(
          .tooLarge, "a run has fewer samples times ticks", field: "sample_numbers",
          limit: limits.runTicks, actual: overflow ? Int.max : ticks)
      }
    }
  }

  /// Whether the session has the lease of that epoch.
  func checkEpoch(_ epoch: Int?, _ session: Int, _ chip: Int) throws(WireError) {
    let book = seats[chip].leases
    guard let lease = book.lease(of: session) else {
      guard let epoch, epoch < book.nextEpoch else { throw Refusal.noLease }
      throw Refusal.stale
    }
    guard let epoch else { throw Refusal.noEpoch }
    guard epoch == lease.epoch else { throw Refusal.stale }
  }

  // MARK: What is known already

  /// Gives the answer again to a request of a session that was answered, or is under way.
  mutating func answerAgain(
    _ request: Request, in session: Int, _ peer: Peer, _ now: Int
  ) -> Bool {
    let standing: RequestMemory.Standing?
    do {
      standing = try sessions[session]?.memory.find(request.id, request.fingerprint)
    } catch {
      refuse(request, peer, error)
      return true
    }
    switch standing {
    case nil: return false
    case .answered?:
      _ = sessions[session]?.memory.withStream(of: request.id) { $0.rewind() }
      repeatAnswer(request.id, session, peer)
    case .underWay(let number)?: move(number, to: peer, now)
    }
    return true
  }

  /// The answer to a request under way goes to another connection.
  private mutating func move(_ number: Int, to peer: Peer, _ now: Int) {
    if asks[number] != nil { asks[number]?.peer = peer }
    // Who asks again may have missed chunks, over whatever connection.
    jobs[number]?.stream?.rewind()
    jobs[number]?.peer = peer
    flush(number)
    goOn(number, now)
  }

  /// Sends the chunks of an answered request that credit allows, and the answer when all have gone.
  mutating func repeatAnswer(_ id: String, _ session: Int, _ peer: Peer) {
    let progress = sessions[session]?.memory.withStream(of: id) { stream in
      (stream.take(), stream.isSent)
    }
    for body in progress?.0 ?? [] { send(Reply(id: id, body), to: peer) }
    guard progress?.1 ?? true, case .answered(let answer)? = sessions[session]?.memory.find(id)
    else { return }
    send(answer.reply, to: peer)
  }

  // MARK: Attach, credit, state

  mutating func attach(
    _ target: String, _ credit: Credit, _ request: Request, _ session: Int, _ peer: Peer, _ now: Int
  ) {
    guard let standing = sessions[session]?.memory.find(target) else {
      let error = WireError(.unknownRequest, "no request '\(target)' is known", field: "target")
      return refuse(request, peer, error)
    }
    let state = stateName(standing)
    reply(request, peer, ["target": .text(target), "state": .text(state)])
    switch standing {
    case .answered:
      _ = sessions[session]?.memory.withStream(of: target) { $0.rewind(credit) }
      repeatAnswer(target, session, peer)
    case .underWay(let number):
      if asks[number] != nil { asks[number]?.peer = peer }
      guard jobs[number] != nil else { return }
      jobs[number]?.peer = peer
      jobs[number]?.stream?.rewind(credit)
      flush(number)
      goOn(number, now)
    }
  }

  mutating func grant(
    _ credit: Credit, to target: String, _ session: Int, _ peer: Peer, _ now: Int
  ) {
    switch sessions[session]?.memory.find(target) {
    case .underWay(let number)?:
      jobs[number]?.stream?.grant(credit)
      flush(number)
      goOn(number, now)
    case .answered?:
      let wasSent = sessions[session]?.memory.withStream(of: target) { stream in
        defer { stream.grant(credit) }
        return stream.isSent
      }
      if wasSent == false { repeatAnswer(target, session, peer) }
    case nil: break
    }
  }

  mutating func tellState(of target: String, _ request: Request, _ session: Int, _ peer: Peer) {
    var fields: JSONObject = ["target": .text(target), "state": .text("unknown")]
    if let standing = sessions[session]?.memory.find(target) {
      fields["state"] = .text(stateName(standing))
      if case .underWay(let number) = standing, let job = jobs[number], job.of > 0 {
        fields["samples"] = .integer(job.samples)
        fields["of"] = .integer(job.of)
      }
    }
    reply(request, peer, fields)
  }

  private func stateName(_ standing: RequestMemory.Standing) -> String {
    switch standing {
    case .underWay(let number):
      return jobs[number]?.stage ?? .waiting == .waiting ? "waiting" : "running"
    case .answered(let answer) where answer.isAcknowledged: return "done"
    case .answered(let answer):
      switch answer.refusal {
      case nil: return "done"
      case .cancelled: return "cancelled"
      case .lost: return "lost"
      default: return "failed"
      }
    }
  }

  // MARK: Uploads

  mutating func put(
    _ piece: Piece, _ request: Request, _ session: Int, _ peer: Peer, _ now: Int
  ) {
    if answerAgain(request, in: session, peer, now) { return }
    guard phase != .stopping else { return refuse(request, peer, Refusal.stopping) }
    do {
      let data = try request.message.uploadedBytes()
      try requireRoom(for: piece, session)
      let received = try sessions[session]?.shelf.take(piece, data, at: now)
      let reply = Reply.ok(request, ["received": .integer(received ?? 0)])
      sessions[session]?.memory.answer(request.id, request.fingerprint, .init(reply), at: now)
      send(reply, to: peer)
    } catch { refuse(request, peer, error) }
  }
}

extension Message {
  /// The samples of a run; 0 where it has no such array.
  fileprivate var sampleCount: Int {
    for part in parts {
      if let entry = part.arrays.first(where: { $0.name == "sample_numbers" }) {
        return entry.count
      }
    }
    return 0
  }

  /// The bytes of a piece of an upload, proved by its checksum.
  fileprivate func uploadedBytes() throws(WireError) -> Frame {
    guard parts.count == 1, parts[0].pieces.count == 1, parts[0].arrays.count == 1,
      parts[0].arrays[0].name == "data", parts[0].arrays[0].type == .u8
    else {
      throw WireError(.badPayload, "a piece has one array 'data' of u8 in one frame", field: "data")
    }
    try verifyChecksums()
    return Frame(parts[0].arrays[0].range, of: parts[0].pieces[0])
  }

  /// The bytes of an array of u8, wherever its part comes from.
  func joinedBytes(of name: String) -> [UInt8] {
    for part in parts {
      guard let entry = part.arrays.first(where: { $0.name == name }), entry.type == .u8 else {
        continue
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(part.bytes)
      for piece in part.pieces { piece.withBytes { bytes.append(contentsOf: $0) } }
      return Array(bytes[entry.range.clamped(to: 0..<bytes.count)])
    }
    return []
  }
}
