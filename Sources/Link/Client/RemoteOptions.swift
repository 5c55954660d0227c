import ChipInterface

/// How a client connects to a server's chip, and what it does when something goes wrong.
public struct RemoteOptions: Sendable {
  /// Whether others may use the chip in turns.
  public enum Lease: String, CaseIterable, Sendable {
    /// Others may, each with an image of its own.
    case shared
    /// Nobody else may, from the time when the lease is granted.
    case exclusive
  }

  /// What the client does when weights written since the image was loaded are gone.
  public enum Recovery: Sendable {
    /// It throws ``ChipError/lost(endpoint:_:)``.
    case report
    /// It loads the image and writes the weights again, then repeats the run; what the chip has
    /// learnt by itself cannot be brought back so, and is reported.
    case reload
  }

  /// What other users read while this one holds the chip, up to 256 bytes.
  public var client = "synapus"
  /// What other users read of the reason, up to 256 bytes.
  public var note = ""
  /// Which of the server's chips; nil: the only one.
  public var chip: String?
  /// This user's keys, where the server has keys; nil: no encryption.
  public var key: ClientKey?
  /// Seconds that answers may take which take no time.
  public var timeout = 5.0
  /// Seconds during which a server that cannot be reached is tried again.
  public var patience = 30.0
  /// Whether others may use the chip in turns.
  public var lease = Lease.shared
  /// Seconds that the lease outlives the last sign of life of this client, from 0.5 to 30.
  public var leaseSeconds = 10.0
  /// What is done when weights are gone.
  public var recovery = Recovery.report
  /// Ends the wait for the chip.
  public var cancellation: Cancellation?
  /// Hears the place in the queue for the chip, once a second.
  public var onQueued: (@Sendable (QueuePlace) -> Void)?
  /// Hears of troubles that the client has overcome, one sentence each.
  public var onTrouble: (@Sendable (String) -> Void)?

  /// Whether weights travel with the run that comes next, where both fit a frame.
  package var joinsWrites = true
  /// Seconds after which an answer is late, and is asked for.
  package var lateness = 2.0
  /// Seconds between two signs of life.
  package var beat = 1.0

  /// Makes the usual options.
  public init() {}
}

/// A client's place in the queue for a chip.
public struct QueuePlace: Equatable, Sendable {
  /// 1: next.
  public var position: Int
  /// Who holds the chip, in the server's words.
  public var holder: String
}
