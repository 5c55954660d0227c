/// An error as it goes over the wire, after the fields of RFC 9457.
package struct WireError: Error, Equatable, Sendable {
  /// The closed list of error codes.
  package enum Code: String, CaseIterable, Sendable {
    case badFrame = "bad_frame"
    case badHeader = "bad_header"
    case badPayload = "bad_payload"
    case unknownType = "unknown_type"
    case tooLarge = "too_large"
    case unsupportedVersion = "not_supported_version"
    case notPermitted = "not_permitted"
    case noChip = "no_chip"
    case noSession = "no_session"
    case tooManySessions = "too_many_sessions"
    case noLease = "no_lease"
    case staleEpoch = "stale_epoch"
    case noImage = "no_image"
    case busy = "busy"
    case idReused = "id_reused"
    case unknownRequest = "unknown_request"
    case deadlineExceeded = "deadline_exceeded"
    case cancelled = "cancelled"
    case chipRefused = "chip_refused"
    case chipFailed = "chip_failed"
    case chipFaulted = "chip_faulted"
    case lost = "lost"
    case notAvailable = "not_available"
    case storageFailed = "storage_failed"
    case shuttingDown = "shutting_down"
    case internalError = "internal_error"

    /// What the code means, for people.
    package var title: String {
      switch self {
      case .badFrame: return "The message is not made of the frames of this protocol."
      case .badHeader: return "The header is not valid."
      case .badPayload: return "The payload does not fit its description."
      case .unknownType: return "There is no request of this type on this socket."
      case .tooLarge: return "The message or its result is larger than allowed."
      case .unsupportedVersion: return "No common version of the protocol."
      case .notPermitted: return "This user may not do that."
      case .noChip: return "There is no such chip, or it must be named."
      case .noSession: return "The session does not exist or has ended."
      case .tooManySessions: return "There are as many sessions as allowed."
      case .noLease: return "The session has no lease on the chip."
      case .staleEpoch: return "The lease of that epoch has ended."
      case .noImage: return "No image was loaded in this session."
      case .busy: return "Too many requests of this session wait."
      case .idReused: return "The id was used for another request."
      case .unknownRequest: return "No request of that id is known."
      case .deadlineExceeded: return "The request waited longer than it was willing to."
      case .cancelled: return "The request was cancelled."
      case .chipRefused: return "The chip refused the request."
      case .chipFailed: return "The chip's worker ended in the middle of the request."
      case .chipFaulted: return "The chip is out of order."
      case .lost: return "The request or its result was lost."
      case .notAvailable: return "This server does not offer that."
      case .storageFailed: return "The journal could not be written."
      case .shuttingDown: return "The server is shutting down."
      case .internalError: return "The server failed."
      }
    }

    /// Whether the same request may succeed later.
    package var isRetryable: Bool {
      switch self {
      case .tooManySessions, .busy, .deadlineExceeded, .chipFailed, .shuttingDown: return true
      default: return false
      }
    }
  }

  /// Which error.
  package var code: Code
  /// One sentence about this case.
  package var detail: String
  /// The header field or array at fault.
  package var field: String?
  /// What is allowed, and what was found, where they are numbers.
  package var limit, actual: Int?
  /// After how many milliseconds it may be tried again, where that is known.
  package var retryAfter: Int?

  /// Makes an error.
  package init(
    _ code: Code, _ detail: String, field: String? = nil, limit: Int? = nil, actual: Int? = nil
  ) {
    (self.code, self.detail, self.field) = (code, detail, field)
    (self.limit, self.actual) = (limit, actual)
  }

  /// The error as a part of a reply's header.
  func json(requestID: String?) -> JSONValue {
    var body: JSONObject = [
      "type": .text(code.rawValue), "title": .text(code.title), "detail": .text(detail),
      "retryable": .flag(code.isRetryable),
    ]
    if let field { body["field"] = .text(field) }
    if let limit { body["limit"] = .integer(limit) }
    if let actual { body["actual"] = .integer(actual) }
    if let retryAfter { body["retry_after_ms"] = .integer(retryAfter) }
    if let requestID { body["request_id"] = .text(requestID) }
    return .object(body)
  }
}
