/// A client's name for what it owns: its requests, uploads, images and leases.
struct Session: Sendable {
  let number: Int
  /// What is known of its token.
  let digest: String
  let user: User
  let client: String
  let openedAt: Int
  /// When anything with its token came last.
  var lastHeard: Int
  var memory = RequestMemory()
  var shelf = UploadShelf()
  /// Bytes of uploads in requests that wait or run.
  var attachedBytes = 0
  /// Bytes of results whose chunks have not all gone.
  var undelivered = 0
  /// Images by chip.
  var images: [Int: SessionImage] = [:]
  /// Requests for leases whose answer waits for the grant.
  var asks: [Int] = []
  /// Who wants to know where the images stand, while the journal decides it.
  var resumes: [(request: Request, peer: Peer)] = []

  /// Whether a worker is gone, and a checkpoint of what it had may or may not come to disk.
  var isUndecided: Bool {
    images.values.contains { !$0.isLive && $0.isJournaling }
  }

  /// The most of those.
  static let mostResumes = 4

  /// The most requests of a session whose answer waits for a grant.
  static let mostAsks = 4

  func holder() -> LeaseBook.Holder {
    .init(session: number, user: user.name, client: client)
  }
}

/// A session's image on a chip, and how much of its state is on disk.
struct SessionImage: Sendable {
  /// A change of the state that no checkpoint holds yet, and the request that made it.
  struct Change: Sendable {
    let serial: Int
    let id: String
    let fingerprint: UInt64
    let isRun: Bool

    /// What is answered when the server was started again and the request comes again.
    var answer: RecoveredState.Answer {
      let body: Reply.Body =
        isRun
        ? .failure(Refusal.lost)
        : .message(type: "weights.write.ok", ["volatile": .flag(true)], nil)
      return .init(
        id: id, fingerprint: fingerprint, header: Reply(id: id, body).headerBytes)
    }
  }

  /// The most changes whose requests are named when a checkpoint is written.
  static let mostChanges = RequestMemory.mostAnswers

  /// Its place in the worker; a fresh one for each load, so that the image before stays until this
  /// one is on disk.
  let slot: Int
  let hash: String
  var learns = false
  /// Runs between two checkpoints; 0: only by commit, nil: as the image needs it.
  var checkpointEvery: Int?
  /// The newest checkpoint on disk, and the newest that was begun.
  var checkpoint = 0
  var newestBegun = 0
  /// Whether it is in the worker, and whether what came after the checkpoint was lost.
  var isLive = true
  /// The worker into which it was loaded.
  var life = 1
  var isRestored = false
  /// Whether something was lost of which the session has not heard.
  var isLossUntold = false
  /// The changes when a worker ended, if a checkpoint was on its way to the journal then.
  var changesAtLoss: Int?
  /// All runs and changes since the load, and those that the checkpoint holds.
  var runs = 0
  var changes = 0
  var coveredRuns = 0
  var coveredChanges = 0
  /// Changes after the checkpoint, oldest first.
  var uncovered: [Change] = []
  /// Whether a checkpoint is on its way, and whether it is with the journal already; the run at
  /// which the last one began.
  var isSaving = false
  var isJournaling = false
  var savedAtRun = 0
  /// Whether it was saved because the server ends.
  var isLastSaved = false
  /// Image and state, where no journal keeps them.
  var kept: StoredImage?

  init(slot: Int, hash: String) { (self.slot, self.hash) = (slot, hash) }

  var runsSince: Int { runs - coveredRuns }

  /// Whether the state has changed since the newest checkpoint.
  var isDirty: Bool { changes > coveredChanges }

  /// Whether so many runs were done that it is time for a checkpoint.
  var isDue: Bool {
    let every = checkpointEvery ?? (learns ? 1 : 0)
    return every > 0 && !isSaving && isDirty && runs - savedAtRun >= every
  }

  /// A run or a write has changed the state.
  mutating func noteChange(_ job: Job) {
    changes += 1
    // Where no journal is, the memory of requests lives as long as the state.
    guard kept == nil else { return }
    if uncovered.count >= 2 * Self.mostChanges { uncovered.removeFirst(Self.mostChanges) }
    uncovered.append(
      Change(
        serial: changes, id: job.id, fingerprint: job.fingerprint, isRun: job.runTerms != nil))
  }

  /// A checkpoint of the state after so many runs and changes is on disk.
  mutating func cover(_ number: Int, runs: Int, changes: Int) {
    guard number > checkpoint else { return }
    checkpoint = number
    (coveredRuns, coveredChanges) = (max(coveredRuns, runs), max(coveredChanges, changes))
    (self.runs, self.changes) = (max(self.runs, runs), max(self.changes, changes))
    uncovered.removeAll { $0.serial <= changes }
    defer { changesAtLoss = nil }
    guard let changesAtLoss else {
      if !isDirty { isRestored = false }
      return
    }
    // It was taken before the worker ended: whether it holds all that was there then.
    if changes >= changesAtLoss { (isRestored, isLossUntold) = (false, false) }
  }

  /// The worker is gone, and with it what came after the checkpoint; whether that was anything.
  mutating func lose() -> Bool {
    guard isLive else { return false }
    let isLoss = isDirty
    (isLive, isSaving, isRestored) = (false, isJournaling, true)
    isLossUntold = isLossUntold || isLoss
    changesAtLoss = isJournaling ? changes : nil
    (runs, changes, savedAtRun) = (coveredRuns, coveredChanges, coveredRuns)
    uncovered = []
    return isLoss
  }
}
