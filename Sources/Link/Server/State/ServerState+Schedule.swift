extension ServerState {
  // MARK: Who can use the chip

  /// Puts a session among those that can use the chip, or takes it out.
  mutating func settle(_ chip: Int, _ session: Int) {
    guard let line = seats[chip].lines[session] else { return }
    if line.isEmpty { seats[chip].lines[session] = nil }
    if canGoOn(line, session), let user = sessions[session]?.user.name {
      seats[chip].share.enter(session, of: user)
    } else {
      seats[chip].share.leave(session)
    }
  }

  private func canGoOn(_ line: ChipSeat.Line, _ session: Int) -> Bool {
    if let active = line.active {
      guard let job = jobs[active] else { return false }
      return job.stage == .suspended && job.stream?.isFull != true
    }
    guard let undelivered = sessions[session]?.undelivered else { return false }
    return !line.waiting.isEmpty && undelivered <= description.limits.resultBytes
  }

  /// A session has nothing on the chip any more.
  mutating func leave(_ chip: Int, _ session: Int) {
    if seats[chip].lines[session]?.isEmpty ?? true { seats[chip].lines[session] = nil }
    seats[chip].share.forget(session)
  }

  // MARK: Orders

  /// Gives all workers that have no order their next one.
  mutating func advanceAll(_ now: Int) {
    for chip in seats.indices { advance(chip, now) }
  }

  /// Gives the worker its next order, when it has none: chores first, then who is next.
  mutating func advance(_ chip: Int, _ now: Int) {
    while seats[chip].order == nil, seats[chip].condition == .ready {
      if !seats[chip].chores.isEmpty {
        start(seats[chip].chores.removeFirst(), chip)
      } else if phase == .stopping {
        return
      } else if let session = seats[chip].share.next() {
        begin(session, chip, now)
      } else {
        return
      }
    }
  }

  private mutating func start(_ chore: ChipSeat.Chore, _ chip: Int) {
    switch chore {
    case .forget(let slot): order(chip, .forget(slot: slot), .chore, session: 0, user: "")
    case .drop(let run, let session, let user):
      order(chip, .drop(run: run), .chore, session: session, user: user)
    case .restore(let slot, let stored, let number):
      guard let job = jobs[number], job.stage == .restoring else { return }
      order(
        chip, .restore(slot: slot, stored), .restore(for: number, slot: slot),
        session: job.session, user: job.user)
    case .snapshot(let session, let user, let slot):
      guard let point = savePoint(session, chip, slot: slot) else { return }
      order(chip, .snapshot(slot: slot), .snapshot(point), session: session, user: user)
    }
  }

  private mutating func order(
    _ chip: Int, _ order: WorkerOrder, _ purpose: ChipSeat.Order.Purpose, session: Int,
    user: String, job: Int? = nil
  ) {
    let number = job ?? freshNumber()
    seats[chip].order = .init(job: number, purpose: purpose, session: session, user: user)
    out.append(.order(chip: chip, job: number, order))
  }

  /// The turn of a session has come.
  private mutating func begin(_ session: Int, _ chip: Int, _ now: Int) {
    if let active = seats[chip].lines[session]?.active {
      guard let job = jobs[active], job.stage == .suspended else { return }
      jobs[active]?.stage = .working
      return order(
        chip, .proceed(run: active), .work, session: session, user: job.user, job: active)
    }
    guard let number = seats[chip].lines[session]?.waiting.first else { return }
    seats[chip].lines[session]?.waiting.removeFirst()
    seats[chip].waitingCount -= 1
    seats[chip].lines[session]?.active = number
    jobs[number]?.startedAt = now
    if let error = hindrance(number, now) { return finish(number, .failure(error), now) }
    prepare(number, now)
  }

  /// Why a job whose turn has come cannot be done.
  private func hindrance(_ number: Int, _ now: Int) -> WireError? {
    guard let job = jobs[number] else { return Refusal.cancelled }
    if job.deadlineAt <= now { return Refusal.late }
    if job.chip < chipCount {
      do { try checkEpoch(job.epoch, job.session, job.chip) } catch { return error }
    }
    if let error = gap(before: job.after, job.session) { return error }
    if job.work.hasResult {
      do { try requireRoomForResults(job.user) } catch { return error }
    }
    if job.needsImage, sessions[job.session]?.images[job.chip] == nil { return Refusal.noImage }
    return nil
  }

  /// Sees that the image of a job is in the worker, then orders the job.
  private mutating func prepare(_ number: Int, _ now: Int) {
    guard let job = jobs[number] else { return }
    guard job.needsImage, let image = sessions[job.session]?.images[job.chip], !image.isLive else {
      return work(number, now)
    }
    jobs[number]?.stage = .restoring
    if let kept = image.kept { return putBack(kept, for: number, now) }
    guard isDurable, let digest = sessions[job.session]?.digest else {
      return finish(number, .failure(Refusal.noImage), now)
    }
    let ticket = freshNumber()
    tickets[ticket] = .image(job: number)
    out.append(.fetch(ticket: ticket, session: digest, chip: seats[job.chip].name))
  }

  /// Orders an image back into the worker, for the job that needs it.
  mutating func putBack(_ stored: StoredImage?, for number: Int, _ now: Int) {
    guard let job = jobs[number], job.stage == .restoring else { return }
    guard let stored, let slot = sessions[job.session]?.images[job.chip]?.slot else {
      return finish(number, .failure(job.ending ?? Refusal.storage(nil)), now)
    }
    if let ending = job.ending { return finish(number, .failure(ending), now) }
    seats[job.chip].chores.append(.restore(slot: slot, stored, for: number))
  }

  /// Gives a job to the worker.
  mutating func work(_ number: Int, _ now: Int) {
    guard let job = jobs[number], let message = job.message else { return }
    let slot = sessions[job.session]?.images[job.chip]?.slot ?? 0
    jobs[number]?.stage = .working
    mark(job.chip)
    let what: WorkerOrder
    switch job.work {
    case .loadImage:
      let fresh = freshNumber()
      jobs[number]?.slot = fresh
      what = .load(slot: fresh, message)
    case .readImage: what = .readImage(slot: slot)
    case .commitImage: return commit(number, slot)
    case .writeWeights: what = .write(slot: slot, message)
    case .run(let terms):
      let limits = description.limits
      jobs[number]?.stream = RunStream(
        chunkBytes: limits.frameBytes, credit: min(terms.credit, limits.credit))
      what = .run(slot: slot, message)
      // Weights that come with a run stay, however it ends.
      if message.hasArray("blocks") {
        sessions[job.session]?.images[job.chip]?.noteChange(job)
      }
      if terms.saysProgress { tellBusy(job, "busy") }
      jobs[number]?.isBusyTold = terms.saysProgress
    case .compile(let options): what = .compile(message, options)
    case .calibrate(let options): what = .calibrate(options)
    }
    // An image is needed again, for the journal.
    if job.needsImage { jobs[number]?.message = nil }
    order(job.chip, what, .work, session: job.session, user: job.user, job: number)
  }

  private mutating func commit(_ number: Int, _ slot: Int) {
    guard let job = jobs[number], let point = savePoint(job.session, job.chip, slot: slot) else {
      return
    }
    order(
      job.chip, .snapshot(slot: slot), .snapshot(point), session: job.session, user: job.user,
      job: number)
  }
}
