/// What a request wants; the protocol's list of messages.
package enum Command: Equatable, Sendable {
  // On control: answered without waiting for a chip.
  case hello(oldest: Int, newest: Int)
  case chipInfo
  case openSession(client: String)
  case resumeSession
  case closeSession
  case bye
  case ping
  case acquireLease(LeaseTerms)
  case releaseLease
  case breakLeases
  case status
  case cancel(target: String?)
  case requestState(target: String)
  case metrics
  case resetChip
  case stopServer
  // On run.
  case put(Piece)
  case credit(target: String, Credit)
  case attach(target: String, Credit)
  case work(Work)

  /// Work that is queued; all but `compile` is done on a chip.
  package enum Work: Equatable, Sendable {
    case loadImage(checkpointEvery: Int?)
    case readImage
    case commitImage
    case writeWeights
    case run(RunTerms)
    case compile(options: [Option])
    case calibrate(options: [Option])
  }

  /// An option of a compilation or calibration; the same name may come several times.
  package struct Option: Equatable, Sendable {
    package var name, value: String
  }
}

/// What a client asks of a lease.
package struct LeaseTerms: Equatable, Sendable {
  /// Whether others may use the chip in turns, or none.
  package enum Mode: String, CaseIterable, Sendable {
    case shared, exclusive
  }
  package var mode: Mode
  /// How long the lease outlives the last message of its session, in milliseconds.
  package var timeToLive: Int
  /// What others read of the reason.
  package var note: String
  /// How long the answer may wait for the grant, in milliseconds.
  package var wait: Int
}

/// A piece of an upload: where it lies in how much.
package struct Piece: Equatable, Sendable {
  package var upload: String
  package var offset, total: Int
}

/// What a client has of a run's chunks, and can take.
package struct Credit: Equatable, Sendable {
  /// All chunks below this number have come.
  package var received: Int
  /// So many more can be taken.
  package var chunks: Int
}

/// How the result of a run shall come.
package struct RunTerms: Equatable, Sendable {
  /// Chunks that may be under way.
  package var credit: Int
  /// Whether the taking of the run is told; whether its progress is.
  package var saysAccepted, saysProgress: Bool
  /// Length of each sample in ticks, and their number, for the server's limits.
  package var durationTicks: Int
}

extension Command {
  /// The socket that it belongs on.
  package var channel: Channel {
    switch self {
    case .put, .credit, .attach, .work: return .run
    default: return .control
    }
  }

  /// The right that it needs.
  package var right: Right {
    switch self {
    case .breakLeases, .resetChip, .stopServer: return .administer
    case .work(.calibrate): return .calibrate
    case .hello, .chipInfo, .bye, .ping, .status, .metrics: return .view
    default: return .run
    }
  }
}
