import ArgumentParser
import Link

/// What one client, and all, may take up on a server.
struct ServeLimits: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sessions that one user may have, from 1 to 10000 (default: 4; without keys, where all are"
        + " one user, as many as --sessions).", valueName: "n"))
  var sessionsPerUser: Int?

  @Option(
    help: ArgumentHelp("Sessions of all users, from 1 to 10000 (default: 64).", valueName: "n"))
  var sessions: Int?

  @Option(
    help: ArgumentHelp(
      "Seconds without a message after which a session ends, from 2 to 86400 (default: 60).",
      valueName: "s"))
  var sessionIdle: Int?

  @Option(
    help: ArgumentHelp(
      "Longest time to live of a lease in milliseconds, from 500 to 30000 (default: 30000).",
      valueName: "ms"))
  var leaseTTL: Int?

  @Option(
    help: ArgumentHelp(
      "Requests of a session on a chip that may wait, from 1 to 1000 (default: 8).",
      valueName: "n"))
  var queue: Int?

  @Option(
    help: ArgumentHelp(
      "Largest recording of a run in MiB, from 1 to 4096 (default: 256).", valueName: "MiB"))
  var resultSize: Int?

  @Option(
    help: ArgumentHelp(
      "Uploads that a session may hold in MiB, from 1 to 4096 (default: 512).", valueName: "MiB"))
  var uploadSize: Int?

  @Option(
    help: ArgumentHelp(
      "Uploads of all sessions in MiB, from 2 to 1048576; a user may hold what is left to the"
        + " others (default: 4096, or twice --upload-size).", valueName: "MiB"))
  var uploadTotal: Int?

  @Option(
    help: ArgumentHelp(
      "Results kept for all sessions in MiB, from 2 to 1048576; as --upload-total (default: 4096,"
        + " or twice --result-size).", valueName: "MiB"))
  var resultTotal: Int?

  func validate() throws {
    let checks: [(String, Int?, ClosedRange<Int>)] = [
      ("--sessions-per-user", sessionsPerUser, 1...10_000), ("--sessions", sessions, 1...10_000),
      ("--session-idle", sessionIdle, 2...86_400), ("--lease-ttl", leaseTTL, 500...30_000),
      ("--queue", queue, 1...1000), ("--result-size", resultSize, 1...4096),
      ("--upload-size", uploadSize, 1...4096), ("--upload-total", uploadTotal, 2...1 << 20),
      ("--result-total", resultTotal, 2...1 << 20),
    ]
    for (flag, value, range) in checks {
      guard let value, !range.contains(value) else { continue }
      throw ValidationError(
        "\(flag) is \(value); \(range.lowerBound) to \(range.upperBound) is allowed.")
    }
    let limits = limits(hasKeys: true)
    for (name, size, total) in [
      ("upload", limits.uploadBytes, limits.uploadTotalBytes),
      ("result", limits.resultBytes, limits.resultTotalBytes),
    ] where total < 2 * size {
      // Half is left to the others: less would refuse what --upload-size promises to one.
      throw ValidationError(
        "--\(name)-total is \(total >> 20); at least \(2 * size >> 20), twice --\(name)-size, is"
          + " allowed.")
    }
  }

  /// The limits; without keys everybody is one user.
  func limits(hasKeys: Bool) -> ServerLimits {
    var limits = ServerLimits()
    if let sessions { limits.sessions = sessions }
    limits.sessionsPerUser =
      sessionsPerUser ?? (hasKeys ? min(limits.sessionsPerUser, limits.sessions) : limits.sessions)
    if let sessionIdle { limits.sessionIdleSeconds = sessionIdle }
    if let leaseTTL { limits.leaseMilliseconds = leaseTTL }
    if let queue { limits.queue = queue }
    if let resultSize { limits.resultBytes = resultSize << 20 }
    if let uploadSize { limits.uploadBytes = uploadSize << 20 }
    limits.uploadTotalBytes =
      uploadTotal.map { $0 << 20 } ?? max(limits.uploadTotalBytes, 2 * limits.uploadBytes)
    limits.resultTotalBytes =
      resultTotal.map { $0 << 20 } ?? max(limits.resultTotalBytes, 2 * limits.resultBytes)
    return limits
  }
}
