import Link

/// Clients that do not keep to the protocol, and the operator, who does but ends things.
extension Simulation {
  /// One thing that an honest client would not do, or not in this order.
  func attack(_ client: SimulatedClient) {
    for _ in 0..<dice.integer(1...3) {
      if client.token == nil, dice.chance(0.5) {
        let open = client.request("session.open", ["client": .text("hostile")])
        post(attack: open, client)
      } else if dice.chance(0.2), !client.past.isEmpty {
        post(dice.pick(client.past), from: client)
      } else {
        post(attack: anything(client), client)
      }
    }
    if client.asks.count > 40 { client.asks.removeFirst(20) }
  }

  private func post(attack: SimulatedClient.Made, _ client: SimulatedClient) {
    switch attack {
    case .request(let request):
      client.asks.append(.init(request: request, sentAt: now, askedAt: now))
      client.past.append(request)
      if client.past.count > 30 { client.past.removeFirst(15) }
      post(request, from: client)
    case .malformed(let fault, let id): post(fault, id: id, from: client)
    }
  }

  private static let types = [
    "hello", "chip.info", "session.open", "session.resume", "session.close", "bye", "ping",
    "lease.acquire", "lease.acquire", "lease.acquire", "lease.release", "lease.break", "status",
    "cancel", "request.state", "metrics", "chip.reset", "put", "put", "image.load", "image.load",
    "image.load", "image.read", "image.commit", "weights.write", "run", "run", "run", "run.credit",
    "run.credit", "request.attach", "request.attach", "compile", "calibrate", "nonsense",
  ]

  private func anything(_ client: SimulatedClient) -> SimulatedClient.Made {
    let type = dice.pick(Self.types)
    var fields: JSONObject = [:]
    if let token = anyToken(client) { fields["session"] = .text(token) }
    if dice.chance(0.8) { fields["chip"] = .text(dice.pick(["0", "0", "east", "nope"])) }
    if dice.chance(0.9) { fields["epoch"] = .integer(anyEpoch(client)) }
    if dice.chance(0.1) { fields["deadline_ms"] = .integer(dice.integer(0...300)) }
    if dice.chance(0.2) { fields["acks"] = .list([.text(anyID(client))]) }
    fields.merge(particulars(type, client))
    let id = dice.chance(0.1) ? client.past.randomElement(using: &dice)?.id : nil
    var payload = anyPayload(type)
    if let image = fields.words("sim_image"), fields["payload"] == nil, dice.chance(0.8) {
      payload = Payload([WireArray("image", Array(image.utf8))])
    }
    return client.request(type, fields, payload, id: id)
  }

  /// Mostly its own token; sometimes one of another user, or nonsense.
  private func anyToken(_ client: SimulatedClient) -> String? {
    if dice.chance(0.85) { return client.token }
    let others = clients.filter { $0.user.name != client.user.name }.compactMap(\.token)
    return dice.chance(0.6) ? others.randomElement(using: &dice) : "nonsense"
  }

  private func anyEpoch(_ client: SimulatedClient) -> Int {
    guard dice.chance(0.3) else { return client.epoch ?? 1 }
    return dice.pick([0, 1, (client.epoch ?? 1) + 1, max(1, (client.epoch ?? 1) - 1), .max])
  }

  private func anyID(_ client: SimulatedClient) -> String {
    let other = dice.pick(clients)
    let asks = dice.chance(0.8) ? client.past.map(\.id) : other.asks.map(\.request.id)
    return asks.randomElement(using: &dice) ?? "nobody's"
  }

  private func particulars(_ type: String, _ client: SimulatedClient) -> JSONObject {
    switch type {
    case "hello":
      return ["versions": .list([.integer(dice.integer(1...4)), .integer(dice.integer(2...4))])]
    case "session.open": return ["client": .text("hostile")]
    case "lease.acquire":
      return [
        "mode": .text(dice.pick(["shared", "exclusive", "mine"])),
        "ttl_ms": .integer(dice.pick([499, 500, 3_000, 30_000, 30_001])),
        "wait_ms": .integer(dice.pick([0, 1_000, 30_000])),
      ]
    case "cancel", "request.state": return ["target": .text(anyID(client))]
    case "run.credit", "request.attach":
      return [
        "target": .text(anyID(client)), "received": .integer(dice.pick([0, 1, 5, 1_000, .max])),
        "credit": .integer(dice.pick([0, 1, 8, 64, 65])),
      ]
    case "put":
      return [
        "upload": .text(dice.pick(["a", "b", "c"])),
        "offset": .integer(dice.pick([0, 0, 8, 16, 24, 1_000])),
        "total": .integer(dice.pick([8, 24, 1_000, 1 << 40])),
      ]
    case "image.load":
      return anyImage()
    case "run":
      return [
        "duration_ticks": .integer(dice.pick([1, 100, 1 << 24])), "sim_step": .integer(freshStep()),
        "sim_samples": .integer(dice.integer(1...8)), "sim_bytes": .integer(dice.pick([8, 400])),
        "sim_slice": .integer(dice.integer(1...4)), "credit": .integer(dice.pick([1, 8, 64])),
        "progress": .flag(dice.chance(0.5)),
      ]
    case "weights.write": return ["sim_step": .integer(freshStep())]
    default: return [:]
    }
  }

  /// An image that is good, or bad, or whose upload is not there.
  private func anyImage() -> JSONObject {
    var fields: JSONObject = [
      "sim_image": .text("i\(freshStep()) learns"),
      "checkpoint_every": .integer(dice.integer(0...2)),
    ]
    if dice.chance(0.3) {
      let array: JSONObject = [
        "name": .text("image"), "dtype": .text("u8"), "shape": .list([.integer(24)]),
      ]
      fields["payload"] = .list([
        .object([
          "upload": .text(dice.pick(["a", "b", "c"])), "bytes": .integer(24),
          "crc32c": .integer(dice.integer(0...5)), "arrays": .list([.object(array)]),
        ])
      ])
    }
    return fields
  }

  private func anyPayload(_ type: String) -> Payload? {
    switch type {
    case "put":
      return Payload([WireArray("data", [UInt8](repeating: 0, count: dice.pick([0, 8, 24])))])
    case "run":
      let samples = dice.pick([1, 4, 1_000])
      return Payload([WireArray("sample_numbers", [UInt64](repeating: 1, count: samples))])
    default: return nil
    }
  }

  // MARK: The operator

  func operate(_ client: SimulatedClient) {
    client.asks.removeAll { now - $0.sentAt > 2_000 }
    if needsReset, dice.chance(0.2) {
      needsReset = false
      for chip in scenario.chips { ask(client, "chip.reset", ["chip": .text(chip)]) }
    }
    let seconds = 0.225
    if dice.chance(scenario.breakLease * seconds) {
      ask(client, "lease.break", ["chip": .text(dice.pick(scenario.chips))])
    }
    if dice.chance(scenario.stop * seconds * 0.3) { ask(client, "server.stop") }
    if dice.chance(0.05) { ask(client, "metrics") }
  }
}
