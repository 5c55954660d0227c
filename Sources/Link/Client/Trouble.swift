import ChipInterface

/// What came between a request and its answer, and can be overcome.
enum Trouble {
  /// The server was started again, or is about to end.
  case serverRestarted
  /// The chip's worker was started again.
  case chipRestarted
  /// The session ended for lack of signs of life.
  case sessionEnded
  /// The lease ended, or was broken by the operator.
  case leaseEnded

  /// The trouble that a refusal tells of; nil when the request itself was at fault.
  init?(_ refusal: ServerRefusal, wasCancelled: Bool) {
    switch refusal.code {
    case .staleEpoch, .noLease: self = .leaseEnded
    case .cancelled where !wasCancelled: self = .leaseEnded
    case .noSession: self = .sessionEnded
    case .chipFailed: self = .chipRestarted
    case .lost, .shuttingDown: self = .serverRestarted
    default: return nil
    }
  }

  /// Whether a run that was under way may have been done, and its result lost.
  var leavesRunsInDoubt: Bool {
    switch self {
    case .serverRestarted, .sessionEnded: return true
    case .chipRestarted, .leaseEnded: return false
    }
  }

  /// The cause, as errors tell it.
  var cause: ChipLoss.Cause {
    switch self {
    case .serverRestarted: return .serverRestarted
    case .chipRestarted: return .chipRestarted
    case .sessionEnded, .leaseEnded: return .sessionEnded
    }
  }
}
