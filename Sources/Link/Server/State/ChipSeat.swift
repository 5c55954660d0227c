import ChipInterface

/// A chip, or the compiler, as the server sees it: its worker, and who waits for it.
struct ChipSeat: Sendable {
  /// How its worker is.
  enum Condition: String, Sendable {
    case starting, ready, faulted
  }

  /// What the worker does besides requests.
  enum Chore: Sendable {
    case forget(slot: Int)
    case drop(run: Int, session: Int, user: String)
    case restore(slot: Int, StoredImage, for: Int)
    case snapshot(session: Int, user: String, slot: Int)
  }

  /// The one order that the worker has.
  struct Order: Sendable {
    enum Purpose: Sendable {
      case work
      /// Puts the image back that the job needs.
      case restore(for: Int, slot: Int)
      case snapshot(SavePoint)
      case chore
    }
    let job: Int
    let purpose: Purpose
    let session: Int
    let user: String
  }

  /// The requests of one session on the chip.
  struct Line: Sendable {
    var waiting: [Int] = []
    /// The one whose turn it is.
    var active: Int?
    /// How many are done and wait for credit.
    var draining = 0

    var isEmpty: Bool { waiting.isEmpty && active == nil && draining == 0 }
  }

  /// So many crashes within so many milliseconds make a chip faulted.
  static let mostCrashes = 3
  static let crashWindow = 60_000

  let number: Int
  let name: String
  var condition = Condition.starting
  var info: ChipInfo?
  var crashes: [Int] = []
  /// Counts the workers that this chip has had.
  var life = 1
  var order: Order?
  var chores: [Chore] = []
  var lines: [Int: Line] = [:]
  var share = FairShare()
  var leases: LeaseBook
  /// Requests that wait for their turn.
  var waitingCount = 0
  /// Counts changes of what `status` tells.
  var uid = 1
  /// Whether the queue for leases has changed and nobody was told.
  var hasQueueNews = false
  /// Whether epochs are being reserved.
  var isReserving = false
  /// When that may be tried again by itself.
  var reserveAt = 0

  init(number: Int, name: String, epochsFrom epoch: Int) {
    (self.number, self.name) = (number, name)
    leases = LeaseBook(from: epoch)
  }

  /// The worker has ended; whether it may be started again.
  mutating func noteCrash(at now: Int) -> Bool {
    crashes.removeAll { now - $0 >= Self.crashWindow }
    crashes.append(now)
    life += 1
    order = nil
    chores = []
    condition = crashes.count < Self.mostCrashes ? .starting : .faulted
    return condition == .starting
  }
}

/// The state of an image that a checkpoint holds.
struct SavePoint: Sendable {
  let session: Int
  let slot: Int
  let number: Int
  let runs: Int
  let changes: Int
  let answers: [RecoveredState.Answer]
}
