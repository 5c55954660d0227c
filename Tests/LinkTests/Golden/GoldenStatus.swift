import Link

/// The state of the server in the golden messages: the fields of `status.ok` and of `state`.
enum GoldenStatus {
  static let waiting = JSONValue.object([
    "user": .text("bob"), "mode": .text("exclusive"), "position": .integer(1),
  ])

  static var fields: JSONObject {
    [
      "phase": .text("serving"), "server_session": .text(GoldenMessages.serverSession),
      "uptime_seconds": .number(812.5), "sessions": .integer(2),
      "chips": .list([.object(chip)]), "totals": .object(totals),
    ]
  }

  private static var chip: JSONObject {
    let holder: JSONObject = [
      "client": .text("train"), "user": .text("alice"), "mode": .text("shared"),
      "note": .text("training"), "seconds": .number(12.3),
    ]
    let job: JSONObject = [
      "type": .text("run"), "user": .text("alice"), "seconds": .number(0.2),
      "samples": .integer(2), "of": .integer(4),
    ]
    let users: [JSONValue] = [("alice", 11.2), ("bob", 10.9)].map { name, seconds in
      .object(["user": .text(name), "chip_seconds": .number(seconds)])
    }
    return [
      "chip": .text("0"), "state": .text("running"), "uid": .text("41"),
      "holders": .list([.object(holder)]), "waiting": .list([waiting]), "queue": .integer(3),
      "job": .object(job), "users": .list(users),
    ]
  }

  private static var totals: JSONObject {
    [
      "requests": .integer(310), "malformed": .integer(0), "errors": .integer(1),
      "sessions": .integer(2), "undelivered": .integer(0), "loads": .integer(2),
      "writes": .integer(150), "runs": .integer(150), "chip_seconds": .number(22.1),
    ]
  }
}
