import Link

/// Orders to workers: one at a time, for the right slot, under a lease.
extension Judge {
  func saw(_ effect: ServerEffect) {
    switch effect {
    case .journal(let ticket, let entries):
      asks(entries, ticket: ticket)
      checkpointed(entries)
      require(world.scenario.isDurable, "a transaction, and there is no journal")
      for entry in entries { coverage.entries.insert(Self.name(entry)) }
    case .publish(let fields): published(fields)
    case .log(let event, let fields, let isAudited):
      if event == "lease.grant", isAudited {
        audited(fields)
      } else if event.hasPrefix("lease.") {
        auditedEnd(fields, isLoss: event == "lease.lost")
      }
      if event == "lease.expired" || event == "lease.overdue" { coverage.happenings.insert(event) }
    default: break
    }
  }

  private func published(_ fields: JSONObject) {
    guard let sequence = fields.whole("sequence"), let type = fields.words("type") else {
      return fail("an event without type or sequence")
    }
    coverage.events.insert(type)
    if let last = lastSequence {
      require(sequence == last + 1, "event \(sequence) after event \(last)")
    }
    lastSequence = sequence
  }

  private static func name(_ entry: JournalEntry) -> String {
    switch entry {
    case .opened: return "opened"
    case .ended: return "ended"
    case .image: return "image"
    case .checkpoint: return "checkpoint"
    case .answered: return "answered"
    case .epochs: return "epochs"
    case .calibration: return "calibration"
    }
  }

  func ordered(_ chip: Int, _ job: Int, _ order: WorkerOrder) {
    require(orders[chip] == nil, "worker \(chip) got a second order")
    require(ready.contains(chip), "worker \(chip) got an order and is not there")
    orders[chip] = job
    let worker = world.workers[chip]
    switch order {
    case .load(let slot, let message): load(chip, slot, message, job)
    case .restore(let slot, let stored): restore(chip, slot, stored)
    case .write(let slot, let message): use(chip, slot, message, "write")
    case .run(let slot, let message):
      use(chip, slot, message, "run")
      let session = Self.session(message) ?? ""
      taken[Seat(session: "run \(job)", chip: chip)] = (
        message.id, session, message.number("epoch") ?? 0
      )
      streams[message.id, default: StreamTruth()].begin()
    case .proceed(let run):
      coverage.orders.insert("proceed")
      guard let known = taken[Seat(session: "run \(run)", chip: chip)] else {
        return fail("run \(run) goes on and never began")
      }
      checkLease(known.session, known.epoch, on: chip)
    case .drop: coverage.orders.insert("drop")
    case .readImage(let slot), .snapshot(let slot):
      coverage.orders.insert("snapshot")
      require(slots[slot] != nil, "slot \(slot) is read and was never filled")
      let isHalf = worker.runs.values.contains { $0.slot == slot }
      require(!isHalf, "slot \(slot) is read in the middle of a run")
    case .forget(let slot): forget(chip, slot)
    case .compile: coverage.orders.insert("compile")
    case .calibrate: coverage.orders.insert("calibrate")
    }
  }

  static func session(_ message: Message) -> String? {
    message.text("session").map { SessionToken(text: $0).digest }
  }

  private func load(_ chip: Int, _ slot: Int, _ message: Message, _ job: Int) {
    coverage.orders.insert("load")
    guard let session = Self.session(message) else { return fail("a load without a session") }
    require(slots[slot] == nil, "slot \(slot) is used again")
    require(message.missingUploads.isEmpty, "a load whose upload is not attached")
    slots[slot] = session
    asked[message.id, default: Asked()].slot = slot
    asked[message.id]?.image = message.text("sim_image")
    asked[message.id]?.chip = chip
    if let image = message.text("sim_image") {
      imageOwners[image] = session
      cadences[image] = message.number("checkpoint_every")
      loads(image, session, slot: slot, job: job)
    }
    checkLease(session, message.number("epoch") ?? 0, on: chip)
  }

  /// A slot is written to, or runs.
  private func use(_ chip: Int, _ slot: Int, _ message: Message, _ what: String) {
    coverage.orders.insert(what)
    guard let session = Self.session(message) else { return fail("a \(what) without a session") }
    require(slots[slot] == session, "a \(what) in another session's slot \(slot)")
    asked[message.id, default: Asked()].step = message.number("sim_step")
    asked[message.id]?.slot = slot
    asked[message.id]?.chip = chip
    checkLease(session, message.number("epoch") ?? 0, on: chip)
    let worker = world.workers[chip]
    guard worker.life == .ready else { return }
    guard let content = worker.slots[slot] else {
      return fail("a \(what) in slot \(slot), which is empty")
    }
    let expected = images[Seat(session: session, chip: chip)]
    require(
      content.image == expected,
      "a \(what) on image \(content.image), and the session was told \(expected ?? "of none")")
    asked[message.id]?.image = content.image
    let isHalf = worker.runs.values.contains { $0.slot == slot }
    require(!isHalf, "a \(what) in the middle of a run of slot \(slot)")
    let missing = (owed[Seat(session: session, chip: chip)] ?? []).subtracting(content.steps)
    require(missing.isEmpty, "a \(what) in slot \(slot), which lacks steps \(missing)")
    checkTold(Seat(session: session, chip: chip), content)
  }

  private func restore(_ chip: Int, _ slot: Int, _ stored: StoredImage) {
    coverage.orders.insert("restore")
    guard let content = SlotContent(image: stored.bytes, state: stored.state) else {
      return fail("slot \(slot) gets the state of another image")
    }
    let owner = imageOwners[content.image]
    require(owner != nil, "an image is restored that was never loaded: \(content.image)")
    require(slots[slot] ?? owner == owner, "slot \(slot) gets another session's image")
    slots[slot] = owner
    guard let owner else { return }
    let seat = Seat(session: owner, chip: chip)
    require(
      images[seat] == content.image,
      "image \(content.image) is restored, the session has \(images[seat] ?? "none")")
    if let now = world.workers[chip].slots[slot] {
      require(now == content, "slot \(slot) lives and is put back to \(content) from \(now)")
    }
    currentSlots[seat] = slot
  }

  private func forget(_ chip: Int, _ slot: Int) {
    coverage.orders.insert("forget")
    guard let owner = slots[slot] else { return }
    let isCurrent = currentSlots[Seat(session: owner, chip: chip)] == slot
    let idle = world.scenario.limits.sessionIdleSeconds * 1_000
    let isAlive = !closed.contains(owner) && world.now - (pinged[owner] ?? -idle) < idle
    require(!(isCurrent && isAlive), "slot \(slot) is forgotten and its session lives")
  }

  // MARK: What workers did

  func did(_ chip: Int, _ order: WorkerOrder, _ report: WorkerReport) {
    switch report {
    case .slice(let job, let slice):
      guard let run = taken[Seat(session: "run \(job)", chip: chip)] else { return }
      streams[run.id]?.add(slice)
      if slice.sums != nil, let step = asked[run.id]?.step { learnt(step) }
    case .finished(_, let outcome):
      if case .write(_, let message) = order, case .success = outcome.result,
        let step = message.number("sim_step")
      {
        learnt(step)
      }
    default: break
    }
    for (slot, content) in world.workers[chip].slots {
      require(
        Set(content.steps).count == content.steps.count,
        "slot \(slot) has learnt a step twice: \(content.steps)")
    }
  }

  private func learnt(_ step: Int) { finished.insert(step) }
}
