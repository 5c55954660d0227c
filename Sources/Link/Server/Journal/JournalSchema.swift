import GRDB

/// The tables of a journal, as the steps from each version to the next.
///
/// A step that has been released is never changed; another one is added.
package struct JournalSchema: Sendable {
  /// The statements of each step; the version of a file is the number of steps it has seen.
  package var steps: [[String]]

  /// Marks a SQLite file as a journal ("SYNJ").
  static let applicationID = 0x5359_4E4A

  /// Makes a schema of steps.
  package init(steps: [[String]]) { self.steps = steps }

  /// The schema that this program writes.
  package static let current = JournalSchema(steps: [first, second])

  private static let first = [
    """
    CREATE TABLE session (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, user TEXT NOT NULL,
      client TEXT NOT NULL, sum INTEGER NOT NULL) STRICT
    """,
    // Images, states and calibrations by their content: what many have is kept once.
    """
    CREATE TABLE blob (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL)
      STRICT
    """,
    """
    CREATE TABLE image (session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
      chip TEXT NOT NULL, name TEXT NOT NULL, blob TEXT NOT NULL REFERENCES blob (hash),
      sum INTEGER NOT NULL, PRIMARY KEY (session, chip)) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX image_blob ON image (blob)",
    """
    CREATE TABLE checkpoint (session INTEGER NOT NULL, chip TEXT NOT NULL,
      number INTEGER NOT NULL, blob TEXT NOT NULL REFERENCES blob (hash), sum INTEGER NOT NULL,
      PRIMARY KEY (session, chip),
      FOREIGN KEY (session, chip) REFERENCES image (session, chip) ON DELETE CASCADE)
      STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX checkpoint_blob ON checkpoint (blob)",
    """
    CREATE TABLE answer (place INTEGER PRIMARY KEY,
      session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE, id TEXT NOT NULL,
      fingerprint INTEGER NOT NULL, header BLOB NOT NULL, sum INTEGER NOT NULL) STRICT
    """,
    "CREATE UNIQUE INDEX answer_id ON answer (session, id)",
    "CREATE INDEX answer_place ON answer (session, place)",
    "CREATE TABLE epoch (chip TEXT PRIMARY KEY, below INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE calibration (place INTEGER PRIMARY KEY, chip TEXT NOT NULL, user TEXT NOT NULL,
      blob TEXT NOT NULL REFERENCES blob (hash), sum INTEGER NOT NULL) STRICT
    """,
    "CREATE INDEX calibration_chip ON calibration (chip, place)",
    "CREATE INDEX calibration_blob ON calibration (blob)",
    // Commits that failed in the last moment; see `JournalStore.settle`.
    "CREATE TABLE failure (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT",
    "INSERT INTO failure VALUES (1, 0)",
  ]

  /// Runs between two checkpoints, where the client said.
  private static let second = ["ALTER TABLE image ADD COLUMN every INTEGER"]

  /// The version of a file; refuses what is no journal, and one from the future.
  func version(of db: Database) throws -> Int {
    let id = try Int.fetchOne(db, sql: "PRAGMA application_id")
    guard id == Self.applicationID else { throw JournalFault.damaged("it is no journal") }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= steps.count else {
      throw JournalFault.failed(
        "journal.sqlite has version \(version) and this program knows up to \(steps.count);"
          + " use a newer program or another state folder")
    }
    guard version > 0 else { throw JournalFault.damaged("it has version \(version)") }
    return version
  }

  /// Brings a file from a version to the newest, in one transaction.
  func migrate(_ db: Database, from version: Int) throws {
    guard version < steps.count else { return }
    try db.inTransaction(.immediate) {
      for statement in steps[version...].joined() { try db.execute(sql: statement) }
      try db.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
      try db.execute(sql: "PRAGMA user_version = \(steps.count)")
      return .commit
    }
  }

  /// The texts of all tables and indices of a version, as SQLite keeps them.
  func definitions(version: Int) throws -> [String] {
    let scratch = try DatabaseQueue()
    return try scratch.writeWithoutTransaction { db in
      try JournalSchema(steps: Array(steps[..<version])).migrate(db, from: 0)
      return try Self.definitions(db)
    }
  }

  /// The texts of all tables and indices of a file.
  static func definitions(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db, sql: "SELECT type || name || ifnull(sql, '') FROM sqlite_schema ORDER BY 1")
  }
}
