import GRDB

// MARK: Reading

extension JournalStore {
  /// What the journal holds.
  package func recovered() throws(JournalFault) -> RecoveredState {
    try reading { try $0.recovered() }
  }

  /// A session's image on a chip; nil when there is none.
  package func image(session: String, chip: String) throws(JournalFault) -> StoredImage? {
    try reading { try $0.image(session: session, chip: chip) }
  }

  /// The newest calibration of a chip, and who made it; nil when there is none.
  package func calibration(
    chip: String
  ) throws(JournalFault) -> (user: String, table: [UInt8])? {
    try reading { reader in
      guard let newest = try reader.calibrations().last(where: { $0.chip == chip }) else {
        return nil
      }
      return (newest.user, try reader.blob(newest.blob))
    }
  }

  /// Bytes in use in the file, without what is free in it.
  package func usedBytes() throws(JournalFault) -> Int {
    try reading { reader in
      func number(_ pragma: String) throws -> Int {
        try Int.fetchOne(reader.db, sql: "PRAGMA \(pragma)") ?? 0
      }
      return try (number("page_count") - number("freelist_count")) * number("page_size")
    }
  }

  private func reading<Result>(
    _ body: (JournalReader) throws -> Result
  ) throws(JournalFault) -> Result {
    try JournalFault.mapping {
      try queue.read { db in try body(JournalReader(db)) }
    }
  }
}

// MARK: Writing

extension JournalStore {
  /// Writes transactions that came together, with one commit for all where that can be done.
  ///
  /// Each is on disk whole, or has changed nothing and its fault says why.
  package func write(_ transactions: [[JournalEntry]]) -> [JournalFault?] {
    if transactions.count > 1, (try? write(transactions.flatMap { $0 })) != nil {
      return transactions.map { _ in nil }
    }
    return transactions.map { entries in
      do throws(JournalFault) {
        try write(entries)
        return nil
      } catch { return error }
    }
  }

  /// Writes one transaction.
  package func write(_ entries: [JournalEntry]) throws(JournalFault) {
    try JournalFault.mapping {
      try queue.writeWithoutTransaction { db in
        try settle(db)
        var isComplete = false
        do {
          try db.inTransaction(.immediate) {
            let writer = JournalWriter(db)
            for entry in entries { try writer.write(entry) }
            isComplete = true
            return .commit
          }
        } catch {
          if isComplete { isUnsettled.withLock { $0 = true } }
          if try isBeyondQuota(entries, error, db) { throw JournalFault.beyondQuota(quota) }
          throw error
        }
      }
    }
  }

  /// Makes sure that a transaction whose commit failed is gone.
  ///
  /// When the disk refuses in the last moment, the transaction's frames may stand whole in the
  /// log, and a restart would find them. The next transaction overwrites them; this one is there
  /// only for that.
  private func settle(_ db: Database) throws {
    guard isUnsettled.withLock({ $0 }) else { return }
    try db.execute(sql: "UPDATE failure SET count = count + 1")
    isUnsettled.withLock { $0 = false }
  }

  /// Whether the quota was the reason: SQLite says the same for a full disk.
  private func isBeyondQuota(
    _ entries: [JournalEntry], _ error: any Error, _ db: Database
  ) throws -> Bool {
    guard let error = error as? DatabaseError, error.resultCode == .SQLITE_FULL else {
      return false
    }
    func number(_ pragma: String) throws -> Int {
      try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0
    }
    let used = try (number("page_count") - number("freelist_count")) * number("page_size")
    let needed = entries.reduce(64 << 10) { $0 + $1.bytes }
    return used + needed > quota
  }
}
