import Foundation
import Synchronization

/// Writes what happens as lines of JSON, from any thread.
///
/// The log is for operators, the audit has all that changed something.
final class ServerLog: Sendable {
  fileprivate struct State {
    var audit: Int32 = -1
    var second = 0
    var linesInSecond = 0
    var suppressed = 0
  }

  /// Lines of the log in a second; more are counted, so that a flood cannot fill a disk.
  private static let mostLines = 200

  private let sink: @Sendable (String) -> Void
  private let auditPath: String?
  private let state = Mutex(State())

  /// Opens the audit file, to which lines are appended, for its owner alone.
  init(audit: String?, sink: @escaping @Sendable (String) -> Void) throws(LinkError) {
    (self.sink, auditPath) = (sink, audit)
    try reopen()
  }

  deinit { state.withLock { if $0.audit >= 0 { close($0.audit) } } }

  /// Opens the audit file again, after somebody has moved it away.
  func reopen() throws(LinkError) {
    guard let auditPath else { return }
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let descriptor = open(auditPath, flags, 0o600)
    guard descriptor >= 0 else { throw .log(path: auditPath, errno) }
    state.withLock { state in
      if state.audit >= 0 { close(state.audit) }
      state.audit = descriptor
    }
  }

  /// Writes an event.
  func write(_ event: String, _ fields: JSONObject, audited: Bool = false) {
    let now = Date.now
    var line: JSONObject = ["time": .text(Self.text(now)), "event": .text(event)]
    line.merge(fields)
    let text = String(decoding: JSONValue.object(line).json, as: UTF8.self)
    var isAuditLost = false
    let (isWritten, suppressed) = state.withLock { state in
      if audited, state.audit >= 0 { isAuditLost = !Self.append(text + "\n", to: state.audit) }
      return state.admits(Int(now.timeIntervalSince1970), most: Self.mostLines)
    }
    if suppressed > 0 { sink("{\"event\":\"log.suppressed\",\"lines\":\(suppressed)}") }
    if isWritten || audited { sink(text) }
    if isAuditLost { sink("{\"event\":\"audit.lost\",\"lost\":\(text)}") }
  }

  /// Whole lines only, so that nothing of two lines is mixed.
  private static func append(_ line: String, to descriptor: Int32) -> Bool {
    let bytes = Array(line.utf8)
    return Foundation.write(descriptor, bytes, bytes.count) == bytes.count
  }

  private static func text(_ date: Date) -> String {
    date.ISO8601Format(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}

extension ServerLog.State {
  /// Whether one more line may be written in this second, and how many were left out before.
  fileprivate mutating func admits(_ now: Int, most: Int) -> (Bool, suppressed: Int) {
    var told = 0
    if now != second {
      (second, linesInSecond, told) = (now, 0, suppressed)
      suppressed = 0
    }
    linesInSecond += 1
    if linesInSecond > most { suppressed += 1 }
    return (linesInSecond <= most, told)
  }
}
