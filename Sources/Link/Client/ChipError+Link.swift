import ChipInterface

/// An error of the server, in the answer to a request.
struct ServerRefusal: Equatable {
  /// The code as it was sent; codes of later versions are unknown.
  let name: String
  let detail: String

  /// The code; nil when this client does not know it.
  var code: WireError.Code? { WireError.Code(rawValue: name) }
}

extension Message {
  /// The error that the message is; nil when it is none.
  var refused: ServerRefusal? { refusal.map { ServerRefusal(name: $0.code, detail: $0.detail) } }

  /// The message itself, if it is the answer to a request of that type that was granted.
  func granting(_ type: String, by server: String) throws(ChipError) -> Message {
    if let refused { throw ChipError(refused, server: server) }
    guard self.type == type + ".ok" else {
      throw .badAnswer("'\(type)' was answered by '\(self.type)'")
    }
    do {
      try verifyChecksums()
    } catch { throw .badAnswer(error.detail) }
    return self
  }
}

extension ChipError {
  /// The error that a server's refusal stands for.
  init(_ refusal: ServerRefusal, server: String) {
    switch refusal.code {
    case .cancelled: self = .cancelled
    case .noImage: self = .noImage
    case .shuttingDown: self = .connection(endpoint: server, detail: "is shutting down")
    default: self = .remote(code: refusal.name, detail: refusal.detail)
    }
  }

  /// The server said something that the protocol does not have.
  static func badAnswer(_ detail: String) -> ChipError {
    .remote(code: "bad_answer", detail: detail)
  }

  /// Whether the server found fault with what was asked.
  var isRefusal: Bool {
    guard case .remote(let code, _) = self else { return false }
    switch WireError.Code(rawValue: code) {
    case .chipRefused, .badPayload, .badHeader, .tooLarge: return true
    default: return false
    }
  }

  /// Reads a part of an answer; what the reader refuses is the server's fault.
  static func reading<Value>(
    _ body: () throws(WireError) -> Value
  ) throws(ChipError) -> Value {
    do {
      return try body()
    } catch { throw badAnswer(error.detail) }
  }
}
