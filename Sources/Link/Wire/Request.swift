/// Which of the server's sockets a message came in on.
package enum Channel: String, Hashable, Sendable {
  /// Requests that are answered at once.
  case control
  /// Requests that use the chip.
  case run
}

/// The secret name of a session: 128 random bits, in hexadecimal.
package struct SessionToken: Hashable, Sendable {
  /// 32 hexadecimal digits.
  package let text: String

  /// Makes a token from random bits.
  package init(_ high: UInt64, _ low: UInt64) { text = Self.digits(high) + Self.digits(low) }

  init(text: String) { self.text = text }

  private static func digits(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// What a request wants.
package enum Command: Equatable, Sendable {
  /// A greeting, with the versions that the client speaks.
  case hello(oldest: Int, newest: Int)
  /// To hold the chip, in the name of a client.
  case openSession(client: String)
  /// To let go of the chip.
  case closeSession
  /// To leave; also closes the session, if there is one.
  case bye
  /// To know what the server does.
  case status
  /// A sign of life.
  case ping
  /// To end the requests that run or wait, or only the one named.
  case cancel(requestID: String?)
  /// Work for the chip.
  case work(Work)

  /// Work for the chip.
  package enum Work: String, Sendable {
    /// Puts an image on the chip.
    case loadImage = "image.load"
    /// Overwrites weights.
    case writeWeights = "weights.write"
    /// Runs a mini-batch.
    case run = "run"
  }
}

/// A request whose header is understood.
package struct Request: Sendable {
  /// The client's name for it.
  package var id: String
  /// The session it belongs to.
  package var session: SessionToken?
  /// What is wanted.
  package var command: Command
  /// The message, for the worker to read its payload.
  package var message: Message

  /// Understands a message that came in on a socket.
  package init(_ message: Message, on channel: Channel) throws(WireError) {
    id = message.id
    self.message = message
    session = try message.header.optionalText("session", atMost: 64).map(SessionToken.init(text:))
    command = try Self.command(message.type, message.header)
    if case .work = command, channel == .control {
      throw WireError(.unknownType, "'\(message.type)' belongs on the run socket", field: "type")
    }
    if channel == .run {
      guard case .work = command else {
        throw WireError(
          .unknownType, "'\(message.type)' belongs on the control socket", field: "type")
      }
    }
  }

  private static func command(
    _ type: String, _ header: JSONObject
  ) throws(WireError) -> Command {
    if let work = Command.Work(rawValue: type) { return .work(work) }
    switch type {
    case "hello": return try hello(header)
    case "session.open": return .openSession(client: try header.text("client", atMost: 256))
    case "session.close": return .closeSession
    case "bye": return .bye
    case "status": return .status
    case "ping": return .ping
    case "cancel":
      return .cancel(requestID: try header.optionalText("target", atMost: Message.longestID))
    default:
      throw WireError(.unknownType, "there is no request type '\(type)'", field: "type")
    }
  }

  private static func hello(_ header: JSONObject) throws(WireError) -> Command {
    guard case .list(let versions)? = header["versions"], versions.count == 2,
      case .integer(let oldest) = versions[0], case .integer(let newest) = versions[1],
      oldest <= newest
    else {
      throw WireError(
        .badHeader, "the field 'versions' must be [oldest, newest]", field: "versions")
    }
    return .hello(oldest: oldest, newest: newest)
  }
}

/// The answer to one request.
package struct Reply: Sendable {
  /// What is answered.
  package enum Body: Sendable {
    /// The request's type, the fields and the payload of the answer.
    case success(type: String, JSONObject, Payload?)
    /// Why there is no answer.
    case failure(WireError)
  }

  /// The request's id; nil when it could not be read, then it is sent as an empty text.
  package var id: String?
  /// The answer.
  package var body: Body

  /// Makes an answer.
  package init(id: String?, _ body: Body) { (self.id, self.body) = (id, body) }

  /// The error, if it is one.
  package var error: WireError? {
    if case .failure(let error) = body { return error }
    return nil
  }

  /// The frames to send.
  package var frames: [Frame] {
    let id = JSONValue.text(self.id ?? "")
    switch body {
    case .success(let type, let fields, let payload):
      var header: JSONObject = ["type": .text(type + ".ok"), "id": id]
      header.merge(fields)
      return Message.frames(header: header, payload: payload)
    case .failure(let error):
      let header: JSONObject = [
        "type": .text("error"), "id": id, "error": error.json(requestID: self.id),
      ]
      return Message.frames(header: header, payload: nil)
    }
  }
}
