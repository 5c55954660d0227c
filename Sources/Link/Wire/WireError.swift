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
    case noSession = "no_session"
    case noImage = "no_image"
    case busy = "busy"
    case cancelled = "cancelled"
    case chipRefused = "chip_refused"
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
      case .noSession: return "The session does not exist or has ended."
      case .noImage: return "No image was loaded in this session."
      case .busy: return "The chip is in use."
      case .cancelled: return "The request was cancelled."
      case .chipRefused: return "The chip refused the request."
      case .shuttingDown: return "The server is shutting down."
      case .internalError: return "The server failed."
      }
    }

    /// Whether the same request may succeed later.
    package var isRetryable: Bool { self == .busy }
  }

  /// Which error.
  package var code: Code
  /// One sentence about this case.
  package var detail: String
  /// The header field or array at fault.
  package var field: String?
  /// What is allowed, and what was found, where they are numbers.
  package var limit, actual: Int?

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
    if let requestID { body["request_id"] = .text(requestID) }
    return .object(body)
  }
}
