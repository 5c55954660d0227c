extension Command {
  /// The credit of a run that does not say.
  static let usualCredit = 8
  /// The most chunks under way, and the longest a lease or its wait can be, in milliseconds.
  package static let mostCredit = 64
  package static let longestLease = 30_000
  private static let longestName = 64

  /// Understands a message by its type.
  init(_ message: Message) throws(WireError) {
    let header = message.header
    if let work = try Work(message) {
      self = .work(work)
      return
    }
    switch message.type {
    case "hello": self = try Self.hello(header)
    case "chip.info": self = .chipInfo
    case "session.open": self = .openSession(client: try header.text("client", atMost: 256))
    case "session.resume": self = .resumeSession
    case "session.close": self = .closeSession
    case "bye": self = .bye
    case "ping": self = .ping
    case "lease.acquire": self = .acquireLease(try LeaseTerms(header))
    case "lease.release": self = .releaseLease
    case "lease.break": self = .breakLeases
    case "status": self = .status
    case "cancel":
      self = .cancel(target: try header.optionalText("target", atMost: Message.longestID))
    case "request.state": self = .requestState(target: try Self.target(header))
    case "metrics": self = .metrics
    case "chip.reset": self = .resetChip
    case "server.stop": self = .stopServer
    case "put": self = .put(try Piece(header))
    case "run.credit": self = .credit(target: try Self.target(header), try Credit(header))
    case "request.attach": self = .attach(target: try Self.target(header), try Credit(header))
    default:
      throw WireError(.unknownType, "there is no request type '\(message.type)'", field: "type")
    }
  }

  private static func target(_ header: JSONObject) throws(WireError) -> String {
    try header.text("target", atMost: Message.longestID)
  }

  private static func hello(_ header: JSONObject) throws(WireError) -> Command {
    guard case .list(let versions)? = header["versions"], versions.count == 2,
      case .integer(let oldest) = versions[0], case .integer(let newest) = versions[1],
      oldest <= newest
    else {
      throw WireError(
        .badHeader, "the field 'versions' must be [oldest, newest]", field: "versions")
    }
    return .hello(oldest: oldest, newest: newest)
  }
}

extension Command.Work {
  /// The type of the request in a header.
  package var type: String {
    switch self {
    case .loadImage: return "image.load"
    case .readImage: return "image.read"
    case .commitImage: return "image.commit"
    case .writeWeights: return "weights.write"
    case .run: return "run"
    case .compile: return "compile"
    case .calibrate: return "calibrate"
    }
  }

  /// Understands a message that asks for work; nil when it asks for something else.
  init?(_ message: Message) throws(WireError) {
    let header = message.header
    switch message.type {
    case "image.load":
      self = .loadImage(
        checkpointEvery: try header.optionalInteger("checkpoint_every", 0...1_000_000))
    case "image.read": self = .readImage
    case "image.commit": self = .commitImage
    case "weights.write": self = .writeWeights
    case "run": self = .run(try RunTerms(header))
    case "compile": self = .compile(options: try Command.Option.list(header))
    case "calibrate": self = .calibrate(options: try Command.Option.list(header))
    default: return nil
    }
  }
}

extension Command.Option {
  /// An option that is given several times has a list of texts, and comes once for each of them.
  fileprivate static func list(_ header: JSONObject) throws(WireError) -> [Command.Option] {
    guard header["options"] != nil else { return [] }
    let options = try header.object("options")
    var list: [Command.Option] = []
    for member in options.members {
      let values: [String]
      if case .list = member.value {
        values = try options.texts(member.key)
      } else {
        values = [try options.text(member.key)]
      }
      list += values.map { .init(name: member.key, value: $0) }
    }
    return list
  }
}

extension LeaseTerms {
  /// The shortest time to live, in milliseconds.
  private static let shortest = 500

  fileprivate init(_ header: JSONObject) throws(WireError) {
    let name = try header.optionalText("mode", atMost: 16) ?? Mode.shared.rawValue
    guard let mode = Mode(rawValue: name) else {
      throw WireError(.badHeader, "the field 'mode' must be shared or exclusive", field: "mode")
    }
    self.mode = mode
    timeToLive =
      try header.optionalInteger("ttl_ms", Self.shortest...Command.longestLease) ?? 10_000
    note = try header.optionalText("note", atMost: 256) ?? ""
    wait = try header.optionalInteger("wait_ms", 0...Command.longestLease) ?? 0
  }
}

extension Piece {
  fileprivate init(_ header: JSONObject) throws(WireError) {
    upload = try header.text("upload", atMost: 64)
    total = try header.integer("total", 1...1 << 40)
    offset = try header.integer("offset", 0...total)
  }
}

extension Credit {
  fileprivate init(_ header: JSONObject) throws(WireError) {
    received = try header.optionalInteger("received", 0...Int.max) ?? 0
    chunks =
      try header.optionalInteger("credit", 0...Command.mostCredit) ?? Command.usualCredit
  }
}

extension RunTerms {
  fileprivate init(_ header: JSONObject) throws(WireError) {
    credit = try header.optionalInteger("credit", 1...Command.mostCredit) ?? Command.usualCredit
    saysAccepted = try header.optionalFlag("accepted") ?? false
    saysProgress = try header.optionalFlag("progress") ?? false
    durationTicks = try header.integer("duration_ticks", 1...1 << 24)
  }
}
