import Link

/// What clients make of the server's messages.
extension Simulation {
  func take(_ reply: Reply, _ client: SimulatedClient) {
    guard let id = reply.id,
      let place = client.asks.firstIndex(where: { $0.request.id == id })
    else { return }
    if client.isHostile { return take(hostile: reply, client, place) }
    switch reply.body {
    case .failure(let error): refused(client, place, error.code)
    case .message("error", let fields, _):
      let code = (try? fields.object("error").text("type")).flatMap(WireError.Code.init(rawValue:))
      refused(client, place, code ?? .internalError)
    case .message("run.accepted", _, _): client.asks[place].sentAt = now
    case .message("run.chunk", let fields, let payload):
      chunk(client, place, fields.whole("seq") ?? 0, payload)
    case .message("run.ok", let fields, let payload):
      client.asks[place].ending = (fields, payload)
      endRun(client, place)
    case .message(let type, let fields, _):
      let ask = client.asks.remove(at: place)
      answered(client, ask, type, fields)
    }
  }

  private func take(hostile reply: Reply, _ client: SimulatedClient, _ place: Int) {
    guard case .message(let type, let fields, _) = reply.body else {
      client.asks.remove(at: place)
      return
    }
    if type == "run.chunk" || type == "run.accepted" { return }
    let ask = client.asks.remove(at: place)
    switch type {
    case "session.open.ok": client.token = fields.words("session")
    case "lease.acquire.ok": client.epoch = fields.whole("epoch") ?? client.epoch
    case "session.close.ok", "bye.ok": if ask.request.session != nil { client.forgetSession() }
    default: break
    }
  }

  // MARK: Results

  private func chunk(_ client: SimulatedClient, _ place: Int, _ seq: Int, _ payload: Payload?) {
    guard let payload else { return judge.fail("a chunk without payload") }
    client.asks[place].chunks[seq] = payload.frame
    client.asks[place].sentAt = now
    let received = client.asks[place].received
    if dice.chance(0.7) {
      ask(
        client, "run.credit",
        client.keys([
          "target": .text(client.asks[place].request.id), "received": .integer(received),
          "credit": .integer(dice.integer(1...8)),
        ]), isAwaited: false)
    }
    endRun(client, place)
  }

  /// The run is over when all its chunks are here; their bytes must be those that were counted.
  private func endRun(_ client: SimulatedClient, _ place: Int) {
    let ask = client.asks[place]
    guard let ending = ask.ending, let count = ending.fields.whole("chunks"),
      ask.received >= count
    else { return }
    var frames = (0..<count).compactMap { ask.chunks[$0] }
    if let payload = ending.payload { frames.append(payload.frame) }
    let bytes = frames.reduce(0) { $0 + $1.count }
    judge.require(ending.fields.whole("bytes") == bytes, "\(ask.request.id): \(bytes) bytes came")
    judge.require(
      ending.fields.whole("digest") == Int(CRC32C.checksum(of: frames)),
      "\(ask.request.id): the digest is not that of what came")
    client.asks.remove(at: place)
    client.goal -= 1
    if dice.chance(0.6) {
      client.acks.append(ask.request.id)
    } else {
      client.unacknowledged.append(ask.request.id)
    }
  }

  private func answered(
    _ client: SimulatedClient, _ ask: SimulatedClient.Ask, _ type: String, _ fields: JSONObject
  ) {
    switch type {
    case "session.open.ok": client.token = fields.words("session")
    case "session.close.ok", "bye.ok":
      client.forgetSession()
      client.hasClosed = true
      client.isFinished = client.goal <= 0
    case "ping.ok", "session.resume.ok": heard(client, ask, fields)
    case "lease.acquire.ok": leased(client, fields)
    case "lease.release.ok": client.epoch = nil
    case "put.ok": uploaded(client, ask.request.id)
    case "image.load.ok":
      client.hasImage = true
      client.goal -= 1
    case "image.read.ok", "image.commit.ok", "weights.write.ok", "compile.ok", "calibrate.ok":
      client.goal -= 1
    case "request.attach.ok":
      for place in client.asks.indices where client.asks[place].request.id == ask.target {
        client.asks[place].sentAt = now
      }
    default: break
    }
  }

  private func leased(_ client: SimulatedClient, _ fields: JSONObject) {
    guard fields.words("state") == "granted" else {
      client.waitUntil = now + dice.integer(100...800)
      return
    }
    (client.epoch, client.epochSince) = (fields.whole("epoch"), now)
  }

  /// The server tells which leases there are, as of some moment after the question.
  private func heard(_ client: SimulatedClient, _ ask: SimulatedClient.Ask, _ fields: JSONObject) {
    guard case .list(let list)? = fields["leases"], ask.askedAt > client.epochSince else { return }
    let mine = list.compactMap { lease -> Int? in
      guard case .object(let lease) = lease, lease.words("chip") == client.chip,
        lease.words("state") == "granted"
      else { return nil }
      return lease.whole("epoch")
    }
    // A stopped client that wakes may go on under its old epoch for a while.
    if mine.isEmpty, dice.chance(0.3) { return }
    if mine.first != client.epoch { (client.epoch, client.epochSince) = (mine.first, now) }
  }

  // MARK: Refusals

  private func refused(_ client: SimulatedClient, _ place: Int, _ code: WireError.Code) {
    let ask = client.asks.remove(at: place)
    switch code {
    case .noSession:
      client.forgetSession()
      if client.goal <= 0 { client.hasClosed = true }
    case .noLease, .staleEpoch: client.epoch = nil
    case .noImage: client.hasImage = false
    case .chipFaulted:
      needsReset = true
      client.waitUntil = now + 500
    case .busy:
      client.waitUntil = now + dice.integer(100...900)
      client.acks += client.unacknowledged
      client.unacknowledged = []
      if UploadStep(ask.request) == .put("") { client.upload = nil }
    case .shuttingDown, .tooManySessions: client.waitUntil = now + dice.integer(100...900)
    case .unknownRequest:
      if let target = client.asks.first(where: { $0.request.id == ask.target }) {
        post(target.request, from: client)
      }
    case .chipRefused:
      judge.require(
        ask.request.message.header["sim_refused"] != nil, "\(ask.request.id): refused by the chip")
      client.goal -= 1
    case .storageFailed, .deadlineExceeded, .cancelled, .chipFailed, .lost: break
    case .badHeader, .tooLarge, .badPayload:
      // Pieces of an upload that came in another order, or an upload larger than allowed.
      let mayBe = [.put(""), .load("")].contains(UploadStep(ask.request))
      judge.require(mayBe || code == .tooLarge, "\(ask.request.id): \(code.rawValue)")
      client.upload = nil
    default: judge.fail("an honest client's \(ask.request.message.type) is \(code.rawValue)")
    }
  }

  /// Requests that have to do with uploads.
  private enum UploadStep: Equatable {
    case put(String), load(String), none

    init(_ request: Request) {
      switch request.command {
      case .put: self = .put("")
      case .work(.loadImage): self = .load("")
      default: self = .none
      }
    }
  }
}
