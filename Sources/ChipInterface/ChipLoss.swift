/// What was lost of an image on a chip, and where it stands now.
public struct ChipLoss: Equatable, Sendable, CustomStringConvertible {
  /// Why something was lost.
  public enum Cause: String, Equatable, Sendable {
    /// The server was started again.
    case serverRestarted
    /// The server started the chip's worker again.
    case chipRestarted
    /// The session ended, because nothing was heard of this client.
    case sessionEnded

    /// The cause in words.
    public var words: String {
      switch self {
      case .serverRestarted: return "the server was started again"
      case .chipRestarted: return "the chip's worker was started again"
      case .sessionEnded: return "the session ended"
      }
    }
  }

  /// Why.
  public var cause: Cause
  /// The checkpoint that the image is as of, 0: as it was loaded; nil: the image is gone.
  public var checkpoint: Int?
  /// Runs that changed the image, and writes of weights, since the checkpoint last known.
  public var runs, writes: Int
  /// Whether a run was under way, and may have been done.
  public var runInDoubt: Bool

  /// Describes a loss.
  public init(cause: Cause, checkpoint: Int?, runs: Int, writes: Int, runInDoubt: Bool) {
    (self.cause, self.checkpoint, self.runs) = (cause, checkpoint, runs)
    (self.writes, self.runInDoubt) = (writes, runInDoubt)
  }

  /// One sentence: what is gone, what is there, what to do.
  public var description: String {
    let now: String
    switch checkpoint {
    case nil: now = "the image is gone"
    case 0: now = "the image is as it was loaded"
    case let number?: now = "the image is as of checkpoint \(number)"
    }
    let doubt = runInDoubt ? ", and a run was under way that may have been done" : ""
    return "\(cause.words): \(now), without up to \(runs) runs that taught it and \(writes) writes"
      + " of weights\(doubt); load the image again, or commit more often"
  }
}
