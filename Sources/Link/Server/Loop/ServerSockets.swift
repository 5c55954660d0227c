import Foundation
import Synchronization

/// The server's three sockets, which can be closed and bound again at the same endpoints.
struct ServerSockets {
  private let context: Context
  private let requested: ServerEndpoints
  private let security: Socket.Security
  private let frameBytes: Int
  private(set) var control, run, events: Socket
  /// What clients connect to.
  let bound: ServerEndpoints

  /// The most messages of one peer that wait inside libzmq on the run socket; they are large.
  private static let runBacklog: Int32 = 16
  /// How long old sockets may take to go, in milliseconds.
  private static let rebindPatience = 2000
  private static let umaskGuard = Mutex(())

  /// Opens and binds the sockets.
  init(
    _ endpoints: ServerEndpoints, _ context: Context, _ security: Socket.Security,
    frameBytes: Int
  ) throws(LinkError) {
    (self.context, requested, self.security) = (context, endpoints, security)
    self.frameBytes = frameBytes
    try endpoints.claimPaths()
    control = try Self.control(context, security)
    run = try Self.run(context, security, frameBytes)
    events = try Self.events(context, security)
    var bound = endpoints
    bound.control = try Self.bind(control, endpoints.control)
    bound.run = try Self.bind(run, endpoints.run)
    bound.events = try Self.bind(events, endpoints.events)
    self.bound = bound
    bound.protectPaths()
  }

  private static func control(
    _ context: Context, _ security: Socket.Security
  ) throws(LinkError) -> Socket {
    // Room for a header that is too large, so that its sender can be told.
    try Socket(.router, context, largestFrame: 2 * Message.largestHeader, security: security)
  }

  private static func run(
    _ context: Context, _ security: Socket.Security, _ frameBytes: Int
  ) throws(LinkError) -> Socket {
    try Socket(
      .router, context, largestFrame: max(frameBytes, 2 * Message.largestHeader),
      security: security, backlog: runBacklog)
  }

  private static func events(
    _ context: Context, _ security: Socket.Security
  ) throws(LinkError) -> Socket {
    try Socket(.publisher, context, largestFrame: 1024, security: security)
  }

  /// Binds; the file of an ipc socket is its owner's from its first moment.
  private static func bind(_ socket: Socket, _ endpoint: String) throws(LinkError) -> String {
    let result = umaskGuard.withLock { _ -> Result<String, LinkError> in
      let before = umask(0o177)
      defer { umask(before) }
      do throws(LinkError) { return .success(try socket.bind(endpoint)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Closes all sockets, with whatever their peers have sent so far, and binds fresh ones at the
  /// same endpoints; clients connect again by themselves.
  mutating func reopen() throws(LinkError) {
    for socket in [control, run, events] { socket.closeNow() }
    bound.awaitRemoval(milliseconds: Self.rebindPatience)
    control = try Self.control(context, security)
    run = try Self.run(context, security, frameBytes)
    events = try Self.events(context, security)
    for (socket, endpoint) in [
      (control, bound.control), (run, bound.run), (events, bound.events),
    ] { try Self.rebind(socket, endpoint) }
    bound.protectPaths()
  }

  /// The same for the events alone: subscribers have to show their keys again.
  mutating func reopenEvents() throws(LinkError) {
    events.closeNow()
    var only = bound
    only.paths = Array(bound.paths.suffix(1))
    only.awaitRemoval(milliseconds: Self.rebindPatience)
    events = try Self.events(context, security)
    try Self.rebind(events, bound.events)
    only.protectPaths()
  }

  /// Binds as soon as the old socket has let go of the endpoint.
  private static func rebind(_ socket: Socket, _ endpoint: String) throws(LinkError) {
    for _ in 0..<rebindPatience {
      do {
        _ = try bind(socket, endpoint)
        return
      } catch .endpointInUse { usleep(1000) }
    }
    _ = try bind(socket, endpoint)
  }

  /// Gives what was sent last some time to leave, and closes.
  func finish() {
    for socket in [control, run, events] { socket.lingerBeforeClosing(milliseconds: 500) }
    bound.removePaths()
  }
}

extension ServerEndpoints {
  /// Waits until libzmq has removed the files of sockets that were closed: bound before that, the
  /// new files would go.
  fileprivate func awaitRemoval(milliseconds: Int) {
    for _ in 0..<milliseconds where hasPaths { usleep(1000) }
  }
}
