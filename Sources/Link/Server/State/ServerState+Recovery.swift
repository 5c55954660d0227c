extension ServerState {
  /// Takes up a session that the journal holds.
  mutating func recover(_ recovered: RecoveredState.Session, _ now: Int) {
    let number = freshNumber()
    // What the user may do is known when they come back; only the name is asked for until then.
    var session = Session(
      number: number, digest: recovered.digest, user: User(recovered.user, .viewer),
      client: recovered.client, openedAt: now, lastHeard: now)
    for name in recovered.images.keys.sorted() {
      guard let chip = chipNumbers[name], let stored = recovered.images[name] else { continue }
      var image = SessionImage(slot: freshNumber(), hash: stored.hash)
      (image.isLive, image.isRestored, image.isLossUntold) = (false, true, true)
      (image.checkpoint, image.newestBegun) = (stored.checkpoint, stored.checkpoint)
      image.checkpointEvery = stored.checkpointEvery
      session.images[chip] = image
    }
    for answer in recovered.answered {
      guard let reply = Reply(headerBytes: answer.header) else { continue }
      session.memory.answer(answer.id, answer.fingerprint, .init(reply), at: now)
    }
    sessions[number] = session
    sessionNumbers[recovered.digest] = number
    sessionCounts[recovered.user, default: 0] += 1
  }
}
