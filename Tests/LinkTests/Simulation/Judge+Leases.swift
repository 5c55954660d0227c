import Link

/// A lease as far as it was told to somebody.
struct Lease {
  let session: String
  let epoch: Int
  var mode: LeaseTerms.Mode?
  let since: Int
  var hasEnded = false
  /// Whether its session was never silent for so long that it may have ended.
  var isCertain = true
}

/// Leases: who holds a chip is told by answers, and by what the server lets through.
extension Judge {
  /// The server tells a session of its lease.
  func granted(_ session: String, _ chip: String, _ epoch: Int, _ mode: LeaseTerms.Mode?) {
    guard let number = world.scenario.chips.firstIndex(of: chip) else {
      return fail("a lease on chip '\(chip)'")
    }
    let key = "\(chip) \(epoch)"
    require(
      epochOwners[key, default: session] == session,
      "epoch \(epoch) of chip \(chip) was given to two sessions")
    epochOwners[key] = session
    require(
      epoch <= (lastEpoch[chip] ?? 0), "epoch \(epoch) of chip \(chip) was told and not granted")
    guard epoch > (epochsBefore[chip] ?? 0) else {
      return fail("epoch \(epoch) of chip \(chip) is of an earlier life of the server")
    }
    let place = leases[number]?.firstIndex { $0.session == session && $0.epoch == epoch }
    if let place {
      if let mode { leases[number]?[place].mode = mode }
      return checkHolders(number)
    }
    // An answer that is given again tells of a lease that may have ended since.
    let isNews = mode == nil || grants[key] == world.now
    leases[number, default: []].append(
      Lease(session: session, epoch: epoch, mode: mode, since: world.now, isCertain: isNews))
    checkHolders(number)
  }

  /// The audit says that a lease was granted: epochs of a chip only grow, in all lives.
  func audited(_ fields: JSONObject) {
    guard let chip = fields.words("chip"), let epoch = fields.whole("epoch") else {
      return fail("an audit line of a lease without chip or epoch")
    }
    require(epoch > (lastEpoch[chip] ?? 0), "epoch \(epoch) of chip \(chip) after \(lastEpoch)")
    require(
      !world.scenario.isDurable || epoch < (world.disk.epochs[chip] ?? 0),
      "epoch \(epoch) of chip \(chip) is not reserved on disk")
    lastEpoch[chip] = epoch
    fresh.insert("\(chip) \(epoch)")
    grants["\(chip) \(epoch)"] = world.now
  }

  /// The audit says that a lease has ended.
  func auditedEnd(_ fields: JSONObject, isLoss: Bool) {
    let key = "\(fields.words("chip") ?? "") \(fields.whole("epoch") ?? 0)"
    require(!isLoss || !fresh.contains(key), "lease \(key) is granted and lost in one event")
    guard let chip = world.scenario.chips.firstIndex(of: fields.words("chip") ?? ""),
      let place = leases[chip]?.firstIndex(where: { $0.epoch == fields.whole("epoch") })
    else { return }
    leases[chip]?[place].hasEnded = true
  }

  func end(_ seat: Seat, where isMeant: (Lease) -> Bool = { _ in true }) {
    for place in (leases[seat.chip] ?? []).indices {
      guard let lease = leases[seat.chip]?[place], lease.session == seat.session, isMeant(lease)
      else { continue }
      leases[seat.chip]?[place].hasEnded = true
    }
  }

  /// Something of a session came after a silence.
  func wakes(_ session: String, after silence: Int) {
    for chip in leases.keys {
      let time = timesToLive[Seat(session: session, chip: chip)]?.lowerBound ?? 0
      guard silence >= time else { continue }
      for place in (leases[chip] ?? []).indices where leases[chip]?[place].session == session {
        leases[chip]?[place].isCertain = false
      }
    }
  }

  /// Something came that may end leases of a session, or of all; its answer will say so.
  func mayEnd(_ session: String?, on chip: Int?) {
    for number in leases.keys where chip == nil || chip == number {
      for place in (leases[number] ?? []).indices
      where session == nil || leases[number]?[place].session == session {
        leases[number]?[place].isCertain = false
      }
    }
  }

  func endAll(on chip: Int, upTo epoch: Int) {
    for place in (leases[chip] ?? []).indices where leases[chip]?[place].epoch ?? 0 <= epoch {
      leases[chip]?[place].hasEnded = true
    }
  }

  /// Whether a session that was told of a lease must still have it.
  private func isHeld(_ lease: Lease, on chip: Int) -> Bool {
    let seat = Seat(session: lease.session, chip: chip)
    guard !lease.hasEnded, lease.isCertain, !closed.contains(lease.session),
      let last = pinged[lease.session],
      let time = timesToLive[seat]?.lowerBound,
      leases[chip]?.last(where: { $0.session == lease.session })?.epoch == lease.epoch
    else { return false }
    let isOverdue = world.now - lease.since >= 10 * world.scenario.limits.leaseMilliseconds
    let idle = world.scenario.limits.sessionIdleSeconds * 1_000
    return world.now - last < min(time, idle) && !isOverdue
  }

  /// At most one exclusive holder, and then nobody else.
  private func checkHolders(_ chip: Int) {
    let held = (leases[chip] ?? []).filter { isHeld($0, on: chip) }
    guard let exclusive = held.first(where: { $0.mode == .exclusive }) else { return }
    for other in held where other.session != exclusive.session {
      fail("epochs \(exclusive.epoch) (exclusive) and \(other.epoch) of chip \(chip) are both held")
    }
  }

  /// Work of a session goes to the chip: its lease must not have ended, nor another be exclusive.
  func checkLease(_ session: String, _ epoch: Int, on chip: Int) {
    let name = world.scenario.chips[chip]
    if let owner = epochOwners["\(name) \(epoch)"] {
      require(owner == session, "work under epoch \(epoch) of another session")
    }
    for lease in leases[chip] ?? [] {
      if lease.session == session, lease.epoch == epoch {
        require(!lease.hasEnded, "work under epoch \(epoch), which has ended")
        let time = timesToLive[Seat(session: session, chip: chip)]?.upperBound ?? 0
        let silence = world.now - (heard[session] ?? world.now)
        require(silence <= time + 250, "work under epoch \(epoch) after \(silence) ms of silence")
      } else if lease.session != session, lease.mode == .exclusive, isHeld(lease, on: chip) {
        fail("work under epoch \(epoch) while epoch \(lease.epoch) is exclusive")
      }
    }
  }
}
