extension ServerState {
  /// Writes a transaction; what waits for it goes on when it is on disk, or has failed.
  mutating func journal(_ entries: [JournalEntry], _ ticket: Ticket, _ now: Int) {
    guard isDurable else { return go(on: ticket, nil, now) }
    let number = freshNumber()
    tickets[number] = ticket
    out.append(.journal(ticket: number, entries))
  }

  /// A transaction is on disk, or has failed and changed nothing.
  mutating func settle(_ number: Int, _ fault: JournalFault?, _ now: Int) {
    guard let ticket = tickets.removeValue(forKey: number) else { return }
    if let fault { log("journal.failed", ["fault": .text("\(fault)")]) }
    go(on: ticket, fault, now)
  }

  private mutating func go(on ticket: Ticket, _ fault: JournalFault?, _ now: Int) {
    switch ticket {
    case .epochs(let chip, let below): reserved(chip, below, fault, now)
    case .opening(let number): opened(number, fault, now)
    case .load(let job, let chip, let image): loaded(job, chip, image, fault, now)
    case .checkpoint(let chip, let point, let commit): saved(chip, point, commit, fault, now)
    case .calibration(let job, let body):
      finish(job, fault.map { .failure(Refusal.storage($0)) } ?? body, now)
    case .ended(let session):
      guard fault != nil, endings.count < Self.mostEndings else { return }
      endings.append(session)
      endingsAt = now + 1_000
    case .image: break
    }
  }

  /// Ended sessions that are still to be written; one that is forgotten ends again, by silence,
  /// in the server's next life.
  private static let mostEndings = 1_024

  /// Tries again to write that sessions have ended.
  mutating func journalEndings(_ now: Int) {
    guard !endings.isEmpty, now >= endingsAt else { return }
    let all = endings
    endings = []
    for session in all { journal([.ended(session: session)], .ended(session: session), now) }
  }

  /// An image was read from the journal, to be put back into the worker.
  mutating func take(_ image: StoredImage?, for number: Int, _ now: Int) {
    guard case .image(let job)? = tickets.removeValue(forKey: number) else { return }
    putBack(image, for: job, now)
  }
}
