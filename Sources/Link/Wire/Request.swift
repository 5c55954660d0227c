/// A request whose header is understood.
package struct Request: Sendable {
  /// The client's name for it.
  package var id: String
  /// The session it belongs to.
  package var session: SessionToken?
  /// The chip it is about, where it says so.
  package var chip: String?
  /// The lease under which work is asked.
  package var epoch: Int?
  /// How long it may wait for its turn, in milliseconds; nil: the server's default.
  package var deadline: Int?
  /// A request of the session that must have been granted before this one is done.
  package var after: String?
  /// Finished runs whose results the client has whole.
  package var acks: [String]
  /// What is wanted.
  package var command: Command
  /// The message, for the worker to read its payload.
  package var message: Message

  /// The most ids that one request acknowledges.
  private static let mostAcks = 256

  /// Understands a message that came in on a socket.
  package init(_ message: Message, on channel: Channel) throws(WireError) {
    let header = message.header
    id = message.id
    self.message = message
    session = try header.optionalText("session", atMost: 64).map(SessionToken.init(text:))
    chip = try header.optionalText("chip", atMost: 64)
    epoch = try header.optionalInteger("epoch", 1...Int.max)
    deadline = try header.optionalInteger("deadline_ms", 1...3_600_000)
    after = try header.optionalText("after", atMost: Message.longestID)
    acks = try header["acks"] == nil ? [] : header.texts("acks")
    guard acks.count <= Self.mostAcks else {
      throw WireError(
        .badHeader, "a request acknowledges up to \(Self.mostAcks) runs", field: "acks",
        limit: Self.mostAcks, actual: acks.count)
    }
    command = try Command(message)
    guard command.channel == channel else {
      throw WireError(
        .unknownType, "'\(message.type)' belongs on the \(command.channel.rawValue) socket",
        field: "type")
    }
  }

  /// What tells a request sent again from another one under the same id: its header, which holds
  /// the checksums of its payload.
  package var fingerprint: UInt64 { message.fingerprint }
}

/// Which of the server's sockets a message came in on.
package enum Channel: String, Hashable, Sendable {
  /// Requests that never wait for a chip.
  case control
  /// Requests that use a chip, and bulk.
  case run
}
