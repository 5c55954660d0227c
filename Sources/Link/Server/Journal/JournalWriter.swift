import Foundation
import GRDB
import HardwareSpec

/// Writes entries into a journal, inside a transaction.
struct JournalWriter {
  /// The most answers kept of a session, and calibrations of a chip.
  static let (mostAnswers, mostCalibrations) = (1024, 16)

  private let db: Database

  init(_ db: Database) { self.db = db }

  private func execute(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// Writes one entry.
  func write(_ entry: JournalEntry) throws {
    switch entry {
    case .opened(let session, let user, let client): try open(session, user, client)
    case .ended(let session): try end(session)
    case .image(let session, let chip, let hash, let every, let bytes):
      try putImage(session, chip, hash, every, bytes)
    case .checkpoint(let session, let chip, let number, let state):
      try putCheckpoint(session, chip, number, state)
    case .answered(let session, let id, let fingerprint, let header):
      try putAnswer(session, id, Int(Int64(bitPattern: fingerprint)), header)
    case .epochs(let chip, let below):
      try execute(
        "INSERT OR REPLACE INTO epoch VALUES (?, ?, ?)",
        [chip, below, RowSum.epoch(chip, below: below)])
    case .calibration(let chip, let user, let table): try putCalibration(chip, user, table)
    }
  }

  // MARK: Sessions

  private func open(_ session: String, _ user: String, _ client: String) throws {
    try execute(
      """
      INSERT INTO session (digest, user, client, sum) VALUES (?, ?, ?, ?) ON CONFLICT (digest)
        DO UPDATE SET user = excluded.user, client = excluded.client, sum = excluded.sum
      """, [session, user, client, RowSum.session(session, user: user, client: client)])
  }

  /// What a session had goes with it, but for what others have too.
  private func end(_ session: String) throws {
    let blobs = try String.fetchAll(
      db,
      sql: """
        SELECT blob FROM image WHERE session = (SELECT id FROM session WHERE digest = :session)
        UNION SELECT blob FROM checkpoint
          WHERE session = (SELECT id FROM session WHERE digest = :session)
        """, arguments: ["session": session])
    try execute("DELETE FROM session WHERE digest = ?", [session])
    for blob in blobs { try dropUnused(blob) }
  }

  private func number(of session: String) throws -> Int {
    let statement = try db.cachedStatement(sql: "SELECT id FROM session WHERE digest = ?")
    guard let number = try Int.fetchOne(statement, arguments: [session]) else {
      throw JournalFault.failed("the journal has no session \(session.prefix(8))")
    }
    return number
  }

  // MARK: Images and checkpoints

  private func putImage(
    _ session: String, _ chip: String, _ name: String, _ every: Int?, _ bytes: [UInt8]
  ) throws {
    let number = try number(of: session)
    let before = try StoredImageRow.all(db, session: session).filter { $0.chip == chip }
    let blob = try put(bytes)
    try execute("DELETE FROM checkpoint WHERE session = ? AND chip = ?", [number, chip])
    let sum = RowSum.image(session, chip: chip, name: name, blob: blob, every: every)
    try execute(
      """
      INSERT OR REPLACE INTO image (session, chip, name, blob, sum, every)
        VALUES (?, ?, ?, ?, ?, ?)
      """, [number, chip, name, blob, sum, every])
    for old in before.flatMap({ [$0.blob, $0.state] }) { try dropUnused(old) }
  }

  private func putCheckpoint(
    _ session: String, _ chip: String, _ number: Int, _ state: [UInt8]
  ) throws {
    let owner = try self.number(of: session)
    let images = try StoredImageRow.all(db, session: session)
    guard let image = images.first(where: { $0.chip == chip }) else {
      throw JournalFault.failed("the session has no image on chip '\(chip)' in the journal")
    }
    let blob = try put(state)
    let sum = RowSum.checkpoint(
      session, chip: chip, name: image.name, number: number, blob: blob)
    try execute(
      "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?)", [owner, chip, number, blob, sum])
    try dropUnused(image.state)
  }

  // MARK: Answers and calibrations

  private func putAnswer(
    _ session: String, _ id: String, _ fingerprint: Int, _ header: [UInt8]
  ) throws {
    let owner = try number(of: session)
    let place = try nextPlace("answer")
    let sum = RowSum.answer(
      session, place: place, id: id, fingerprint: fingerprint, header: header)
    try execute(
      "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)",
      [place, owner, id, fingerprint, Data(header), sum])
    try execute(
      """
      DELETE FROM answer WHERE session = ? AND place <= (SELECT place FROM answer
        WHERE session = ? ORDER BY place DESC LIMIT 1 OFFSET ?)
      """, [owner, owner, Self.mostAnswers])
  }

  private func putCalibration(_ chip: String, _ user: String, _ table: [UInt8]) throws {
    let (place, blob) = (try nextPlace("calibration"), try put(table))
    let sum = RowSum.calibration(place, chip: chip, user: user, blob: blob)
    try execute("INSERT INTO calibration VALUES (?, ?, ?, ?, ?)", [place, chip, user, blob, sum])
    let old = try Row.fetchAll(
      db,
      sql:
        "SELECT place, blob FROM calibration WHERE chip = ? ORDER BY place DESC LIMIT -1 OFFSET ?",
      arguments: [chip, Self.mostCalibrations])
    for row in old {
      try execute("DELETE FROM calibration WHERE place = ?", [row.integer("place")])
      try dropUnused(row.text("blob"))
    }
  }

  private func nextPlace(_ table: String) throws -> Int {
    let last = try Int.fetchOne(
      db.cachedStatement(sql: "SELECT place FROM \(table) ORDER BY place DESC LIMIT 1"))
    return (last ?? 0) + 1
  }

  // MARK: Blobs

  /// Puts bytes under their hash; a copy that is there already is compared, not trusted.
  private func put(_ bytes: [UInt8]) throws -> String {
    let hash = ContentHash.hexadecimal(of: bytes)
    let kept = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT bytes FROM blob WHERE hash = ?"), arguments: [hash])
    guard let kept else {
      try execute("INSERT INTO blob (hash, bytes) VALUES (?, ?)", [hash, Data(bytes)])
      return hash
    }
    let isWhole = try kept.withUnsafeData(atIndex: 0) { $0?.elementsEqual(bytes) ?? false }
    if !isWhole {
      try execute("UPDATE blob SET bytes = ? WHERE hash = ?", [Data(bytes), hash])
    }
    return hash
  }

  /// Deletes a blob that nothing refers to.
  private func dropUnused(_ hash: String?) throws {
    guard let hash else { return }
    try execute(
      """
      DELETE FROM blob WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM image WHERE blob = ?1)
        AND NOT EXISTS (SELECT 1 FROM checkpoint WHERE blob = ?1)
        AND NOT EXISTS (SELECT 1 FROM calibration WHERE blob = ?1)
      """, [hash])
  }
}
