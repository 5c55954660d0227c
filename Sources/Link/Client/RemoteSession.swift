import ChipInterface
import Foundation

/// A client's session on a server and its lease on a chip, which it can get back.
final class RemoteSession {
  private static let longestPause = 1.0
  private static let leaseWait = 500

  private let address: ServerAddress
  private let options: RemoteOptions
  private let control: ControlLine
  /// What the server is in this life.
  private(set) var server: ServerDescription
  /// The server's name of the chip.
  let chip: String
  /// The session's secret name.
  private(set) var token = ""
  /// The number of the lease.
  private(set) var epoch = 0

  /// Greets a server and chooses the chip; opens nothing yet.
  init(_ address: ServerAddress, _ options: RemoteOptions) throws(ChipError) {
    (self.address, self.options) = (address, options)
    control = try ControlLine(address, lateness: options.lateness)
    let hello = try Self.greet(control, seconds: options.timeout)
    server = try ChipError.reading { () throws(WireError) in try ServerDescription(hello) }
    chip = try Self.choose(options.chip, hello)
  }

  private static func greet(
    _ control: ControlLine, seconds: Double
  ) throws(ChipError) -> Message {
    let versions: JSONValue = .list([
      .integer(ProtocolVersion.oldest), .integer(ProtocolVersion.newest),
    ])
    return try control.request("hello", ["versions": versions], seconds: seconds)
  }

  /// The chip asked for, or the only one.
  private static func choose(_ asked: String?, _ hello: Message) throws(ChipError) -> String {
    var names: [String] = []
    if case .list(let chips)? = hello.header["chips"] {
      for case .object(let chip) in chips {
        if case .text(let name)? = chip["chip"] { names.append(name) }
      }
    }
    if let asked, names.contains(asked) { return asked }
    if asked == nil, names.count == 1 { return names[0] }
    let known = names.isEmpty ? "none for this user" : names.joined(separator: ", ")
    throw .remote(
      code: WireError.Code.noChip.rawValue,
      detail: asked.map { "there is no chip '\($0)'; there are \(known)" }
        ?? "one of the server's chips must be named; there are \(known)")
  }

  /// What went over the control socket.
  var statistics: LinkStatistics { control.statistics }

  /// What the chip is.
  func chipInfo() throws(ChipError) -> ChipInfo {
    let answer = try control.request(
      "chip.info", ["chip": .text(chip)], seconds: options.timeout)
    return try ChipError.reading { () throws(WireError) in try ChipCoding.decode(answer) }
  }

  /// Asks on control, within the session.
  func request(
    _ type: String, _ fields: JSONObject = [:], seconds: Double? = nil
  ) throws(ChipError) -> Message {
    var all: JSONObject = ["session": .text(token)]
    all.merge(fields)
    return try control.request(type, all, seconds: seconds ?? options.timeout)
  }
}

// MARK: Opening

extension RemoteSession {
  /// Opens the session.
  func open() throws(ChipError) {
    let answer = try control.request(
      "session.open", ["client": .text(Self.cut(options.client))], seconds: options.timeout)
    token = try ChipError.reading { () throws(WireError) in try answer.header.text("session") }
  }

  /// Waits until the chip is ours.
  func acquire(_ cancellation: Cancellation?) throws(ChipError) {
    while true {
      let answer = try request(
        "lease.acquire",
        [
          "chip": .text(chip), "mode": .text(options.lease.rawValue),
          "ttl_ms": .integer(Int(min(max(options.leaseSeconds, 0.5), 30) * 1000)),
          "note": .text(Self.cut(options.note)), "wait_ms": .integer(Self.leaseWait),
        ], seconds: options.timeout + Double(Self.leaseWait) / 1000)
      if try isGranted(answer) { return }
      guard cancellation?.isCancelled != true else {
        _ = try? request("lease.release", ["chip": .text(chip)])
        throw .cancelled
      }
    }
  }

  private func isGranted(_ answer: Message) throws(ChipError) -> Bool {
    let place = try ChipError.reading { () throws(WireError) -> QueuePlace? in
      if try answer.header.text("state", atMost: 64) == "granted" {
        epoch = try answer.header.integer("epoch", 1...Int.max)
        return nil
      }
      return QueuePlace(
        position: try answer.header.optionalInteger("position", 0...Int.max) ?? 0,
        holder: try answer.header.optionalText("held_by", atMost: 4096) ?? "")
    }
    if let place { options.onQueued?(place) }
    return place == nil
  }

  /// Cuts a text for others to read to the 256 bytes that the server takes.
  private static func cut(_ text: String) -> String {
    var text = text
    while text.utf8.count > 256 { text.removeLast() }
    return text
  }

  /// Ends the session, if the server can be reached.
  func close() { _ = try? request("session.close", seconds: min(options.timeout, 1)) }
}

// MARK: Getting it back

extension RemoteSession {
  /// Gets session and lease back after a restart of the server, or after they ended, and tells
  /// where the image stands; nil: it is gone.
  ///
  /// A server that cannot be reached is tried again, after pauses that double to a second.
  func reestablish(_ cancellation: Cancellation?) throws(ChipError) -> ImageStanding? {
    let start = SuspendingClock.now
    var pause = 0.05
    while true {
      do {
        return try reestablishOnce(cancellation)
      } catch {
        guard error.isPassing else { throw error }
        guard (SuspendingClock.now - start) / .seconds(1) + pause < options.patience else {
          throw Self.givingUp(error, address.endpoint, options.patience)
        }
      }
      if cancellation?.isCancelled == true { throw .cancelled }
      Thread.sleep(forTimeInterval: pause)
      pause = min(2 * pause, Self.longestPause)
      try control.renew()
    }
  }

  static func givingUp(
    _ error: ChipError, _ server: String, _ patience: Double
  ) -> ChipError {
    if case .connection(_, let detail) = error, detail == "is shutting down" { return error }
    return .connection(
      endpoint: server, detail: "went away: it gave no sign of life for \(patience) s")
  }

  private func reestablishOnce(_ cancellation: Cancellation?) throws(ChipError) -> ImageStanding? {
    let seconds = min(options.timeout, 1)
    let hello = try Self.greet(control, seconds: seconds)
    server = try ChipError.reading { () throws(WireError) in try ServerDescription(hello) }
    guard try resume(seconds) != nil else {
      try open()
      try acquire(cancellation)
      return nil
    }
    try acquire(cancellation)
    // Until the lease was granted more may have been lost.
    guard let granted = try resume(seconds) else {
      throw .remote(code: WireError.Code.noSession.rawValue, detail: "the session has ended")
    }
    return try ChipError.reading { () throws(WireError) in
      try ImageStanding(granted, chip: chip)
    }
  }

  /// Asks where the session stands; nil when the server does not know it.
  private func resume(_ seconds: Double) throws(ChipError) -> Message? {
    let answer = try control.ask("session.resume", ["session": .text(token)], seconds: seconds)
    if answer.refused?.code == .noSession { return nil }
    return try answer.granting("session.resume", by: address.endpoint)
  }
}

extension ChipError {
  /// Whether it may go by itself: the server is starting, or ending, or not to be reached.
  fileprivate var isPassing: Bool {
    switch self {
    case .connection: return true
    case .remote(let code, _): return code == WireError.Code.noSession.rawValue
    default: return false
    }
  }
}
