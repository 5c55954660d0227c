/// A request for work, from its arrival to its answer.
struct Job: Sendable {
  /// How far it has come.
  enum Stage: Sendable, Equatable {
    /// It waits for its turn.
    case waiting
    /// Its turn has come, and its image is being read from the journal or put back into the worker.
    case restoring
    /// The worker is at it.
    case working
    /// A run between two slices.
    case suspended
    /// What it did is being written to the journal.
    case saving
    /// The chip is done with it; chunks of its result wait for credit.
    case draining
  }

  let number: Int
  let chip: Int
  let session: Int
  let user: String
  let work: Command.Work
  let id: String
  let fingerprint: UInt64
  let epoch: Int?
  /// The request that must have been granted before.
  let after: String?
  let arrivedAt: Int
  let deadlineAt: Int
  /// The payload, until the worker has it.
  var message: Message?
  /// Where the answer goes; nil: nowhere until somebody asks for it.
  var peer: Peer?
  var stage = Stage.waiting
  /// Bytes of uploads that it holds.
  var uploadBytes = 0
  /// The place in the worker of the image that it loads.
  var slot = 0
  /// Why it shall end early.
  var ending: WireError?
  /// Of a run: its result, and how far it is.
  var stream: RunStream?
  var startedAt = 0
  var samples = 0
  var of = 0
  var spikes = 0
  var nextProgressAt = 0
  /// Whether subscribers heard that it uses the chip.
  var isBusyTold = false
  /// Since when only its chunks are missing, and their bytes.
  var drainingSince = 0
  var undelivered = 0

  var runTerms: RunTerms? {
    if case .run(let terms) = work { return terms }
    return nil
  }

  var needsImage: Bool { work.needsImage }

  /// The names of a request and its answer in the journal.
  func answer(_ body: Reply.Body) -> RecoveredState.Answer {
    .init(id: id, fingerprint: fingerprint, header: Reply(id: id, body).headerBytes)
  }
}

extension Command.Work {
  /// Whether it needs an image in its session.
  var needsImage: Bool {
    switch self {
    case .readImage, .commitImage, .writeWeights, .run: return true
    case .loadImage, .compile, .calibrate: return false
    }
  }
}
