import Link

/// What the server keeps is bounded, and is nothing when nobody is there.
extension Judge {
  /// The most bytes that a simulated worker gives at once: eight samples of 400, and the rest.
  private static let largestSlice = 4_000

  func bound(_ server: ServerState) {
    let (kept, limits) = (server.holdings, world.scenario.limits)
    let places = max(limits.sessions, recovered) * world.workers.count
    // The journal may hold sessions whose end was not written when the server was killed.
    let sessions = max(limits.sessions, recovered)
    require(kept.sessions + kept.openings <= sessions, "too many sessions: \(kept)")
    // Those that wait, and the one whose turn it is.
    require(kept.jobs <= places * (limits.queue + 1), "too many requests for work: \(kept)")
    require(kept.asks <= sessions * 4, "too many requests for leases: \(kept)")
    require(kept.leases + kept.places <= places, "too many leases: \(kept)")
    let uploads = sessions * limits.uploadBytes
    require(
      kept.uploadBytes <= min(uploads, limits.uploadTotalBytes),
      "too many bytes of uploads: \(kept)")
    // The newest result of a session is kept whole, beside what waits to be sent.
    let results = sessions * 4 * limits.resultBytes
    require(kept.resultBytes <= results, "too many bytes of results: \(kept)")
    // What each worker is at comes on top: a slice, or the last part of a run.
    let slices = world.workers.count * Self.largestSlice
    require(
      kept.resultBytes <= limits.resultTotalBytes + slices,
      "too many bytes of results in all: \(kept)")
  }

  /// All sessions have ended: nothing is under way, and no slot is filled.
  func leaks(_ server: ServerState) {
    let kept = server.holdings
    require(kept == .init(), "nobody is there, and the server keeps \(kept)")
    for (chip, worker) in world.workers.enumerated() where worker.life == .ready {
      let slots = worker.slots.keys.sorted()
      require(slots.isEmpty, "nobody is there, and worker \(chip) keeps slots \(slots)")
      require(worker.runs.isEmpty, "nobody is there, and worker \(chip) keeps a run")
    }
  }
}
