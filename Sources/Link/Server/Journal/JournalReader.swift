import Foundation
import GRDB
import HardwareSpec

/// Reads a journal; every row's sum and every blob's hash is proved.
struct JournalReader {
  let db: Database

  init(_ db: Database) { self.db = db }

  private func prove(_ row: Row, _ sum: Int, _ what: String) throws {
    guard try row.integer("sum") == sum else { throw JournalFault.damaged("the sum of \(what)") }
  }

  // MARK: What a server starts from

  /// Everything that is small.
  func recovered() throws -> RecoveredState {
    var state = RecoveredState()
    state.sessions = try sessions()
    state.epochs = try epochs()
    _ = try calibrations()
    return state
  }

  private func sessions() throws -> [RecoveredState.Session] {
    var sessions: [RecoveredState.Session] = []
    let rows = try Row.fetchCursor(
      db, sql: "SELECT id, digest, user, client, sum FROM session ORDER BY id")
    while let row = try rows.next() {
      var session = RecoveredState.Session(
        digest: try row.text("digest"), user: try row.text("user"),
        client: try row.text("client"))
      let sum = RowSum.session(session.digest, user: session.user, client: session.client)
      try prove(row, sum, "a session")
      session.images = try images(session.digest)
      session.answered = try answers(row.integer("id"), session.digest)
      sessions.append(session)
    }
    return sessions
  }

  private func images(_ session: String) throws -> [String: RecoveredState.Image] {
    var images: [String: RecoveredState.Image] = [:]
    for image in try StoredImageRow.all(db, session: session) {
      images[image.chip] = .init(
        hash: image.name, checkpoint: image.number ?? 0, checkpointEvery: image.every)
    }
    return images
  }

  private func answers(_ number: Int, _ session: String) throws -> [RecoveredState.Answer] {
    let rows = try Row.fetchCursor(
      db,
      sql:
        "SELECT place, id, fingerprint, header, sum FROM answer WHERE session = ? ORDER BY place",
      arguments: [number])
    var answers: [RecoveredState.Answer] = []
    while let row = try rows.next() {
      let (id, header) = (try row.text("id"), try row.bytes("header"))
      let fingerprint = try row.integer("fingerprint")
      let sum = RowSum.answer(
        session, place: try row.integer("place"), id: id, fingerprint: fingerprint, header: header)
      try prove(row, sum, "an answer")
      answers.append(
        .init(id: id, fingerprint: UInt64(bitPattern: Int64(fingerprint)), header: header))
    }
    return answers
  }

  private func epochs() throws -> [String: Int] {
    var epochs: [String: Int] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT chip, below, sum FROM epoch") {
      let (chip, below) = (try row.text("chip"), try row.integer("below"))
      try prove(row, RowSum.epoch(chip, below: below), "the epochs of chip '\(chip)'")
      epochs[chip] = below
    }
    return epochs
  }

  /// Who calibrated which chip, oldest first, and the hash of the table.
  func calibrations() throws -> [(chip: String, user: String, blob: String)] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT place, chip, user, blob, sum FROM calibration ORDER BY place")
    return try rows.map { row in
      let (chip, user, blob) = (try row.text("chip"), try row.text("user"), try row.text("blob"))
      let sum = RowSum.calibration(try row.integer("place"), chip: chip, user: user, blob: blob)
      try prove(row, sum, "a calibration")
      return (chip, user, blob)
    }
  }

  // MARK: Blobs

  /// An image with its newest checkpoint, or nil where there is none.
  func image(session: String, chip: String) throws -> StoredImage? {
    let rows = try StoredImageRow.all(db, session: session)
    guard let row = rows.first(where: { $0.chip == chip }) else { return nil }
    return StoredImage(
      hash: row.name, bytes: try blob(row.blob), state: try row.state.map { try blob($0) })
  }

  /// The bytes of a blob, which must be those of its hash.
  func blob(_ hash: String) throws -> [UInt8] {
    let row = try Row.fetchOne(db, sql: "SELECT bytes FROM blob WHERE hash = ?", arguments: [hash])
    guard let row else { throw JournalFault.damaged("blob \(hash.prefix(8)) is missing") }
    let bytes = try row.withUnsafeData(atIndex: 0) { [UInt8]($0 ?? Data()) }
    guard ContentHash.hexadecimal(of: bytes) == hash else {
      throw JournalFault.damaged("the bytes of blob \(hash.prefix(8))")
    }
    return bytes
  }
}

/// An image's row and its checkpoint's, with sums proved.
struct StoredImageRow {
  let chip, name, blob: String
  let every, number: Int?
  let state: String?

  /// The images of a session, in a file of any version.
  static func all(_ db: Database, session: String) throws -> [StoredImageRow] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT image.*, checkpoint.number, checkpoint.blob AS state, checkpoint.sum AS state_sum
        FROM session JOIN image ON image.session = session.id
          LEFT JOIN checkpoint USING (session, chip)
        WHERE session.digest = ? ORDER BY image.chip
        """, arguments: [session]
    ).map { try StoredImageRow($0, session) }
  }

  private init(_ row: Row, _ session: String) throws {
    (chip, name, blob) = (try row.text("chip"), try row.text("name"), try row.text("blob"))
    every = row.isNull("every") ? nil : try row.integer("every")
    let sum = RowSum.image(session, chip: chip, name: name, blob: blob, every: every)
    guard try row.integer("sum") == sum else { throw JournalFault.damaged("the sum of an image") }
    guard !row.isNull("state") else {
      (number, state) = (nil, nil)
      return
    }
    let (number, state) = (try row.integer("number"), try row.text("state"))
    let stateSum = RowSum.checkpoint(
      session, chip: chip, name: name, number: number, blob: state)
    guard try row.integer("state_sum") == stateSum else {
      throw JournalFault.damaged("the sum of a checkpoint")
    }
    (self.number, self.state) = (number, state)
  }
}
