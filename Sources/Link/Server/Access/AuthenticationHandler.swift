import Foundation
import Synchronization

/// Answers libzmq's questions who may connect; tests put others in its place.
package protocol Authenticating: AnyObject, Sendable {
  /// Connections that were not let in.
  var denied: Int { get }
  /// Reads the users again now.
  func reload()
  /// Ends it, and waits for its end.
  func stop()
}

/// The authentication handler (ZAP, RFC 27): one thread that knows the users' keys.
///
/// Without it, or when it is late, libzmq lets nobody in, because the sockets enforce the domain.
package final class AuthenticationHandler: Authenticating, @unchecked Sendable {
  /// Where libzmq asks, in each context.
  package static let endpoint = "inproc://zeromq.zap.01"
  /// The name that this server's sockets ask under.
  package static let domain = "synapus"
  /// How often the users' folder is looked at, in milliseconds.
  private static let lookEvery = 250
  private static let mostFrames = 16

  private let access: AccessList
  private let log: @Sendable (String, JSONObject) -> Void
  private let wakeUp: WakeUp
  private let shouldStop = Atomic<Bool>(false)
  private let shouldReload = Atomic<Bool>(false)
  private let deniedCount = Atomic<Int>(0)
  private let isOver = DispatchSemaphore(value: 0)

  // Used by the thread alone, once it runs.
  private var socket: Socket?
  private var lastLook = SuspendingClock.now
  private var lastLine: SuspendingClock.Instant?
  private var untold = 0

  /// Begins to answer in a context, before any other socket is bound in it; `log` gets an event
  /// and its fields, from the handler's thread.
  package init(
    _ context: Context, _ access: AccessList,
    log: @escaping @Sendable (String, JSONObject) -> Void
  ) throws(LinkError) {
    (self.access, self.log) = (access, log)
    wakeUp = try WakeUp()
    let socket = try Socket(.reply, context, largestFrame: 1024)
    _ = try socket.bind(Self.endpoint)
    self.socket = socket
    let thread = Thread { [self] in
      answerQuestions()
      self.socket = nil
      isOver.signal()
    }
    thread.name = "synapus-access"
    thread.start()
  }

  package var denied: Int { deniedCount.load(ordering: .relaxed) }

  package func reload() {
    shouldReload.store(true, ordering: .relaxed)
    wakeUp.signal()
  }

  package func stop() {
    shouldStop.store(true, ordering: .relaxed)
    wakeUp.signal()
    isOver.wait()
    isOver.signal()
  }

  private func answerQuestions() {
    guard let socket else { return }
    while !shouldStop.load(ordering: .relaxed) {
      let ready = Socket.poll([socket], wakeUp, milliseconds: Self.lookEvery)
      lookAtFolder()
      guard ready[0], let (frames, excess) = socket.receive(atMost: Self.mostFrames) else {
        continue
      }
      let request = AuthenticationRequest(frames.map(\.bytes))
      let verdict =
        excess > 0
        ? .failed("too many frames")
        : request.verdict(domain: Self.domain) { access.userID(publicKey: $0) }
      _ = socket.send(request.answer(verdict).map { Frame($0) })
      count(verdict, request)
    }
  }

  private func lookAtFolder() {
    let isAsked = shouldReload.exchange(false, ordering: .relaxed)
    let now = SuspendingClock.now
    guard isAsked || now - lastLook >= .milliseconds(Self.lookEvery) else { return }
    lastLook = now
    for fault in access.refresh(always: isAsked) {
      log("access.key_unusable", ["detail": .text("\(fault)")])
    }
  }

  /// Counts those who were not let in, and tells of them once a second at most.
  private func count(_ verdict: AuthenticationRequest.Verdict, _ request: AuthenticationRequest) {
    let reason: String
    switch verdict {
    case .welcome: return
    case .denied(let why), .failed(let why): reason = why
    }
    deniedCount.wrappingAdd(1, ordering: .relaxed)
    untold += 1
    let now = SuspendingClock.now
    if let lastLine, now - lastLine < .seconds(1) { return }
    lastLine = now
    log(
      "access.denied",
      ["count": .integer(untold), "address": .text(request.address), "reason": .text(reason)])
    untold = 0
  }
}
