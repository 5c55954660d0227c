extension ServerState {
  /// How much the server keeps in memory, for tests that it is bounded and that nothing leaks.
  package struct Holdings: Equatable, Sendable {
    /// Sessions, openings under way, and requests that wait, run or are being sent.
    package var sessions = 0
    package var openings = 0
    package var jobs = 0
    /// Requests for leases, greetings and resumptions whose answer waits.
    package var asks = 0
    package var parked = 0
    /// Transactions and reads of the journal without an answer.
    package var tickets = 0
    /// What workers shall do besides requests; sessions with a line at a chip.
    package var chores = 0
    package var lines = 0
    /// Leases, and places in their queues.
    package var leases = 0
    package var places = 0
    /// Bytes of results, and of uploads.
    package var resultBytes = 0
    package var uploadBytes = 0

    /// Nothing.
    package init() {}
  }

  /// What is kept now.
  package var holdings: Holdings {
    var all = Holdings()
    (all.sessions, all.openings, all.jobs) = (sessions.count, openings.count, jobs.count)
    (all.asks, all.tickets, all.parked) = (asks.count, tickets.count, parked.count)
    for seat in seats {
      all.chores += seat.chores.count
      all.lines += seat.lines.count
      all.leases += seat.leases.leases.count
      all.places += seat.leases.waiting.count
    }
    for session in sessions.values {
      all.parked += session.resumes.count
      all.resultBytes += session.memory.bytes
      all.uploadBytes += session.shelf.bytes + session.attachedBytes
    }
    for job in jobs.values { all.resultBytes += job.stream?.heldBytes ?? 0 }
    return all
  }
}
