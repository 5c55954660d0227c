import Link

/// Answers: to whom they go, how often, and whether they are true.
extension Judge {
  func sent(_ reply: Reply, to peer: Peer) {
    require(!unreachable.contains(peer), "\(Trace.text(reply)) to an unreachable peer")
    guard let id = reply.id else { return }
    guard var request = asked[id], request.askers.contains(peer) else {
      return fail("\(Trace.text(reply)) to a peer that never asked")
    }
    switch reply.body {
    case .failure(let error):
      coverage.codes.insert(error.code.rawValue)
      refused(id, error, &request)
    case .message("error", let fields, _):
      // As it came from the journal.
      if let code = try? fields.object("error").text("type") { coverage.codes.insert(code) }
      request.finals += 1
    case .message(let type, let fields, let payload):
      coverage.answers.insert(type)
      if type == "run.accepted" { return }
      if type == "run.chunk" {
        let fault = streams[id, default: StreamTruth()].sent(
          fields, payload, of: world.scenario.limits)
        return require(fault == nil, "\(id): \(fault ?? "")")
      }
      answered(id, type, fields, payload, &request)
    }
    require(
      request.finals <= request.arrivals,
      "\(request.finals) answers to \(request.arrivals) times \(id): \(Trace.text(reply))")
    asked[id] = request
  }

  // MARK: Refusals

  /// Codes under which something may have been done before.
  private static let late: Set<String> = [
    "lost", "no_session", "id_reused", "not_permitted", "no_chip",
  ]

  private func refused(_ id: String, _ error: WireError, _ request: inout Asked) {
    request.finals += 1
    let code = error.code.rawValue
    if error.code == .staleEpoch { isTold(request.session) }
    if error.code == .noSession, let session = request.session, users[session] == request.user {
      closed.insert(session)
    }
    require(code != "internal_error", "internal error: \(error.detail)")
    let wasDone = request.first?.hasSuffix(".ok") ?? false
    if wasDone, !request.isAmbiguous, Self.remembered.contains(request.first ?? "") {
      require(Self.late.contains(code), "\(id) was \(request.first ?? ""), and now is \(code)")
    }
    if request.first == nil { request.first = code }
    guard !wasDone, !Self.late.contains(code), !request.isAmbiguous, let step = request.step else {
      return
    }
    let isLearnt = world.workers.contains { worker in
      worker.slots.values.contains { $0.steps.contains(step) }
    }
    require(!isLearnt, "\(id) was refused (\(code)) and its step \(step) is learnt")
  }

  /// Answers that are given again, or lost, but never changed.
  private static let remembered: Set<String> = [
    "session.open.ok", "lease.acquire.ok", "lease.release.ok", "put.ok", "image.load.ok",
    "image.read.ok", "image.commit.ok", "weights.write.ok", "run.ok", "compile.ok", "calibrate.ok",
  ]

  // MARK: Grants

  private func answered(
    _ id: String, _ type: String, _ fields: JSONObject, _ payload: Payload?,
    _ request: inout Asked
  ) {
    request.finals += 1
    if let first = request.first, first.hasSuffix(".ok"), !request.isAmbiguous {
      require(first == type, "\(id) was \(first), and now is \(type)")
    }
    let isFirst = request.first?.hasSuffix(".ok") != true
    if isFirst { request.first = type }
    guard !request.isAmbiguous else { return }
    let session = request.session ?? ""
    switch type {
    case "lease.acquire.ok" where fields.words("state") == "granted":
      granted(
        session, fields.words("chip") ?? "", fields.whole("epoch") ?? 0,
        fields.words("mode").flatMap(LeaseTerms.Mode.init(rawValue:)))
    case "ping.ok", "session.resume.ok":
      if type == "session.resume.ok" { resumed(session, fields) }
      told(leases: fields, to: session)
    case "lease.release.ok" where isFirst:
      end(Seat(session: session, chip: request.chip)) { $0.epoch <= request.epoch }
    case "lease.break.ok" where isFirst: endAll(on: request.chip, upTo: request.epoch)
    case "session.open.ok" where isFirst: opened(fields, request)
    case "image.load.ok" where isFirst: loaded(id, fields, request)
    case "image.commit.ok" where isFirst:
      // Who commits, and was told, is content with what there is.
      losses[Seat(session: session, chip: request.chip)] = nil
      committed(id, fields, request)
    case "weights.write.ok" where isFirst: learnt(id, fields, request)
    case "run.ok":
      if isFirst { learnt(id, fields, request) }
      if request.slot != nil {
        let fault = streams[id]?.ended(fields, payload)
        require(fault == nil, "\(id): \(fault ?? "")")
      }
    default: break
    }
  }

  private func told(leases fields: JSONObject, to session: String) {
    guard case .list(let list)? = fields["leases"] else { return }
    var held: Set<String> = []
    for case .object(let lease) in list where lease.words("state") == "granted" {
      held.insert("\(lease.words("chip") ?? "") \(lease.whole("epoch") ?? 0)")
      granted(session, lease.words("chip") ?? "", lease.whole("epoch") ?? 0, nil)
    }
    for (chip, name) in world.scenario.chips.enumerated() {
      end(Seat(session: session, chip: chip)) { !held.contains("\(name) \($0.epoch)") }
    }
  }

  private func opened(_ fields: JSONObject, _ request: Asked) {
    guard let token = fields.words("session") else { return fail("a session without a token") }
    let digest = SessionToken(text: token).digest
    require(users[digest] == nil, "a token was given twice")
    users[digest] = request.user
    let isStored = world.disk.opened.contains(digest)
    require(isStored || !world.scenario.isDurable, "a session was opened and is not on disk")
  }

  private func loaded(_ id: String, _ fields: JSONObject, _ request: Asked) {
    guard let image = request.image, let session = request.session, request.slot != nil else {
      return require(world.life > 1 && world.scenario.isDurable, "\(id): loaded, never ordered")
    }
    require(fields["durable"] == .flag(world.scenario.isDurable), "\(id): 'durable' is wrong")
    let seat = Seat(session: session, chip: request.chip)
    require(loaded.contains(image), "\(id): loaded \(image), which is nowhere")
    // Another one may have come since, if this answer was first lost.
    guard world.scenario.isDurable, images[seat] == image else { return }
    let stored = world.disk.image(session, world.scenario.chips[request.chip])?.content?.image
    require(stored == image, "\(id): loaded \(image), and on disk is \(stored ?? "nothing")")
  }

  private func committed(_ id: String, _ fields: JSONObject, _ request: Asked) {
    guard world.scenario.isDurable, let session = request.session else { return }
    let seat = Seat(session: session, chip: request.chip)
    guard let image = world.disk.image(session, world.scenario.chips[request.chip]) else {
      return require(closed.contains(session), "\(id): committed, and nothing is on disk")
    }
    // The same for a commit.
    guard request.image == image.content?.image, !earlier.contains(id) else { return }
    require(
      (fields.whole("checkpoint") ?? .max) <= image.checkpoint,
      "\(id): checkpoint \(fields.whole("checkpoint") ?? 0), on disk is \(image.checkpoint)")
    let missing = request.owed.intersection(owed[seat] ?? []).subtracting(
      image.content?.steps ?? [])
    require(missing.isEmpty, "\(id): committed, and steps \(missing) are not on disk")
  }

  /// A run or a write is acknowledged: its step was learnt once, and stays.
  private func learnt(_ id: String, _ fields: JSONObject, _ request: Asked) {
    guard let step = request.step, let session = request.session else { return }
    let name = world.scenario.chips[request.chip]
    guard request.slot != nil else {
      return require(
        world.disk.checkpointed.contains(step),
        "\(id) is acknowledged, and no checkpoint holds its step \(step)")
    }
    require(finished.contains(step), "\(id) is acknowledged, and its step \(step) was never done")
    let image = world.disk.image(session, name)
    if image?.content?.image == request.image, let checkpoint = fields.whole("checkpoint") {
      require(
        checkpoint <= image?.checkpoint ?? 0,
        "\(id): checkpoint \(checkpoint), on disk is \(image?.checkpoint ?? 0)")
    }
    if let slot = request.slot, let content = world.workers[request.chip].slots[slot],
      content.steps.contains(step),
      images[Seat(session: session, chip: request.chip)] == content.image
    {
      owed[Seat(session: session, chip: request.chip), default: []].insert(step)
    }
  }
}
