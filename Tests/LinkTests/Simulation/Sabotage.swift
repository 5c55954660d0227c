import Link

/// A fault put into the server on purpose, to see that the judge or the clients notice it.
struct Sabotage {
  /// What goes wrong.
  enum Kind: String, CaseIterable, Sendable {
    /// All answers to one request are dropped.
    case losesAnswers
    /// An answer is given twice.
    case repeatsAnswer
    /// An answer goes to another connection.
    case misdirectsAnswer
    /// A lease is told with the epoch before.
    case lowersEpoch
    /// An order is given twice.
    case repeatsOrder
    /// Work goes to the slot of another session.
    case mixesSlots
    /// A request that is sent again is taken for a new one.
    case forgetsRequests
    /// A transaction is told to be on disk, and is not.
    case losesTransaction
    /// The client's credit is read as if it were larger.
    case inflatesCredit
    /// A chunk is left out.
    case skipsChunk
    /// That a connection is gone is not noticed.
    case ignoresUnreachable
    /// The server does not halt.
    case neverHalts
    /// Something is sent after the halt.
    case speaksAfterHalt
    /// A refused request has been done.
    case lies
    /// How often an image is checkpointed is not known after a restart.
    case forgetsCadence
    /// A checkpoint comes to the journal after what was written next.
    case delaysCheckpoint
  }

  let kind: Kind
  private var dice: Dice
  private var victim: String?
  private var seen: [String: Int] = [:]
  private var slots: Set<Int> = []
  private var others: [Peer] = []
  private var wasDone = false
  private var held: ServerEffect?

  init(_ kind: Kind, seed: Int) { (self.kind, dice) = (kind, Dice(seed: seed ^ 0x5ABE)) }

  mutating func losesTransaction() -> Bool {
    guard kind == .losesTransaction, !wasDone else { return false }
    wasDone = dice.chance(0.3)
    return wasDone
  }

  /// What a server finds when it starts.
  func changed(_ recovered: RecoveredState) -> RecoveredState {
    var recovered = recovered
    for session in recovered.sessions.indices where kind == .forgetsCadence {
      for chip in recovered.sessions[session].images.keys {
        recovered.sessions[session].images[chip]?.checkpointEvery = nil
      }
    }
    return recovered
  }

  /// The events that reach the server in place of one.
  mutating func changed(_ event: ServerEvent) -> [ServerEvent] {
    switch (kind, event) {
    case (.ignoresUnreachable, .unreachable): return []
    case (.neverHalts, .stop): return []
    case (.inflatesCredit, .request(let request, let peer, let user)):
      return [.request(inflated(request), from: peer, by: user)]
    case (.forgetsRequests, .request(let request, let peer, let user)):
      guard case .work = request.command else { return [event] }
      seen[request.id, default: 0] += 1
      guard seen[request.id] ?? 0 > 1 else { return [event] }
      var other = request
      other.id += "'"
      return [.request(other, from: peer, by: user)]
    default: return [event]
    }
  }

  private func inflated(_ request: Request) -> Request {
    var request = request
    if case .credit(let target, var credit) = request.command {
      credit.chunks += 4
      request.command = .credit(target: target, credit)
    }
    if case .work(.run(var terms)) = request.command {
      terms.credit += 4
      request.command = .work(.run(terms))
    }
    return request
  }

  /// Changes what the server wants done.
  mutating func change(_ effects: inout [ServerEffect]) {
    effects = effects.flatMap { changed($0) }
    if kind == .speaksAfterHalt, case .halt? = effects.last {
      effects.append(.publish(["type": .text("bye"), "sequence": .integer(1)]))
    }
  }

  private mutating func changed(_ effect: ServerEffect) -> [ServerEffect] {
    switch effect {
    case .send(let reply, let peer): return changed(reply, peer)
    case .order(let chip, let job, let order): return changed(chip, job, order)
    case .journal(_, let entries) where kind == .delaysCheckpoint:
      if let late = held {
        held = nil
        return [effect, late]
      }
      guard entries.contains(where: { if case .checkpoint = $0 { true } else { false } }) else {
        return [effect]
      }
      held = effect
      return []
    default: return [effect]
    }
  }

  private mutating func changed(_ reply: Reply, _ peer: Peer) -> [ServerEffect] {
    let same = ServerEffect.send(reply, to: peer)
    guard let id = reply.id, case .message(let type, var fields, let payload) = reply.body else {
      return [same]
    }
    switch kind {
    case .losesAnswers where id.hasPrefix("c") && (type == "image.load.ok" || type == "run.ok"):
      if victim == nil { victim = id }
      return victim == id ? [] : [same]
    case .repeatsAnswer where type.hasSuffix(".ok") && dice.chance(0.1): return [same, same]
    case .misdirectsAnswer:
      defer { if !others.contains(peer) { others.append(peer) } }
      return [.send(reply, to: others.randomElement(using: &dice) ?? peer)]
    case .lowersEpoch where type == "lease.acquire.ok":
      guard let epoch = fields.whole("epoch"), epoch > 1 else { return [same] }
      fields["epoch"] = .integer(epoch - 1)
      return [.send(Reply(id: id, .message(type: type, fields, payload)), to: peer)]
    case .skipsChunk where type == "run.chunk" && fields.whole("seq") == 1: return []
    case .lies where type == "weights.write.ok":
      return [.send(Reply(id: id, .failure(WireError(.cancelled, "no"))), to: peer)]
    default: return [same]
    }
  }

  private mutating func changed(_ chip: Int, _ job: Int, _ order: WorkerOrder) -> [ServerEffect] {
    let same = ServerEffect.order(chip: chip, job: job, order)
    switch (kind, order) {
    case (.repeatsOrder, _): return [same, same]
    case (.mixesSlots, .load(let slot, _)): slots.insert(slot)
    case (.mixesSlots, .run(let slot, let message)):
      let other = slots.filter { $0 != slot }.min() ?? slot
      return [.order(chip: chip, job: job, .run(slot: other, message))]
    default: break
    }
    return [same]
  }
}
