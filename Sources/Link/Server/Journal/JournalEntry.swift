/// One thing that must survive the server.
///
/// Sessions are named by the digest of their token; the token itself is never stored.
package enum JournalEntry: Sendable, Equatable {
  /// A session was opened, by the request of that id.
  case opened(session: String, user: String, client: String)
  /// A session has ended: everything of it may go.
  case ended(session: String)
  /// An image became the session's image on a chip, with a checkpoint after every so many runs
  /// where that was asked for; its checkpoints so far are gone.
  case image(session: String, chip: String, hash: String, every: Int? = nil, bytes: [UInt8])
  /// The state of an image after so many runs; older checkpoints may go.
  case checkpoint(session: String, chip: String, number: Int, state: [UInt8])
  /// A request was answered by this header; to be answered so again.
  case answered(session: String, id: String, fingerprint: UInt64, header: [UInt8])
  /// Epochs of a chip below this number may have been given.
  case epochs(chip: String, below: Int)
  /// A chip was calibrated.
  case calibration(chip: String, user: String, table: [UInt8])
}

extension JournalEntry {
  /// Bytes of what it holds in bulk.
  var bytes: Int {
    switch self {
    case .image(_, _, _, _, let bytes): return bytes.count
    case .checkpoint(_, _, _, let state): return state.count
    case .answered(_, _, _, let header): return header.count
    case .calibration(_, _, let table): return table.count
    case .opened, .ended, .epochs: return 0
    }
  }
}

/// An image with the state of its newest checkpoint; nil: as it was loaded.
package struct StoredImage: Sendable, Equatable {
  package var hash: String
  package var bytes: [UInt8]
  package var state: [UInt8]?

  /// Puts image and state together.
  package init(hash: String, bytes: [UInt8], state: [UInt8]?) {
    (self.hash, self.bytes, self.state) = (hash, bytes, state)
  }
}

/// What a journal holds when a server starts.
package struct RecoveredState: Sendable, Equatable {
  /// A session that had not ended.
  package struct Session: Sendable, Equatable {
    package var digest, user, client: String
    /// By chip: the image's hash, and the number of its newest checkpoint, 0 for none.
    package var images: [String: Image]
    /// The requests that were answered durably, in their order.
    package var answered: [Answer]

    /// Makes a session.
    package init(
      digest: String, user: String, client: String, images: [String: Image] = [:],
      answered: [Answer] = []
    ) {
      (self.digest, self.user, self.client) = (digest, user, client)
      (self.images, self.answered) = (images, answered)
    }
  }

  /// An image of a session.
  package struct Image: Sendable, Equatable {
    package var hash: String
    package var checkpoint: Int
    /// Runs between two checkpoints, where the client said; nil: as the image needs it.
    package var checkpointEvery: Int?

    /// Makes an image.
    package init(hash: String, checkpoint: Int, checkpointEvery: Int? = nil) {
      (self.hash, self.checkpoint) = (hash, checkpoint)
      self.checkpointEvery = checkpointEvery
    }
  }

  /// A request that was answered.
  package struct Answer: Sendable, Equatable {
    package var id: String
    package var fingerprint: UInt64
    package var header: [UInt8]

    /// Makes an answer.
    package init(id: String, fingerprint: UInt64, header: [UInt8]) {
      (self.id, self.fingerprint, self.header) = (id, fingerprint, header)
    }
  }

  package var sessions: [Session] = []
  /// By chip: epochs go on from here.
  package var epochs: [String: Int] = [:]

  /// Nothing.
  package init() {}
}

/// Why the journal could not do something.
package enum JournalFault: Error, Equatable, Sendable {
  /// The disk is full.
  case full
  /// The file may not be written.
  case readOnly
  /// The file is damaged.
  case damaged(String)
  /// Something else went wrong.
  case failed(String)
}

extension JournalFault: CustomStringConvertible {
  /// The journal would grow beyond what it may.
  package static func beyondQuota(_ bytes: Int) -> JournalFault {
    .failed(
      "the journal would grow beyond its quota of \(bytes) bytes; close sessions or raise the quota"
    )
  }

  /// One sentence: what, where, what to try.
  package var description: String {
    switch self {
    case .full: return "the disk with the state folder is full; make room, nothing was changed"
    case .readOnly: return "the state folder cannot be written; look at its rights and its disk"
    case .damaged(let what):
      return "journal.sqlite is damaged (\(what)) and was left as it is; put a copy back, or move"
        + " it away to begin with nothing"
    case .failed(let what): return what
    }
  }
}
