import ChipInterface
import HardwareSpec

extension ServerState {
  /// Takes what a worker says.
  mutating func take(_ report: WorkerReport, from chip: Int, _ now: Int) {
    guard seats.indices.contains(chip) else { return }
    switch report {
    case .ready(let info):
      seats[chip].info = info
      guard seats[chip].condition == .starting else { return }
      seats[chip].condition = .ready
      log("chip.ready", ["chip": .text(seats[chip].name)])
      mark(chip)
      greetParked(now)
    case .slice(let job, let slice): take(slice, of: job, chip, now)
    case .finished(let job, let outcome): take(outcome, of: job, chip, now)
    case .ended(let reason): crash(chip, reason, now)
    }
  }

  /// Charges chip time, in seconds, to who used it.
  private mutating func charge(_ order: ChipSeat.Order, _ chip: Int, _ seconds: Double) {
    let bounded = seconds.isFinite ? min(max(seconds, 0), 1e9) : 0
    let microseconds = Int((bounded * 1e6).rounded())
    tally.chipTime += chip < chipCount ? microseconds : 0
    guard !order.user.isEmpty else { return }
    seats[chip].share.charge(order.session, of: order.user, microseconds)
  }

  /// Takes the order that the report is about; nil when it is about another one.
  private mutating func endOrder(_ job: Int, _ chip: Int, _ seconds: Double) -> ChipSeat.Order? {
    guard let order = seats[chip].order, order.job == job else { return nil }
    seats[chip].order = nil
    charge(order, chip, seconds)
    mark(chip)
    return order
  }

  // MARK: Slices

  private mutating func take(
    _ slice: WorkerReport.Slice, of number: Int, _ chip: Int, _ now: Int
  ) {
    guard endOrder(number, chip, slice.chipSeconds) != nil, let job = jobs[number] else { return }
    jobs[number]?.samples = slice.samples.upperBound
    jobs[number]?.of = slice.of
    jobs[number]?.spikes += max(0, slice.spikes)
    tally.runSeconds += slice.chipSeconds.isFinite ? max(0, slice.chipSeconds) : 0
    noteResult(slice.part.frame.count)
    if let sums = slice.sums { return complete(number, slice, sums, now) }
    jobs[number]?.stage = .suspended
    if let ending = job.ending { return drop(number, ending, now) }
    jobs[number]?.stream?.append(slice.part, samples: slice.samples)
    guard jobs[number]?.stream?.bytes ?? 0 <= description.limits.resultBytes else {
      return drop(number, tooLarge, now)
    }
    flush(number)
    do { try requireRoomForResults(job.user) } catch { return drop(number, error, now) }
    tellProgress(number, now)
    settle(chip, job.session)
  }

  /// The last slice of a run was done: the chip is free of it.
  private mutating func complete(
    _ number: Int, _ slice: WorkerReport.Slice, _ sums: JSONObject, _ now: Int
  ) {
    guard let job = jobs[number] else { return }
    tally.finish(job.work)
    tellProgress(number, now)
    var fields = sums
    sessions[job.session]?.images[job.chip]?.runs += 1
    if let image = sessions[job.session]?.images[job.chip] {
      fields["checkpoint"] = .integer(image.checkpoint)
      fields["runs_since"] = .integer(image.runsSince)
      if image.learns { sessions[job.session]?.images[job.chip]?.noteChange(job) }
    }
    saveIfDue(job.session, job.chip)
    // Its size is not asked any more: the run is done, and the worker bounds each part.
    jobs[number]?.stream?.end(slice.part, samples: slice.samples, fields)
    drain(number, now)
  }

  private var tooLarge: WireError {
    WireError(
      .tooLarge, "the recording of the run is larger than allowed; record less",
      limit: description.limits.resultBytes)
  }

  /// Ends a run between two slices: the worker forgets it.
  mutating func drop(_ number: Int, _ error: WireError, _ now: Int) {
    guard let job = jobs[number] else { return }
    seats[job.chip].chores.append(
      .drop(run: number, session: job.session, user: job.user))
    finish(number, .failure(error), now)
  }

  // MARK: Orders that are no slices

  private mutating func take(
    _ outcome: WorkerReport.Outcome, of number: Int, _ chip: Int, _ now: Int
  ) {
    guard let order = endOrder(number, chip, outcome.chipSeconds) else { return }
    if case .success(_, let payload?) = outcome.result { noteResult(payload.frame.count) }
    switch order.purpose {
    case .chore:
      if case .failure(let error) = outcome.result {
        log("chore.failed", ["chip": .text(seats[chip].name), "detail": .text(error.detail)])
      }
    case .restore(let job, let slot):
      restored(job, slot, order.session, chip, outcome, now)
    case .snapshot(let point):
      let commit = jobs[number] == nil ? nil : number
      snapshotTaken(chip, point, commit, outcome, now)
    case .work: worked(number, outcome, now)
    }
  }

  private mutating func restored(
    _ number: Int, _ slot: Int, _ session: Int, _ chip: Int, _ outcome: WorkerReport.Outcome,
    _ now: Int
  ) {
    guard sessions[session]?.images[chip]?.slot == slot else {
      return seats[chip].chores.append(.forget(slot: slot))
    }
    let job = jobs[number]
    if case .failure(let error) = outcome.result {
      guard job?.stage == .restoring else { return }
      return finish(number, .failure(job?.ending ?? error), now)
    }
    sessions[session]?.images[chip]?.isLive = true
    sessions[session]?.images[chip]?.learns = outcome.learns
    guard let job, job.stage == .restoring else { return }
    if let ending = job.ending { return finish(number, .failure(ending), now) }
    work(number, now)
  }

  private mutating func worked(
    _ number: Int, _ outcome: WorkerReport.Outcome, _ now: Int
  ) {
    guard let job = jobs[number] else { return }
    guard case .success(let fields, let payload) = outcome.result else {
      if case .failure(let error) = outcome.result {
        finish(number, .failure(job.ending ?? error), now)
      }
      return
    }
    tally.finish(job.work)
    switch job.work {
    case .loadImage(let every): imageIsIn(number, every, fields, outcome.learns, now)
    case .writeWeights:
      let body = Reply.Body.message(type: "weights.write.ok", ["volatile": .flag(true)], nil)
      sessions[job.session]?.images[job.chip]?.noteChange(job)
      finish(number, body, now)
    case .calibrate: calibrated(number, fields, payload, now)
    case .readImage, .compile, .commitImage, .run:
      finish(number, .message(type: job.work.type + ".ok", fields, payload), now)
    }
  }

  private mutating func calibrated(
    _ number: Int, _ fields: JSONObject, _ payload: Payload?, _ now: Int
  ) {
    guard let job = jobs[number], let digest = sessions[job.session]?.digest else {
      return finish(number, .failure(Refusal.sessionEnded), now)
    }
    jobs[number]?.stage = .saving
    let table = payload?.firstBytes ?? []
    let lost = job.answer(.failure(Refusal.lost))
    journal(
      [
        .calibration(chip: seats[job.chip].name, user: job.user, table: table),
        .answered(
          session: digest, id: lost.id, fingerprint: lost.fingerprint, header: lost.header),
      ], .calibration(job: number, .message(type: "calibrate.ok", fields, payload)), now)
  }

  // MARK: Crashes

  /// A worker has ended: what it had in work has failed, what its slots held is gone.
  private mutating func crash(_ chip: Int, _ reason: String, _ now: Int) {
    guard seats[chip].condition != .faulted else { return }
    tally.crashes += 1
    let mayStart = seats[chip].noteCrash(at: now)
    mark(chip)
    log("chip.crashed", ["chip": .text(seats[chip].name), "reason": .text(reason)])
    let error = WireError(.chipFailed, "the chip's worker ended: \(reason)")
    for session in seats[chip].lines.keys.sorted() {
      failActive(chip, session, error, mayStart, now)
    }
    loseImages(chip, now)
    if phase == .stopping { return }
    if mayStart {
      out.append(.startWorker(chip: chip))
    } else {
      log("chip.faulted", ["chip": .text(seats[chip].name)])
      refuseWaiting(chip, Refusal.faulted, now)
      greetParked(now)
    }
  }

  /// What the worker had is gone: those whose it was must not go on with weights that they do not
  /// expect.
  private mutating func loseImages(_ chip: Int, _ now: Int) {
    guard chip < chipCount else { return }
    let losers = sessions.keys.sorted().filter { sessions[$0]?.images[chip]?.lose() == true }
    // Nobody is granted a lease before all who have lost something have lost theirs.
    for session in losers { closeLease(chip, session, Refusal.stale, "lease.lost", now) }
    grantLeases(chip, now)
  }

  private mutating func failActive(
    _ chip: Int, _ session: Int, _ error: WireError, _ mayStart: Bool, _ now: Int
  ) {
    guard let active = seats[chip].lines[session]?.active, let job = jobs[active] else { return }
    switch job.stage {
    case .working, .suspended: finish(active, .failure(job.ending ?? error), now)
    case .restoring:
      // It has touched nothing yet: it waits again, or is refused with those that wait.
      jobs[active]?.stage = .waiting
      seats[chip].lines[session]?.active = nil
      seats[chip].lines[session]?.waiting.insert(active, at: 0)
      seats[chip].waitingCount += 1
      settle(chip, session)
    case .waiting, .saving, .draining: break
    }
  }

  /// Refuses everything that waits for a chip.
  mutating func refuseWaiting(_ chip: Int, _ error: WireError, _ now: Int) {
    for session in seats[chip].lines.keys.sorted() {
      for number in seats[chip].lines[session]?.waiting ?? [] {
        finish(number, .failure(error), now)
      }
    }
  }

  /// Starts the worker of a faulted chip again.
  mutating func reset(
    _ request: Request, _ peer: Peer, _ user: User, _ chip: Int, _ now: Int
  ) {
    if answerAgain(request, peer, user, now) { return }
    if seats[chip].condition == .faulted {
      seats[chip].condition = .starting
      seats[chip].crashes = []
      mark(chip)
      out.append(.startWorker(chip: chip))
    }
    auditOrder(request, user, ["chip": .text(seats[chip].name), "result": .text("ok")])
    let reply = Reply.ok(request)
    userMemories[user.name, default: RequestMemory()].answer(
      request.id, request.fingerprint, .init(reply), at: now)
    send(reply, to: peer)
  }
}
