import Link

/// A client, honest or not: what it knows, and what it has asked.
final class SimulatedClient {
  /// A request that waits for its answer.
  struct Ask {
    let request: Request
    /// The request in whose place it asks, for `request.attach`.
    var target: String?
    var sentAt: Int
    var tries = 1
    /// Chunks of a run by their number, and the answer that ends it.
    var chunks: [Int: Frame] = [:]
    var ending: (fields: JSONObject, payload: Payload?)?
    /// What the server's session was when it was asked.
    let askedAt: Int

    /// Chunks that came without a gap from the first one.
    var received: Int {
      var count = 0
      while chunks[count] != nil { count += 1 }
      return count
    }
  }

  /// What the server's reader makes of a client's bytes.
  enum Made { case request(Request), malformed(WireError, id: String?) }

  /// What a client is for.
  enum Role { case honest, hostile, operating }

  let number: Int
  let user: User
  let role: Role
  let chip: String
  /// Pieces of work that are still to be done.
  var goal: Int
  var isFinished = false
  var hasClosed = false
  var hasVanished = false
  var frozenUntil = 0
  /// Messages that came while it was stopped.
  var inbox: [Reply] = []
  private var connection: (server: Int, number: Int)?
  private var connections = 0
  private var serial = 0

  var token: String?
  var epoch: Int?
  var epochSince = 0
  var isQueued = false
  var hasImage = false
  var server = ""
  /// Answers are awaited in the order of the questions.
  var asks: [Ask] = []
  var lastPing = 0
  var waitUntil = 0
  /// Finished runs whose results are here, to be told to the server.
  var acks: [String] = []
  /// Finished ones that it has not told of, and will when the server has no more room.
  var unacknowledged: [String] = []
  /// An upload that is under way: its name, the pieces not yet acknowledged, and the image.
  var upload: (name: String, pieces: Set<String>, image: String, whole: Payload)?
  /// Requests of earlier, to be sent again by hostile clients.
  var past: [Request] = []

  init(_ number: Int, _ user: User, _ role: Role, chip: String, goal: Int) {
    (self.number, self.user, self.role) = (number, user, role)
    (self.chip, self.goal) = (chip, goal)
    isFinished = role == .operating
  }

  var isHostile: Bool { role == .hostile }

  var summary: String {
    let waits = asks.map { "\($0.request.message.type) \($0.request.id)" }.joined(separator: ", ")
    return
      "client \(number) (\(user.name)) has \(goal) to do, epoch \(epoch ?? 0), waits for [\(waits)]"
  }

  // MARK: Connections

  /// The client's connection to this life of the server, made when it is needed.
  func peer(_ channel: Channel, server: Int) -> Peer? {
    if connection?.server != server {
      connections += 1
      connection = (server, connections)
    }
    return connection.map {
      Peer(channel, [UInt8(number), UInt8($0.number >> 8 & 0xFF), UInt8($0.number & 0xFF)])
    }
  }

  func owns(_ peer: Peer) -> Bool {
    guard let connection else { return false }
    return peer == self.peer(peer.channel, server: connection.server)
  }

  func disconnect() {
    connection = nil
    inbox = []
  }

  func heal(_ now: Int) {
    frozenUntil = min(frozenUntil, now)
    waitUntil = min(waitUntil, now + 1_000)
    if hasVanished { isFinished = true }
  }

  // MARK: Requests

  /// Makes a request; nil when it cannot be understood as one, which only hostile ones are.
  func request(
    _ type: String, _ fields: JSONObject = [:], _ payload: Payload? = nil, id: String? = nil
  ) -> Made {
    serial += 1
    let id = id ?? "\(isHostile ? "h" : "c")\(number).\(serial)"
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    header.merge(fields)
    let channel: Channel = Self.onRun.contains(type) ? .run : .control
    do {
      let message = try Message(
        frames: Message.frames(header: header, payload: payload), excess: 0,
        payloadLimit: 8 << 20)
      return .request(try Request(message, on: channel))
    } catch let error as MalformedMessage {
      return .malformed(error.error, id: error.id)
    } catch {
      let fault = error as? WireError ?? WireError(.internalError, "\(error)")
      return .malformed(fault, id: id)
    }
  }

  private static let onRun: Set<String> = [
    "put", "run.credit", "request.attach", "image.load", "image.read", "image.commit",
    "weights.write", "run", "compile", "calibrate",
  ]

  /// The keys of a request in the session; work has its epoch too.
  func keys(_ fields: JSONObject = [:], isWork: Bool = false) -> JSONObject {
    var all: JSONObject = [:]
    if let token { all["session"] = .text(token) }
    if isWork {
      all["chip"] = .text(chip)
      if let epoch { all["epoch"] = .integer(epoch) }
      if !acks.isEmpty {
        all["acks"] = .list(acks.prefix(8).map { .text($0) })
        acks.removeFirst(min(8, acks.count))
      }
    }
    all.merge(fields)
    return all
  }

  /// The session is gone, and all that was in it.
  func forgetSession() {
    (token, epoch, isQueued, hasImage, upload) = (nil, nil, false, false, nil)
    asks.removeAll { $0.request.session != nil }
  }
}
