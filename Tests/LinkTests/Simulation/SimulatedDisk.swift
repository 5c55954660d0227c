import Link

/// A journal in memory: transactions are done in their order, some time after they are asked for.
struct SimulatedDisk {
  /// A session on disk.
  struct Session {
    let digest, user, client: String
    var images: [String: Image] = [:]
    var answered: [RecoveredState.Answer] = []
  }

  /// An image on disk, and its newest checkpoint.
  struct Image {
    let hash: String
    let every: Int?
    let bytes: [UInt8]
    var checkpoint = 0
    var state: [UInt8]?

    var content: SlotContent? { SlotContent(image: bytes, state: state) }
  }

  /// What waits for its turn.
  enum Task {
    case write([JournalEntry])
    case read(session: String, chip: String)
  }

  private(set) var sessions: [Session] = []
  private(set) var epochs: [String: Int] = [:]
  /// Steps that some checkpoint held.
  private(set) var checkpointed: Set<Int> = []
  /// Sessions that were ever opened.
  private(set) var opened: Set<String> = []
  var pending: [(ticket: Int, task: Task)] = []
  var busyUntil = 0

  func image(_ session: String, _ chip: String) -> Image? {
    sessions.first { $0.digest == session }?.images[chip]
  }

  func stored(_ session: String, _ chip: String) -> StoredImage? {
    image(session, chip).map { StoredImage(hash: $0.hash, bytes: $0.bytes, state: $0.state) }
  }

  mutating func apply(_ entries: [JournalEntry]) { for entry in entries { apply(entry) } }

  private mutating func apply(_ entry: JournalEntry) {
    switch entry {
    case .opened(let session, let user, let client):
      opened.insert(session)
      sessions.append(Session(digest: session, user: user, client: client))
    case .ended(let session): sessions.removeAll { $0.digest == session }
    case .image(let session, let chip, let hash, let every, let bytes):
      change(session) { $0.images[chip] = Image(hash: hash, every: every, bytes: bytes) }
    case .checkpoint(let session, let chip, let number, let state):
      checkpointed.formUnion(SlotContent.steps(of: state))
      change(session) {
        $0.images[chip]?.checkpoint = number
        $0.images[chip]?.state = state
      }
    case .answered(let session, let id, let fingerprint, let header):
      change(session) {
        $0.answered.removeAll { $0.id == id }
        $0.answered.append(.init(id: id, fingerprint: fingerprint, header: header))
      }
    case .epochs(let chip, let below): epochs[chip] = max(epochs[chip] ?? 0, below)
    case .calibration: break
    }
  }

  private mutating func change(_ session: String, _ body: (inout Session) -> Void) {
    guard let place = sessions.firstIndex(where: { $0.digest == session }) else { return }
    body(&sessions[place])
  }

  /// The server was killed: of what waited, the first few transactions may have been done.
  mutating func tear(_ dice: inout Dice) {
    for task in pending {
      guard case .write(let entries) = task.task else { continue }
      guard dice.chance(0.5) else { break }
      apply(entries)
    }
    pending = []
  }

  /// What a server finds when it starts.
  var recovered: RecoveredState {
    var state = RecoveredState()
    state.epochs = epochs
    state.sessions = sessions.map { session in
      .init(
        digest: session.digest, user: session.user, client: session.client,
        images: session.images.mapValues {
          .init(hash: $0.hash, checkpoint: $0.checkpoint, checkpointEvery: $0.every)
        },
        answered: session.answered)
    }
    return state
  }
}
