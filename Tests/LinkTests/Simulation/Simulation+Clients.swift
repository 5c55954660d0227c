import Link

/// Honest clients: they keep to the protocol, and want their work done.
extension Simulation {
  /// A client looks at what there is to do.
  func wake(_ number: Int) {
    let client = clients[number]
    guard !client.hasVanished else { return }
    agenda.add(.client(number), at: now + dice.integer(50...400))
    guard now >= client.frozenUntil else { return }
    if isHealed, client.isFinished, client.role != .operating { return }
    trouble(client)
    guard now >= client.frozenUntil, !client.hasVanished else { return }
    let inbox = client.inbox
    client.inbox = []
    for reply in inbox { take(reply, client) }
    switch client.role {
    case .operating: operate(client)
    case .hostile: attack(client)
    case .honest:
      repeatLate(client)
      ping(client)
      if !client.isFinished { proceed(client) }
    }
  }

  private func trouble(_ client: SimulatedClient) {
    guard client.role != .operating else { return }
    let seconds = 0.225
    if dice.chance(scenario.freeze * seconds) {
      client.frozenUntil = now + dice.integer(500...9_000)
      say("client \(client.number) is stopped")
    }
    if dice.chance(scenario.vanish * seconds) { client.hasVanished = true }
    if dice.chance(scenario.reconnect * seconds) {
      for channel in [Channel.control, .run] {
        if let peer = client.peer(channel, server: life), connections[peer] != nil {
          drop(peer, within: 2_000)
        }
      }
      client.disconnect()
      say("client \(client.number) connects anew")
    }
  }

  /// Sends a request, and awaits its answer.
  @discardableResult func ask(
    _ client: SimulatedClient, _ type: String, _ fields: JSONObject = [:],
    _ payload: Payload? = nil, target: String? = nil, isAwaited: Bool = true
  ) -> Request? {
    switch client.request(type, fields, payload) {
    case .request(let request):
      if isAwaited {
        client.asks.append(.init(request: request, target: target, sentAt: now, askedAt: now))
      }
      post(request, from: client)
      return request
    case .malformed(let fault, _):
      judge.fail("an honest client made a bad request: \(fault.detail)")
      return nil
    }
  }

  // MARK: Patience

  private func repeatLate(_ client: SimulatedClient) {
    let patience = 1_200 + 3 * scenario.delay
    for ask in client.asks where now - ask.sentAt > patience {
      guard let place = client.asks.firstIndex(where: { $0.request.id == ask.request.id }) else {
        continue
      }
      client.asks[place].sentAt = now
      client.asks[place].tries += 1
      switch ask.request.command {
      case .attach, .ping, .status, .hello, .chipInfo, .metrics, .requestState, .resumeSession:
        client.asks.remove(at: place)
      case .work where !dice.chance(0.4): attach(client, ask)
      default: post(ask.request, from: client)
      }
    }
  }

  private func attach(_ client: SimulatedClient, _ ask: SimulatedClient.Ask) {
    guard !client.asks.contains(where: { $0.target == ask.request.id }) else { return }
    self.ask(
      client, "request.attach",
      client.keys([
        "target": .text(ask.request.id), "received": .integer(ask.received),
        "credit": .integer(dice.integer(1...8)),
      ]), target: ask.request.id)
  }

  private func ping(_ client: SimulatedClient) {
    guard now - client.lastPing >= 800, client.token != nil else { return }
    client.lastPing = now
    ask(client, "ping", client.keys())
  }

  // MARK: Work

  private func proceed(_ client: SimulatedClient) {
    guard now >= client.waitUntil else { return }
    let working = client.asks.count { ask in
      switch ask.request.command {
      case .ping, .attach, .status, .requestState, .hello, .chipInfo, .metrics: return false
      default: return true
      }
    }
    if client.goal <= 0 { return working == 0 ? leave(client) : () }
    guard client.token != nil else {
      if working == 0 { ask(client, "session.open", ["client": .text("client \(client.number)")]) }
      return
    }
    if dice.chance(0.1) { look(client) }
    guard client.epoch != nil else {
      if working == 0 { acquire(client) }
      return
    }
    guard working < (client.hasImage ? 3 : 1) else { return }
    client.hasImage ? work(client) : load(client)
  }

  private func leave(_ client: SimulatedClient) {
    guard client.token != nil, dice.chance(0.8) || isHealed else {
      client.hasClosed = client.token == nil
      client.isFinished = true
      return
    }
    ask(client, dice.chance(0.5) ? "session.close" : "bye", client.keys())
  }

  private func acquire(_ client: SimulatedClient) {
    var fields: JSONObject = [
      "chip": .text(client.chip), "ttl_ms": .integer(dice.integer(800...5_000)),
      "wait_ms": .integer(dice.pick([0, 300, 3_000])),
    ]
    if dice.chance(0.7) {
      fields["mode"] = .text(dice.chance(isHealed ? 0.05 : 0.3) ? "exclusive" : "shared")
    }
    ask(client, "lease.acquire", client.keys(fields))
  }

  private func look(_ client: SimulatedClient) {
    switch dice.integer(0...6) {
    case 0: ask(client, "hello", ["versions": .list([.integer(1), .integer(2)])])
    case 1 where dice.chance(0.1): ask(client, "chip.info", ["chip": .text(client.chip)])
    case 2: ask(client, "status")
    case 3 where dice.chance(0.2): ask(client, "metrics")
    case 4: ask(client, "session.resume", client.keys())
    case 5:
      if let target = client.asks.last?.request.id {
        ask(client, "request.state", client.keys(["target": .text(target)]))
      }
    default: ask(client, "status")
    }
  }

  private func work(_ client: SimulatedClient) {
    switch dice.integer(0...99) {
    case 0..<50: run(client)
    case 50..<68:
      ask(
        client, "weights.write", client.keys(step(client), isWork: true),
        Payload([WireArray("steps", [1] as [Int8])]))
    case 68..<76: ask(client, "image.commit", client.keys(isWork: true))
    case 76..<80: ask(client, "image.read", client.keys(isWork: true))
    case 80..<86: load(client)
    case 86..<90: ask(client, "lease.release", client.keys(["chip": .text(client.chip)]))
    case 90..<93 where scenario.features.contains("compile"):
      ask(
        client, "compile", client.keys(["options": .object(["seed": .text("1")])], isWork: true),
        Payload([WireArray("network", Array("net".utf8))]))
    case 93..<95 where client.user.may(.calibrate) && scenario.features.contains("calibrate"):
      ask(client, "calibrate", client.keys(isWork: true))
    case 95..<99:
      var fields = client.keys()
      if dice.chance(0.6), let target = client.asks.randomElement(using: &dice) {
        fields["target"] = .text(target.request.id)
      }
      ask(client, "cancel", fields)
    default: break
    }
  }

  /// The header's keys of a request that changes what is on the chip.
  private func step(_ client: SimulatedClient) -> JSONObject {
    var fields: JSONObject = ["sim_step": .integer(freshStep())]
    if dice.chance(0.05) { fields["sim_refused"] = .flag(true) }
    if dice.chance(0.1) { fields["deadline_ms"] = .integer(dice.integer(1...400)) }
    return fields
  }

  private func run(_ client: SimulatedClient) {
    var fields = step(client)
    let samples = dice.integer(1...8)
    fields.merge([
      "duration_ticks": .integer(100), "sim_samples": .integer(samples),
      "sim_bytes": .integer(dice.pick([0, 8, 40, 200])), "sim_slice": .integer(dice.integer(1...8)),
      "credit": .integer(dice.integer(1...8)), "accepted": .flag(dice.chance(0.3)),
      "progress": .flag(dice.chance(0.3)),
    ])
    let numbers = (0..<samples).map { UInt64($0) }
    ask(
      client, "run", client.keys(fields, isWork: true),
      Payload([WireArray("sample_numbers", numbers)]))
  }

  // MARK: Images

  private func load(_ client: SimulatedClient) {
    let image = "i\(freshStep())" + (dice.chance(0.6) ? " learns" : " plain")
    let whole = Payload([WireArray("image", Array(image.utf8))])
    guard dice.chance(0.3) else { return load(client, image, whole) }
    let name = "u\(freshStep())"
    let size = dice.integer(4...scenario.limits.frameBytes)
    var pieces: Set<String> = []
    for offset in stride(from: 0, to: whole.frame.count, by: size) {
      let bytes = Array(whole.frame.bytes[offset..<min(offset + size, whole.frame.count)])
      let piece = ask(
        client, "put",
        client.keys([
          "upload": .text(name), "offset": .integer(offset), "total": .integer(whole.frame.count),
        ]), Payload([WireArray("data", bytes)]))
      if let piece { pieces.insert(piece.id) }
    }
    client.upload = (name, pieces, image, whole)
  }

  private func load(_ client: SimulatedClient, _ image: String, _ whole: Payload) {
    ask(client, "image.load", loadFields(client, image), whole)
  }

  private func loadFields(_ client: SimulatedClient, _ image: String) -> JSONObject {
    var fields: JSONObject = ["sim_image": .text(image)]
    if dice.chance(0.5) { fields["checkpoint_every"] = .integer(dice.integer(0...3)) }
    if dice.chance(0.05) { fields["sim_refused"] = .flag(true) }
    return client.keys(fields, isWork: true)
  }

  /// A piece of an upload has come; after the last one the image is loaded from it.
  func uploaded(_ client: SimulatedClient, _ id: String) {
    guard var upload = client.upload, upload.pieces.remove(id) != nil else { return }
    client.upload = upload
    guard upload.pieces.isEmpty else { return }
    client.upload = nil
    guard client.epoch != nil else { return }
    let entry: JSONObject = [
      "upload": .text(upload.name), "bytes": .integer(upload.whole.frame.count),
      "crc32c": .integer(Int(upload.whole.frame.checksum)),
      "arrays": .list([
        .object([
          "name": .text("image"), "dtype": .text("u8"),
          "shape": .list([.integer(upload.image.utf8.count)]),
        ])
      ]),
    ]
    var fields = loadFields(client, upload.image)
    fields["payload"] = .list([.object(entry)])
    ask(client, "image.load", fields)
  }
}
