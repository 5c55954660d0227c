import ChipInterface
import Foundation
import Synchronization

/// Keeps a session alive and learns of the server's death, on a thread and a socket of its own.
///
/// The client may compute for minutes between two requests, and a run may take long: neither says
/// anything about the other side being alive.
final class Heartbeat: @unchecked Sendable {
  /// What is known of the server.
  struct Pulse: Sendable {
    /// Seconds that an answer has been waited for in vain; 0 when the last one came.
    ///
    /// Counted in steps of the wait, so that a client that was stopped does not take its own sleep
    /// for the server's.
    var silentSeconds = 0.0
    /// The name of the server's life that answered last.
    var serverSession: String
    /// Whether that server knows the session.
    var knowsSession = true
  }

  /// Unanswered beats after which the connection is made anew, and steps of the wait for one.
  private static let mostMissed = 3
  private static let steps = 10

  /// Seconds between two beats, and how long an answer is awaited.
  private let interval: Double
  private let connection: Connection
  private let wakeUp: WakeUp
  private let pulseNow: Mutex<Pulse>
  private let token: Mutex<(session: String, lastPing: String)>
  private let shouldStop = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  private var names = RequestNames()

  /// Begins to ping a server.
  init(
    _ address: ServerAddress, session: String, serverSession: String, interval: Double = 1
  ) throws(ChipError) {
    self.interval = interval
    connection = try Connection(address.endpoint, address, largestFrame: 2 * Message.largestHeader)
    do {
      wakeUp = try WakeUp()
    } catch { throw .connection(endpoint: address.endpoint, detail: "cannot be used: \(error)") }
    token = Mutex((session, ""))
    pulseNow = Mutex(Pulse(serverSession: serverSession))
    let thread = Thread { [self] in
      beat()
      ended.signal()
    }
    thread.name = "synapus-heartbeat"
    thread.start()
  }

  /// What is known of the server now.
  var pulse: Pulse { pulseNow.withLock { $0 } }

  /// Goes on with another session, or another life of the server.
  func adopt(session: String, serverSession: String) {
    token.withLock { $0 = (session, "") }
    pulseNow.withLock { $0 = Pulse(serverSession: serverSession) }
  }

  /// Ends the thread and waits for its end.
  func stop() {
    shouldStop.store(true, ordering: .relaxed)
    wakeUp.signal()
    ended.wait()
  }

  private var isStopping: Bool { shouldStop.load(ordering: .relaxed) }

  private func beat() {
    var missed = 0
    while pause() {
      if ping() {
        missed = 0
      } else {
        missed += 1
        if missed % Self.mostMissed == 0 { try? connection.renew() }
      }
    }
  }

  /// Waits for the next beat; false when it is time to stop.
  private func pause() -> Bool {
    let end = SuspendingClock.now + .seconds(interval)
    while !isStopping, SuspendingClock.now < end {
      let rest = (end - .now).wholeMilliseconds
      // Whatever comes late is a sign of life too.
      if connection.wait(milliseconds: max(1, rest), wakeUp) { _ = hear() }
    }
    return !isStopping
  }

  /// Asks for a sign of life; false when none came in time.
  private func ping() -> Bool {
    let id = names.next()
    let session = token.withLock { token in
      token.lastPing = id
      return token.session
    }
    connection.send(
      Message.frames(
        header: ["type": .text("ping"), "id": .text(id), "session": .text(session)], payload: nil))
    let step = max(1, Int(interval * 1000) / Self.steps)
    for _ in 0..<Self.steps where !isStopping {
      if connection.wait(milliseconds: step, wakeUp), hear() { return true }
      pulseNow.withLock { $0.silentSeconds += Double(step) / 1000 }
    }
    return false
  }

  /// Takes the answers that have come; whether there was one.
  private func hear() -> Bool {
    var heard = false
    while let message = try? connection.receive() {
      heard = true
      // An answer about a session that is no longer ours says only that the server lives.
      let isNews = token.withLock { $0.lastPing == message.id }
      pulseNow.withLock { pulse in
        pulse.silentSeconds = 0
        guard isNews else { return }
        if let name = try? message.header.text("server_session") { pulse.serverSession = name }
        if message.type == "ping.ok" { pulse.knowsSession = true }
        if message.refused?.code == .noSession { pulse.knowsSession = false }
      }
    }
    return heard
  }
}
