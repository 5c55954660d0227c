import ChipInterface
import Foundation
import Synchronization

/// Keeps a session alive and learns of the server's death, on a thread and a socket of its own.
///
/// The client may compute for minutes between two requests, and a run may take long: neither says
/// anything about the other side being alive.
final class Heartbeat: @unchecked Sendable {
  private static let interval = 1.0
  private static let mostMissed = 3

  private let line: RequestLine
  private let session: String
  private let loss = Mutex<ChipError?>(nil)
  private let condition = NSCondition()
  private var shouldStop = false
  private var isOver = false

  /// Begins to ping a server.
  init(_ endpoint: String, _ context: Context, session: String) throws(ChipError) {
    line = try RequestLine(endpoint, context, resultLimit: Message.largestHeader)
    self.session = session
    let thread = Thread { [self] in
      beat()
      condition.withLock {
        isOver = true
        condition.broadcast()
      }
    }
    thread.name = "synapus-heartbeat"
    thread.start()
  }

  /// Throws when the server is lost: three pings were missed, or it does not know the session.
  func check() throws(ChipError) {
    if let loss = loss.withLock({ $0 }) { throw loss }
  }

  /// Ends the thread and waits for its end.
  func stop() {
    condition.withLock {
      shouldStop = true
      condition.broadcast()
      while !isOver { condition.wait() }
    }
  }

  private func beat() {
    var missed = 0
    while missed < Self.mostMissed, pause() {
      do {
        try ping()
        missed = 0
      } catch .connection {
        missed += 1
      } catch {
        loss.withLock { $0 = error }
        return
      }
    }
    guard missed == Self.mostMissed else { return }
    let detail = "went away: it gave no sign of life for \(Self.mostMissed) s"
    loss.withLock { $0 = .connection(endpoint: line.endpoint, detail: detail) }
  }

  /// Waits for the next beat; false when it is time to stop.
  private func pause() -> Bool {
    condition.withLock {
      let end = Date(timeIntervalSinceNow: Self.interval)
      while !shouldStop, condition.wait(until: end) {}
      return !shouldStop
    }
  }

  private func ping() throws(ChipError) {
    let start = SuspendingClock.now
    _ = try line.request(
      "ping", session: session,
      patience: .asLongAs { () throws(ChipError) in
        if self.condition.withLock({ self.shouldStop }) { throw .cancelled }
        if SuspendingClock.now - start > .seconds(Self.interval) {
          throw .connection(endpoint: self.line.endpoint, detail: "missed a ping")
        }
      })
  }
}
