extension ServerState {
  /// What the server does, as `status` and the events tell it.
  func snapshot(_ now: Moment) -> JSONObject {
    var fields: JSONObject = [
      "phase": .text(phase.rawValue), "server_session": .text(description.serverSession),
      "chip_busy": .flag(running != nil),
    ]
    if let session {
      fields["session"] = .object([
        "client": .text(session.client),
        "open_seconds": .number(Double(now.milliseconds - session.openedAt) / 1000),
        "has_image": .flag(session.hasImage),
      ])
    }
    if let running {
      fields["job"] = .object([
        "type": .text(running.work.rawValue),
        "seconds": .number(Double(now.milliseconds - running.startedAt) / 1000),
        "cancelled": .flag(running.isCancelled),
      ])
    }
    fields["totals"] = .object(tally.fields)
    return fields
  }

  /// Counts answers that could not be sent because their reader does not read or is gone.
  package mutating func countUndelivered() { tally.undelivered += 1 }
}

/// What a server has done since it started.
struct ServerTally: Sendable {
  var requests = 0
  var malformed = 0
  var errors = 0
  var sessions = 0
  var undelivered = 0
  var loads = 0
  var writes = 0
  var runs = 0
  var chipSeconds = 0.0

  mutating func finish(_ work: Command.Work, seconds: Double) {
    chipSeconds += seconds
    switch work {
    case .loadImage: loads += 1
    case .writeWeights: writes += 1
    case .run: runs += 1
    }
  }

  var fields: JSONObject {
    [
      "requests": .integer(requests), "malformed": .integer(malformed), "errors": .integer(errors),
      "sessions": .integer(sessions), "undelivered": .integer(undelivered),
      "loads": .integer(loads), "writes": .integer(writes), "runs": .integer(runs),
      "chip_seconds": .number(chipSeconds),
    ]
  }
}

/// Holds events back so that subscribers get at most ten a second.
struct EventFeed: Sendable {
  private static let spacing = 100
  private var sequence = 0
  private var nextAt = 0
  /// Whether subscribers have not seen the newest state.
  var isStale = false

  func isDue(at now: Int) -> Bool { isStale && now >= nextAt }

  mutating func news(_ snapshot: JSONObject, at now: Int) -> ServerEffect {
    isStale = false
    nextAt = now + Self.spacing
    return .publish(numbered(snapshot, "state"))
  }

  mutating func farewell() -> ServerEffect { .publish(numbered([:], "bye")) }

  private mutating func numbered(_ fields: JSONObject, _ type: String) -> JSONObject {
    sequence += 1
    var event: JSONObject = ["type": .text(type), "sequence": .integer(sequence)]
    event.merge(fields)
    return event
  }
}
