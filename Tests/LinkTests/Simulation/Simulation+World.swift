import Link

/// What the server's effects do in the world.
extension Simulation {
  func perform(_ effect: ServerEffect) {
    judge.saw(effect)
    switch effect {
    case .send(let reply, let peer): send(reply, to: peer)
    case .order(let chip, let job, let order): self.order(chip, job, order)
    case .cancel(let chip, let job): cancel(chip, job)
    case .startWorker(let chip): startWorker(chip)
    case .journal(let ticket, let entries): write(ticket, .write(entries))
    case .fetch(let ticket, let session, let chip):
      write(ticket, .read(session: session, chip: chip))
    case .publish, .log, .halt: break
    }
  }

  // MARK: Connections

  /// A message of the server goes on its way.
  private func send(_ reply: Reply, to peer: Peer) {
    judge.sent(reply, to: peer)
    if dice.chance(scenario.drop) { return }
    agenda.add(.delivery(reply, to: peer), at: now + dice.integer(1...scenario.delay + 1))
    if dice.chance(scenario.duplicate) {
      agenda.add(.delivery(reply, to: peer), at: now + dice.integer(1...2 * scenario.delay + 1))
    }
  }

  func deliver(_ reply: Reply, to peer: Peer) {
    guard let number = connections[peer] else { return }
    let client = clients[number]
    guard client.owns(peer), !client.hasVanished else {
      return drop(peer, within: 3_000)
    }
    guard now >= client.frozenUntil else {
      client.inbox.append(reply)
      return drop(peer, within: 10_000, ifFrozen: true)
    }
    take(reply, client)
  }

  /// A connection that does not take its messages is given up after a while.
  func drop(_ peer: Peer, within most: Int, ifFrozen: Bool = false) {
    guard ending.insert(peer).inserted else { return }
    agenda.add(.unreachable(life: life, peer), at: now + (ifFrozen ? most : dice.integer(1...most)))
  }

  /// The gateway gives a connection up, unless its client has begun to read again.
  func giveUp(_ peer: Peer) {
    guard server != nil, let number = connections[peer] else { return }
    let client = clients[number]
    if client.owns(peer), !client.hasVanished, now >= client.frozenUntil {
      ending.remove(peer)
      return
    }
    judge.lost(peer)
    feed(.unreachable(peer))
  }

  /// A client sends a message.
  func post(_ request: Request, from client: SimulatedClient) {
    guard let peer = client.peer(request.command.channel, server: life) else { return }
    connections[peer] = client.number
    var copies = dice.chance(scenario.drop) ? 0 : 1
    if dice.chance(scenario.duplicate) { copies += 1 }
    for _ in 0..<copies {
      agenda.add(
        .request(life: life, request, from: peer, by: client.user),
        at: now + dice.integer(1...scenario.delay + 1))
    }
  }

  func post(_ fault: WireError, id: String?, from client: SimulatedClient) {
    guard let peer = client.peer(.control, server: life) else { return }
    connections[peer] = client.number
    agenda.add(.malformed(life: life, fault, id: id, from: peer), at: now + 1)
  }

  func arrive(_ request: Request, from peer: Peer, by user: User) {
    // libzmq gives nothing of a connection that has ended; a stopped client's goes on.
    guard server != nil, let number = connections[peer] else { return }
    if judge.unreachable.contains(peer) {
      guard clients[number].owns(peer) else { return }
      ending.remove(peer)
    }
    judge.arrived(request, from: peer, by: user)
    feed(.request(request, from: peer, by: user))
  }

  // MARK: Workers

  private func order(_ chip: Int, _ job: Int, _ order: WorkerOrder) {
    guard workers.indices.contains(chip) else { return judge.fail("order to worker \(chip)") }
    judge.ordered(chip, job, order)
    guard workers[chip].life == .ready else { return }
    workers[chip].current = (job, order)
    let time: Int
    switch order {
    case .run, .proceed: time = dice.integer(5...60)
    default: time = dice.integer(1...20)
    }
    agenda.add(.step(chip: chip, process: workers[chip].process, job: job), at: now + time)
  }

  /// An order of a worker is done, or its process ends in the middle of it.
  func step(_ chip: Int, _ process: Int, _ job: Int) {
    guard workers.indices.contains(chip), workers[chip].process == process,
      workers[chip].current?.job == job
    else { return }
    if dice.chance(scenario.crash) { return crash(chip) }
    let order = workers[chip].current?.order
    guard let report = workers[chip].finish(seconds: Double(dice.integer(1...60)) / 1_000) else {
      return
    }
    if let order { judge.did(chip, order, report) }
    self.report(chip, report)
  }

  private func crash(_ chip: Int) {
    say("worker \(chip) crashes")
    workers[chip].die()
    judge.crashed(chip)
    report(chip, .ended("signal 11"))
  }

  private func report(_ chip: Int, _ report: WorkerReport) {
    let time = max(workers[chip].lastReport, now + dice.integer(0...3))
    workers[chip].lastReport = time
    agenda.add(.report(life: life, chip: chip, report), at: time)
  }

  /// A worker is asked to end its order: it does so soon, or had just done it.
  private func cancel(_ chip: Int, _ job: Int) {
    guard workers.indices.contains(chip), workers[chip].current?.job == job else { return }
    if dice.chance(0.3) { return }
    workers[chip].isCancelled = true
    agenda.add(
      .step(chip: chip, process: workers[chip].process, job: job), at: now + dice.integer(0...10))
  }

  private func startWorker(_ chip: Int) {
    guard workers.indices.contains(chip) else { return judge.fail("start of worker \(chip)") }
    if workers[chip].life != .dead { judge.fail("a worker that lives is started: \(chip)") }
    workers[chip].life = .starting
    workers[chip].process += 1_000
    agenda.add(
      .ready(life: life, chip: chip, process: workers[chip].process),
      at: now + dice.integer(5...500))
  }

  func ready(_ life: Int, _ chip: Int, _ process: Int) {
    guard life == self.life, server != nil, workers[chip].process == process,
      workers[chip].life == .starting
    else { return }
    if dice.chance(scenario.crash) { return crash(chip) }
    workers[chip].life = .ready
    report(chip, .ready(info))
  }

  // MARK: Disk

  private func write(_ ticket: Int, _ task: SimulatedDisk.Task) {
    disk.pending.append((ticket, task))
    disk.busyUntil = max(disk.busyUntil, now) + dice.integer(1...scenario.diskDelay + 1)
    agenda.add(.disk(life: life), at: disk.busyUntil)
  }

  func workDisk() {
    guard server != nil, !disk.pending.isEmpty else { return }
    let (ticket, task) = disk.pending.removeFirst()
    let fails = dice.chance(scenario.diskFault)
    switch task {
    case .write(let entries):
      let fault =
        fails ? dice.pick([JournalFault.full, .readOnly, .damaged("a page"), .failed("x")]) : nil
      if fault == nil, sabotage?.losesTransaction() != true { disk.apply(entries) }
      feed(.journaled(ticket: ticket, fault))
    case .read(let session, let chip):
      feed(.fetched(ticket: ticket, fails ? nil : disk.stored(session, chip)))
    }
  }
}
