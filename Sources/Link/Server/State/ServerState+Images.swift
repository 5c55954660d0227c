import HardwareSpec

extension ServerState {
  // MARK: Loading

  /// The worker has a new image: it becomes the session's when it is on disk.
  mutating func imageIsIn(
    _ number: Int, _ every: Int?, _ fields: JSONObject, _ learns: Bool, _ now: Int
  ) {
    guard let job = jobs[number] else { return }
    guard let digest = sessions[job.session]?.digest else {
      seats[job.chip].chores.append(.forget(slot: job.slot))
      return finish(number, .failure(Refusal.sessionEnded), now)
    }
    let bytes = job.message?.joinedBytes(of: "image") ?? []
    jobs[number]?.message = nil
    jobs[number]?.stage = .saving
    // The worker has hashed it already.
    let hash = (try? fields.text("image")) ?? ContentHash.hexadecimal(of: bytes)
    var image = SessionImage(slot: job.slot, hash: hash)
    (image.learns, image.checkpointEvery, image.life) = (learns, every, seats[job.chip].life)
    if !isDurable { image.kept = StoredImage(hash: image.hash, bytes: bytes, state: nil) }
    let answer = job.answer(loadedBody(image))
    journal(
      [
        .image(
          session: digest, chip: seats[job.chip].name, hash: image.hash, every: every,
          bytes: bytes),
        Self.entry(answer, digest),
      ], .load(job: number, chip: job.chip, image), now)
  }

  private func loadedBody(_ image: SessionImage) -> Reply.Body {
    let fields: JSONObject = ["image": .text(image.hash), "durable": .flag(isDurable)]
    return .message(type: "image.load.ok", fields, nil)
  }

  static func entry(_ answer: RecoveredState.Answer, _ session: String) -> JournalEntry {
    .answered(
      session: session, id: answer.id, fingerprint: answer.fingerprint, header: answer.header)
  }

  /// A new image is on disk, or that failed and the one before stays.
  mutating func loaded(
    _ number: Int, _ chip: Int, _ image: SessionImage, _ fault: JournalFault?, _ now: Int
  ) {
    let isThere = image.life == seats[chip].life
    let session = jobs[number]?.session
    // The job is gone if its session has ended since.
    guard fault == nil, let session, sessions[session] != nil else {
      if isThere { seats[chip].chores.append(.forget(slot: image.slot)) }
      finish(number, .failure(fault.map(Refusal.storage) ?? Refusal.sessionEnded), now)
      // The image before stays, and may have waited for its checkpoint.
      if let session { saveIfDue(session, chip) }
      return
    }
    if let old = sessions[session]?.images[chip], old.isLive {
      seats[chip].chores.append(.forget(slot: old.slot))
    }
    var image = image
    image.isLive = isThere
    sessions[session]?.images[chip] = image
    finish(number, loadedBody(image), now)
  }

  // MARK: Checkpoints

  /// Orders a checkpoint after a run, when it is time for one.
  mutating func saveIfDue(_ session: Int, _ chip: Int) {
    guard let image = sessions[session]?.images[chip], image.isDue, image.isLive else { return }
    save(session, chip)
  }

  /// Orders a checkpoint of the session's image.
  mutating func save(_ session: Int, _ chip: Int) {
    guard let user = sessions[session]?.user.name,
      let slot = sessions[session]?.images[chip]?.slot
    else { return }
    sessions[session]?.images[chip]?.isSaving = true
    seats[chip].chores.append(.snapshot(session: session, user: user, slot: slot))
  }

  /// What a snapshot that is ordered now will hold; nil when it cannot be taken now.
  mutating func savePoint(_ session: Int, _ chip: Int, slot: Int) -> SavePoint? {
    guard let image = sessions[session]?.images[chip], image.slot == slot else { return nil }
    let active = seats[chip].lines[session]?.active
    // In the middle of a run there is no state to save: the end of the run asks again.
    let isHalf = active.flatMap { jobs[$0]?.stage } == .suspended
    guard image.isLive, !isHalf, !isReplaced(session, chip) else {
      sessions[session]?.images[chip]?.isSaving = false
      return nil
    }
    sessions[session]?.images[chip]?.newestBegun += 1
    sessions[session]?.images[chip]?.savedAtRun = image.runs
    return SavePoint(
      session: session, slot: slot, number: image.newestBegun + 1, runs: image.runs,
      changes: image.changes, answers: image.uncovered.map(\.answer))
  }

  /// Whether another image is on its way to the journal: there its state would be taken for that
  /// one's.
  func isReplaced(_ session: Int, _ chip: Int) -> Bool {
    guard let active = seats[chip].lines[session]?.active, let job = jobs[active],
      case .loadImage = job.work
    else { return false }
    return job.stage == .saving
  }

  /// The worker has given the state of an image.
  mutating func snapshotTaken(
    _ chip: Int, _ point: SavePoint, _ commit: Int?, _ outcome: WorkerReport.Outcome, _ now: Int
  ) {
    guard case .success(_, let payload) = outcome.result,
      let digest = sessions[point.session]?.digest
    else {
      var error = Refusal.sessionEnded
      if case .failure(let found) = outcome.result { error = found }
      if sessions[point.session]?.images[chip]?.slot == point.slot {
        sessions[point.session]?.images[chip]?.isSaving = false
      }
      log("checkpoint.failed", ["detail": .text(error.detail)])
      if let commit { finish(commit, .failure(jobs[commit]?.ending ?? error), now) }
      return
    }
    let state = payload?.firstBytes ?? []
    if !isDurable { sessions[point.session]?.images[chip]?.kept?.state = state }
    var entries: [JournalEntry] = [
      .checkpoint(
        session: digest, chip: seats[chip].name, number: point.number, state: state)
    ]
    entries += point.answers.map { Self.entry($0, digest) }
    if let commit, let job = jobs[commit] {
      jobs[commit]?.stage = .saving
      entries.append(Self.entry(job.answer(committedBody(point)), digest))
    }
    if sessions[point.session]?.images[chip]?.slot == point.slot {
      sessions[point.session]?.images[chip]?.isJournaling = true
    }
    journal(entries, .checkpoint(chip: chip, point, commit: commit), now)
  }

  private func committedBody(_ point: SavePoint) -> Reply.Body {
    let fields: JSONObject = [
      "checkpoint": .integer(point.number), "durable": .flag(isDurable),
    ]
    return .message(type: "image.commit.ok", fields, nil)
  }

  /// A checkpoint is on disk, or failed.
  mutating func saved(
    _ chip: Int, _ point: SavePoint, _ commit: Int?, _ fault: JournalFault?, _ now: Int
  ) {
    if sessions[point.session]?.images[chip]?.slot == point.slot {
      sessions[point.session]?.images[chip]?.isSaving = false
      sessions[point.session]?.images[chip]?.isJournaling = false
      if fault == nil {
        sessions[point.session]?.images[chip]?.cover(
          point.number, runs: point.runs, changes: point.changes)
      } else {
        sessions[point.session]?.images[chip]?.changesAtLoss = nil
      }
      saveIfDue(point.session, chip)
      resumeWaiting(point.session)
    }
    if let commit {
      finish(commit, fault.map { .failure(Refusal.storage($0)) } ?? committedBody(point), now)
    }
  }
}
