import Foundation
import GRDB
import Synchronization

/// The journal's file: opened with all checks, read, and written by whole transactions.
///
/// SQLite in WAL mode with synchronous FULL: what is committed is on disk. The lock of the folder
/// keeps other servers out, SQLite's exclusive lock all other programs.
package final class JournalStore: Sendable {
  /// Where SQLite is asked for all of its checks, and not only for the quick ones, in bytes.
  static let mostForFullCheck = 256 << 20
  /// The size to which the log is cut when all of it is in the file.
  private static let usualLogBytes = 16 << 20

  let folder: JournalFolder
  let queue: DatabaseQueue
  let quota: Int
  /// Whether a commit failed, and may yet be found whole in the log.
  let isUnsettled = Mutex(false)

  /// Opens the journal of a folder, or makes one; a file that is damaged is left as it is.
  ///
  /// When the log has `logPages` pages it is put into the file.
  package init(
    folder path: String, quota: Int = 4 << 30, logPages: Int = 1000,
    schema: JournalSchema = .current
  ) throws(JournalFault) {
    let folder = try JournalFolder(path)
    (self.folder, self.quota) = (folder, quota)
    queue = try JournalFault.mapping {
      if try folder.hasJournal() {
        try JournalCheck(folder, schema).run()
      } else {
        try Self.make(folder, schema)
      }
      let queue = try DatabaseQueue(path: folder.file, configuration: Self.configuration)
      try queue.writeWithoutTransaction { db in
        try Self.prepare(db, schema, quota)
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(logPages)")
      }
      return queue
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "synapus-journal"
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { db in
      for pragma in ["locking_mode = EXCLUSIVE", "synchronous = FULL", "secure_delete = OFF"] {
        try db.execute(sql: "PRAGMA \(pragma)")
      }
    }
    return configuration
  }

  /// Makes a file aside and puts it in place whole.
  private static func make(_ folder: JournalFolder, _ schema: JournalSchema) throws {
    try folder.makeDraft()
    let draft = try DatabaseQueue(path: folder.draft, configuration: configuration)
    try draft.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try schema.migrate(db, from: 0)
      try db.execute(sql: "PRAGMA journal_mode = WAL")
    }
    try draft.close()
    try folder.publishDraft()
  }

  private static func prepare(_ db: Database, _ schema: JournalSchema, _ quota: Int) throws {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
    guard mode == "wal" else { throw JournalFault.readOnly }
    try db.execute(sql: "PRAGMA journal_size_limit = \(usualLogBytes)")
    try schema.migrate(db, from: try schema.version(of: db))
    let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
    _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(max(1, quota / page))")
    try shrink(db, page)
  }

  /// Gives room back to the disk when much of the file is unused.
  private static func shrink(_ db: Database, _ page: Int) throws {
    let unused = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    guard unused * page > 64 << 20 else { return }
    _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum")
  }

  /// Puts the log into the file and lets go of both.
  package func close() {
    try? queue.close()
    folder.release()
  }

  /// Bytes on disk.
  package var bytes: Int { folder.fileBytes + folder.logBytes }
}

extension JournalFault {
  /// Does something with SQLite; its errors become faults.
  static func mapping<Result>(_ body: () throws -> Result) throws(JournalFault) -> Result {
    do {
      return try body()
    } catch let fault as JournalFault {
      throw fault
    } catch let error as DatabaseError {
      throw JournalFault(error)
    } catch { throw .failed("the journal failed: \(error)") }
  }

  private init(_ error: DatabaseError) {
    let message = error.message ?? "no reason given"
    switch error.resultCode {
    case .SQLITE_FULL: self = .full
    case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(message)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self = .failed("another program holds journal.sqlite; end it and start again")
    default:
      self = .failed(
        "journal.sqlite: \(message) (SQLite code \(error.extendedResultCode.rawValue))")
    }
  }
}
