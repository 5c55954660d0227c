/// What all sessions together keep in the server's memory, and what one user may have of it.
extension ServerState {
  // MARK: Uploads

  /// Bytes that a session's uploads take, or will take when they are complete.
  private func uploads(_ session: Session) -> Int {
    session.shelf.reserved + session.attachedBytes
  }

  /// The room for uploads, as it is for a user.
  private func uploadRoom(_ user: String) -> SharedRoom {
    var (mine, all) = (0, 0)
    for session in sessions.values {
      let bytes = uploads(session)
      all += bytes
      if session.user.name == user { mine += bytes }
    }
    return SharedRoom(description.limits.uploadTotalBytes, mine: mine, all: all)
  }

  /// Throws when there is no room for an upload that begins with this piece.
  func requireRoom(for piece: Piece, _ session: Int) throws(WireError) {
    guard let session = sessions[session], !session.shelf.has(piece.upload) else { return }
    let limit = description.limits.uploadBytes
    let held = uploads(session)
    guard piece.total <= limit - held else {
      throw WireError(
        .tooLarge, "the uploads of a session may hold no more", field: "total",
        limit: limit - held, actual: piece.total)
    }
    let room = uploadRoom(session.user.name)
    guard !room.fits(piece.total) else { return }
    throw Self.busy(
      "the uploads of '\(session.user.name)' would take more than is left to them of the"
        + " \(room.total) bytes that the server keeps; wait until those before were used, or ask"
        + " the operator for a larger --upload-total",
      limit: room.limit, actual: room.mine + piece.total, field: "total")
  }

  // MARK: Results

  /// Throws when a user has as many results here as they may: they must be fetched first.
  func requireRoomForResults(_ user: String) throws(WireError) {
    // Cheap, and right as long as not even half of the room can be taken.
    guard 2 * mostResultBytes > description.limits.resultTotalBytes else { return }
    let room = resultRoom(user)
    guard !room.fits(0) else { return }
    throw Self.busy(
      "the results of '\(user)' take more than is left to them of the \(room.total) bytes that the"
        + " server keeps; name those that came whole in 'acks', close sessions, or ask the operator"
        + " for a larger --result-total",
      limit: room.limit, actual: room.mine)
  }

  private func resultRoom(_ user: String) -> SharedRoom {
    var (mine, all) = (0, 0)
    func add(_ bytes: Int, of owner: String) {
      all += bytes
      if owner == user { mine += bytes }
    }
    for session in sessions.values { add(session.memory.bytes, of: session.user.name) }
    for job in jobs.values { add(job.stream?.heldBytes ?? 0, of: job.user) }
    return SharedRoom(description.limits.resultTotalBytes, mine: mine, all: all)
  }

  /// A worker has given so many bytes of a result.
  mutating func noteResult(_ bytes: Int) {
    mostResultBytes += bytes
    guard 2 * mostResultBytes > description.limits.resultTotalBytes else { return }
    // What was fetched since is counted out.
    mostResultBytes = resultRoom("").all + bytes
  }

  private static func busy(
    _ detail: String, limit: Int, actual: Int, field: String? = nil
  ) -> WireError {
    var error = WireError(.busy, detail, field: field, limit: limit, actual: actual)
    error.retryAfter = 1_000
    return error
  }
}

extension Command.Work {
  /// Whether its answer may be large.
  var hasResult: Bool {
    switch self {
    case .run, .readImage, .compile, .calibrate: return true
    case .loadImage, .commitImage, .writeWeights: return false
    }
  }
}
