import ChipInterface

// What is done when server, chip, session or lease were lost.
extension RemoteChip {
  /// Gets session and lease back, and decides whether the request may be sent again.
  ///
  /// It may when nothing is lost and nothing can be done twice. Else image and weights are loaded
  /// again where the caller wants that, or the loss is thrown.
  func recover(
    from trouble: Trouble, during kind: WorkRequest.Kind?, _ cancellation: Cancellation?
  ) throws(ChipError) {
    let (life, token) = (session.server.serverSession, session.token)
    let standing = try session.reestablish(cancellation)
    var trouble = trouble
    if session.server.serverSession != life {
      trouble = .serverRestarted
    } else if session.token == token, standing?.isKept == false {
      // A worker that took something with it ends the leases of those whose it was.
      trouble = .chipRestarted
    }
    try work.restart(at: session.server)
    heartbeat.adopt(session: session.token, serverSession: session.server.serverSession)
    acks = []
    unanswered?.request = nil
    // What is to be restored will be put there anyway.
    guard toRestore == nil, let image = ledger.image else { return }
    let isInDoubt = kind == .run && ledger.learns && trouble.leavesRunsInDoubt
    if ledger.isWhole(standing), !isInDoubt {
      if standing == nil { toRestore = (image, ledger.writes) }
      return tell("\(trouble.cause.words); nothing was lost")
    }
    guard options.recovery == .reload, !ledger.learns else {
      let loss = loss(trouble, standing, isInDoubt)
      guard kind == .load else { throw loss }
      // A load replaces whatever is there.
      lossToTell = loss
      return
    }
    toRestore = (image, ledger.writes)
    tell("\(trouble.cause.words); image and weights are loaded again")
  }

  /// Puts image and weights on the chip again that were there.
  func restore(_ cancellation: Cancellation?) throws(ChipError) {
    guard let plan = toRestore else { return }
    let write = unanswered
    do {
      (toRestore, unanswered) = (nil, nil)
      try load(plan.image)
      if !plan.writes.isEmpty {
        unanswered = UnansweredWrite(blocks: plan.writes)
        try settle(cancellation)
      }
      unanswered = write
    } catch {
      (toRestore, unanswered) = (plan, write)
      throw error
    }
  }

  /// Forgets what is gone, and makes the error that says what it was.
  private func loss(
    _ trouble: Trouble, _ standing: ImageStanding?, _ isInDoubt: Bool
  ) -> ChipError {
    let loss = ChipLoss(
      cause: trouble.cause, checkpoint: standing?.checkpoint, runs: ledger.runsSince,
      writes: ledger.writesSince, runInDoubt: isInDoubt)
    unanswered = nil
    if let standing {
      ledger.noteRestored(checkpoint: standing.checkpoint)
    } else {
      ledger.noteGone()
    }
    return .lost(endpoint: endpoint, loss)
  }

  private func tell(_ words: String) { options.onTrouble?("\(endpoint): \(words)") }
}
