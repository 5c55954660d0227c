import CZeroMQ
import CZeroMQShim

/// A libzmq socket; it belongs to one thread at a time.
package final class Socket {
  /// The pattern of a socket.
  package enum Kind {
    /// Receives from many peers, answers each.
    case router
    /// A client of a router.
    case dealer
    /// Publishes, and hears who subscribes.
    case publisher
    /// Receives what is published.
    case subscriber
    /// Asks and answers in turns.
    case request, reply
    /// Speaks with TCP peers that know nothing of ZeroMQ.
    case stream

    var code: Int32 {
      switch self {
      case .router: return ZMQ_ROUTER
      case .dealer: return ZMQ_DEALER
      case .publisher: return ZMQ_XPUB
      case .subscriber: return ZMQ_SUB
      case .request: return ZMQ_REQ
      case .reply: return ZMQ_REP
      case .stream: return ZMQ_STREAM
      }
    }
  }

  /// Who may be at the other end, and who may read along.
  package enum Security: Sendable {
    /// Anybody, and anybody.
    case none
    /// CURVE: whom the authentication handler of this domain lets in.
    case server(CurveKeyPair, domain: String)
    /// CURVE: the server that has this public key.
    case client(CurveKeyPair, serverKey: String)
  }

  /// What became of a message handed to a socket.
  package enum Sent: Equatable {
    /// It is on its way.
    case sent
    /// The peer does not read: its queue is full.
    case full
    /// The peer is gone, or the socket is closed.
    case unreachable
  }

  private let context: Context
  let pointer: UnsafeMutableRawPointer
  private var isClosed = false

  /// Opens a socket; frames above `largestFrame` bytes end the connection of their sender, and
  /// more than `backlog` messages of a peer wait on the peer's side.
  package init(
    _ kind: Kind, _ context: Context, largestFrame: Int, security: Security = .none,
    backlog: Int32 = 64
  ) throws(LinkError) {
    guard let pointer = zmq_socket(context.pointer, kind.code) else {
      throw .system(call: "zmq_socket", zmq_errno())
    }
    (self.context, self.pointer) = (context, pointer)
    var largest = Int64(largestFrame)
    zmq_setsockopt(pointer, ZMQ_MAXMSGSIZE, &largest, MemoryLayout<Int64>.size)
    set(ZMQ_LINGER, 0)
    set(ZMQ_SNDHWM, 64)
    set(ZMQ_RCVHWM, backlog)
    set(ZMQ_HANDSHAKE_IVL, 3000)
    set(ZMQ_HEARTBEAT_IVL, 1000)
    set(ZMQ_HEARTBEAT_TIMEOUT, 3000)
    set(ZMQ_HEARTBEAT_TTL, 3000)
    if kind == .router {
      set(ZMQ_ROUTER_MANDATORY, 1)
      set(ZMQ_ROUTER_HANDOVER, 0)
    }
    if kind == .dealer { set(ZMQ_RECONNECT_IVL_MAX, 1000) }
    if kind == .stream { set(ZMQ_STREAM_NOTIFY, 1) }
    try secure(security)
  }

  private func secure(_ security: Security) throws(LinkError) {
    switch security {
    case .none: return
    case .server(let keys, let domain):
      try CurveKeyPair.requireCurve()
      try require(ZMQ_CURVE_SERVER, 1)
      try require(ZMQ_CURVE_SECRETKEY, keys.secretKey)
      try require(ZMQ_ZAP_DOMAIN, domain)
      // Without this libzmq lets everybody in when the handler is not there.
      try require(Self.enforceDomain, 1)
    case .client(let keys, let serverKey):
      try CurveKeyPair.requireCurve()
      try require(ZMQ_CURVE_SERVERKEY, serverKey)
      try require(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
      try require(ZMQ_CURVE_SECRETKEY, keys.secretKey)
    }
  }

  /// ZMQ_ZAP_ENFORCE_DOMAIN: its name is among the drafts, its working is not.
  private static let enforceDomain: Int32 = 93

  private func require(_ option: Int32, _ value: Int32) throws(LinkError) {
    var value = value
    guard zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw .system(call: "zmq_setsockopt \(option)", zmq_errno())
    }
  }

  private func require(_ option: Int32, _ text: String) throws(LinkError) {
    guard zmq_setsockopt(pointer, option, text, text.utf8.count) == 0 else {
      throw .system(call: "zmq_setsockopt \(option)", zmq_errno())
    }
  }

  deinit { closeNow() }

  /// Closes it; it neither sends nor receives after this, and may not be waited for.
  package func closeNow() {
    if !isClosed { zmq_close(pointer) }
    isClosed = true
  }

  private func set(_ option: Int32, _ value: Int32) {
    guard !isClosed else { return }
    var value = value
    zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size)
  }

  /// Gives unsent messages so long when the socket closes.
  package func lingerBeforeClosing(milliseconds: Int32) { set(ZMQ_LINGER, milliseconds) }

  /// Binds, and answers with the endpoint that was bound.
  package func bind(_ endpoint: String) throws(LinkError) -> String {
    if endpoint.contains("[") { set(ZMQ_IPV6, 1) }
    guard zmq_bind(pointer, endpoint) == 0 else {
      let code = zmq_errno()
      throw code == EADDRINUSE
        ? .endpointInUse(endpoint) : .system(call: "zmq_bind of \(endpoint)", code)
    }
    var length = 1024
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { buffer in
      guard let start = buffer.baseAddress,
        zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, start, &length) == 0
      else { return endpoint }
      return String(cString: start)
    }
    return text
  }

  /// Connects; whether anybody answers is seen later.
  package func connect(_ endpoint: String) throws(LinkError) {
    if endpoint.contains("[") { set(ZMQ_IPV6, 1) }
    guard zmq_connect(pointer, endpoint) == 0 else {
      throw .system(call: "zmq_connect to \(endpoint)", zmq_errno())
    }
  }

  /// Subscribes a subscriber to everything.
  package func subscribe() { zmq_setsockopt(pointer, ZMQ_SUBSCRIBE, "", 0) }

  /// Sends a message; never blocks.
  package func send(_ frames: [Frame]) -> Sent {
    guard !isClosed else { return .unreachable }
    for (i, frame) in frames.enumerated() {
      let more = i + 1 < frames.count ? ZMQ_SNDMORE : 0
      guard frame.send(to: pointer, flags: ZMQ_DONTWAIT | more) else {
        return zmq_errno() == EAGAIN ? .full : .unreachable
      }
    }
    return .sent
  }

  /// Takes a waiting message; nil when none waits.
  ///
  /// Frames after the first `most` are thrown away one by one, and counted in `excess`.
  package func receive(atMost most: Int) -> (frames: [Frame], excess: Int)? {
    guard !isClosed, var frame = Frame(receivingFrom: pointer, flags: ZMQ_DONTWAIT) else {
      return nil
    }
    var frames = [frame]
    var excess = 0
    while frame.isFollowed {
      guard let next = Frame(receivingFrom: pointer, flags: ZMQ_DONTWAIT) else { break }
      frame = next
      if frames.count < most { frames.append(frame) } else { excess += 1 }
    }
    return (frames, excess)
  }

  /// Waits until one of the sockets or the wake-up has something, or the time is over.
  ///
  /// A negative time-out waits for ever. Answers which sockets are readable.
  package static func poll(
    _ sockets: [Socket], _ wakeUp: WakeUp? = nil, milliseconds: Int
  ) -> [Bool] {
    let descriptors = wakeUp.map { [$0.descriptor] } ?? []
    let ready = poll(sockets, descriptors: descriptors, milliseconds: milliseconds)
    if ready.last == true, ready.count > sockets.count { wakeUp?.drain() }
    return Array(ready.prefix(sockets.count))
  }

  /// Waits until a socket or a file descriptor is readable, or the time is over; answers which are,
  /// sockets first.
  package static func poll(
    _ sockets: [Socket], descriptors: [Int32], milliseconds: Int
  ) -> [Bool] {
    let count = sockets.count + descriptors.count
    return withUnsafeTemporaryAllocation(of: zmq_pollitem_t.self, capacity: count) { items in
      for (i, socket) in sockets.enumerated() {
        items[i] = zmq_pollitem_t(
          socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
      }
      for (i, descriptor) in descriptors.enumerated() {
        items[sockets.count + i] = zmq_pollitem_t(
          socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0)
      }
      let ready = zmq_poll(items.baseAddress, Int32(count), milliseconds)
      return (0..<count).map { ready > 0 && items[$0].revents != 0 }
    }
  }
}

/// Ends the wait of a polling thread, from any thread.
package final class WakeUp: Sendable {
  let descriptor: Int32

  /// Makes a wake-up that nobody has used.
  package init() throws(LinkError) {
    descriptor = synapus_wake_create()
    guard descriptor >= 0 else { throw .system(call: "eventfd", zmq_errno()) }
  }

  deinit { synapus_wake_close(descriptor) }

  /// Wakes the thread that polls, now or when it next polls.
  package func signal() { synapus_wake_signal(descriptor) }

  func drain() { synapus_wake_drain(descriptor) }
}
