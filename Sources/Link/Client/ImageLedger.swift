import ChipInterface

/// What the client knows of its image on the chip: what is durable there, and what would be lost.
struct ImageLedger {
  /// The image that was loaded last; nil: none.
  private(set) var image: ChipImage?
  /// Weights written since then, in order; kept where they may have to be written again.
  private(set) var writes: [WeightBlock] = []
  private let keepsWrites: Bool

  /// The newest durable checkpoint that the server told of.
  private(set) var checkpoint = 0
  /// Runs after which a checkpoint is made; 0: only by commits.
  private var checkpointEvery = 0
  /// Runs and writes since that checkpoint which changed what is on the chip.
  private(set) var runsSince = 0, writesSince = 0
  private var writesSinceRun = 0

  /// Knows nothing yet.
  init(keepsWrites: Bool) { self.keepsWrites = keepsWrites }

  /// Whether runs change what is on the chip.
  var learns: Bool { image.map { !$0.programs.isEmpty } ?? false }

  /// Notes that an image was loaded.
  mutating func noteLoad(_ image: ChipImage) {
    self = ImageLedger(keepsWrites: keepsWrites)
    self.image = image
    checkpointEvery = image.programs.isEmpty ? 0 : 1
  }

  /// Notes that weights were written.
  mutating func noteWrite(_ blocks: [WeightBlock]) {
    (writesSince, writesSinceRun) = (writesSince + 1, writesSinceRun + 1)
    guard keepsWrites else { return }
    // What is overwritten whole need not be written again.
    writes.removeAll { old in blocks.contains { $0.hasRectangle(of: old) } }
    writes += blocks
  }

  /// Notes that a run has ended well, and which checkpoint holds what.
  mutating func noteRun(checkpoint: Int?, runsSince: Int?) {
    writesSinceRun = 0
    guard learns else { return }
    if let checkpoint, checkpoint > self.checkpoint || runsSince == 0 {
      (self.checkpoint, writesSince) = (checkpoint, runsSince == 0 ? 0 : writesSince)
    }
    self.runsSince = runsSince ?? self.runsSince + 1
  }

  /// Notes that no image is there any more.
  mutating func noteGone() { self = ImageLedger(keepsWrites: keepsWrites) }

  /// Notes that everything on the chip is durable.
  mutating func noteCommit(checkpoint: Int) {
    self.checkpoint = checkpoint
    (runsSince, writesSince, writesSinceRun) = (0, 0, 0)
  }

  /// Notes that the image is as of a checkpoint, and what came after is gone.
  mutating func noteRestored(checkpoint: Int) {
    noteCommit(checkpoint: checkpoint)
  }

  /// Whether a checkpoint of the server's holds all that was done; `standing` is nil when the
  /// image is gone altogether.
  func isWhole(_ standing: ImageStanding?) -> Bool {
    guard let standing else { return runsSince == 0 && writesSince == 0 && checkpoint == 0 }
    if standing.isKept { return true }
    let held = (standing.checkpoint - checkpoint) * max(checkpointEvery, 1)
    if held <= 0 { return held == 0 && runsSince == 0 && writesSince == 0 }
    // Without rules only a commit makes a checkpoint, and it holds all that came before.
    return !learns || held >= runsSince && writesSinceRun == 0
  }
}

/// Where an image of a session stands, as `session.resume` tells it.
struct ImageStanding: Equatable {
  /// Whether all that was done to it is on the chip; else only what the checkpoint holds.
  var isKept: Bool
  /// The newest durable checkpoint; 0: as it was loaded.
  var checkpoint: Int

  /// Finds the entry of a chip in the answer to `session.resume`; nil when it has no image.
  init?(_ answer: Message, chip: String) throws(WireError) {
    guard case .list(let images)? = answer.header["images"] else { return nil }
    for case .object(let object) in images
    where object["chip"] == .text(chip) && object["image"] != .null {
      isKept = try object.text("state", atMost: 64) == "kept"
      checkpoint = try object.optionalInteger("checkpoint", 0...Int.max) ?? 0
      return
    }
    return nil
  }
}

extension WeightBlock {
  /// Whether two blocks overwrite the same synapses.
  fileprivate func hasRectangle(of other: WeightBlock) -> Bool {
    core == other.core && firstPair == other.firstPair && pairCount == other.pairCount
      && firstColumn == other.firstColumn && columnCount == other.columnCount
  }
}
