/// Who sent a message: a socket and libzmq's name for the connection; never an identity.
package struct Peer: Hashable, Sendable {
  /// The socket.
  package let channel: Channel
  /// The routing id that libzmq gave the connection.
  package let routingID: [UInt8]

  /// Names a peer.
  package init(_ channel: Channel, _ routingID: [UInt8]) {
    (self.channel, self.routingID) = (channel, routingID)
  }
}

/// What the server's logic may not fetch itself: the time, and random bits.
package struct Moment: Sendable {
  /// Milliseconds of a clock that only goes forward.
  package var milliseconds: Int
  /// The token that a session gets if one is opened now.
  package var freshToken: SessionToken

  /// Makes a moment.
  package init(milliseconds: Int, freshToken: SessionToken) {
    (self.milliseconds, self.freshToken) = (milliseconds, freshToken)
  }
}

/// What happens to a server.
package enum ServerEvent: Sendable {
  /// A request came in.
  case request(Request, from: Peer)
  /// A message came in that is no request.
  case malformed(WireError, id: String?, from: Peer)
  /// The worker finished a job; the failure is nil when it succeeded.
  case finished(job: Int, JobResult)
  /// Some time has passed; comes at least ten times a second.
  case tick
  /// The server shall end.
  case stop
}

/// How a job ended.
package enum JobResult: Sendable {
  /// The fields and payload of the answer.
  case success(JSONObject, Payload?)
  /// Why it failed.
  case failure(WireError)
}

/// What the server's logic wants done.
package enum ServerEffect: Sendable {
  /// Send an answer.
  case reply(Reply, to: Peer)
  /// Give the worker a job.
  case start(job: Int, Command.Work, Message)
  /// Ask the worker to end a job early.
  case cancel(job: Int)
  /// Tell subscribers.
  case publish(JSONObject)
  /// Write a line to the log.
  case log(event: String, JSONObject)
  /// End the server now.
  case halt
}
