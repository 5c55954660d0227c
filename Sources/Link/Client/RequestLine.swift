import ChipInterface
import HardwareSpec

/// A client's connection to one socket of a server.
final class RequestLine {
  private let socket: Socket
  private let prefix: String
  private var next = 0
  private let resultLimit: Int
  /// The endpoint it is connected to.
  let endpoint: String
  /// What went over it.
  private(set) var statistics = LinkStatistics()

  /// How long an answer is awaited.
  enum Patience {
    /// So many milliseconds.
    case milliseconds(Int)
    /// Until the closure, asked every 20 ms, throws.
    case asLongAs(() throws(ChipError) -> Void)
  }

  /// Connects; answers may have payloads of up to `resultLimit` bytes.
  init(_ endpoint: String, _ context: Context, resultLimit: Int) throws(ChipError) {
    (self.endpoint, self.resultLimit) = (endpoint, resultLimit)
    var random = SystemRandomNumberGenerator()
    prefix = String(random.next(), radix: 36)
    do {
      socket = try Socket(
        .dealer, context, largestFrame: max(resultLimit, Message.largestHeader) + 1024)
      try socket.connect(endpoint)
    } catch { throw .connection(endpoint: endpoint, detail: "cannot be used: \(error)") }
  }

  /// A request that was sent and not answered yet.
  struct Pending {
    fileprivate let id, type: String
    fileprivate let bytes: Int
  }

  /// Sends a request and awaits its answer.
  func request(
    _ type: String, _ fields: JSONObject = [:], session: String? = nil,
    payload: Payload? = nil, patience: Patience
  ) throws(ChipError) -> Message {
    try answer(to: send(type, fields, session: session, payload: payload), patience)
  }

  /// Sends a request; answers come in the order of the requests.
  func send(
    _ type: String, _ fields: JSONObject = [:], session: String? = nil, payload: Payload? = nil
  ) throws(ChipError) -> Pending {
    let id = nextID()
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    if let session { header["session"] = .text(session) }
    header.merge(fields)
    let frames = Message.frames(header: header, payload: payload)
    guard socket.send(frames) == .sent else {
      throw .connection(endpoint: endpoint, detail: "takes no more messages; is a server there?")
    }
    return Pending(id: id, type: type, bytes: frames.reduce(0) { $0 + $1.count })
  }

  /// Awaits the answer to a request that was sent.
  func answer(to pending: Pending, _ patience: Patience) throws(ChipError) -> Message {
    let answer = try answer(to: pending.id, patience)
    statistics.roundTrips += 1
    statistics.bytesSent += pending.bytes
    return try check(answer, pending.type)
  }

  private func nextID() -> String {
    next += 1
    return "\(prefix)-\(next)"
  }

  /// Waits for the answer to a request; late answers to earlier requests are passed over.
  private func answer(to id: String, _ patience: Patience) throws(ChipError) -> Message {
    let start = SuspendingClock.now
    while true {
      if try waitForMessage(patience, since: start) {
        while let message = try receive() {
          if message.id == id { return message }
        }
      }
    }
  }

  private func waitForMessage(
    _ patience: Patience, since start: SuspendingClock.Instant
  ) throws(ChipError) -> Bool {
    switch patience {
    case .milliseconds(let limit):
      let spent = (SuspendingClock.now - start) / .milliseconds(1)
      guard spent < Double(limit) else {
        throw .connection(
          endpoint: endpoint,
          detail: "did not answer within \(Double(limit) / 1000) s; is a server running there?")
      }
      return Socket.poll([socket], milliseconds: max(1, limit - Int(spent)))[0]
    case .asLongAs(let check):
      if Socket.poll([socket], milliseconds: 20)[0] { return true }
      try check()
      return false
    }
  }

  private func receive() throws(ChipError) -> Message? {
    guard let (frames, excess) = socket.receive(atMost: Message.mostFrames) else { return nil }
    statistics.bytesReceived += frames.reduce(0) { $0 + $1.count }
    do {
      return try Message(frames: frames, excess: excess, payloadLimit: resultLimit)
    } catch { throw .remote(code: error.error.code.rawValue, detail: error.error.detail) }
  }

  /// Turns an error answer into an error.
  private func check(_ answer: Message, _ type: String) throws(ChipError) -> Message {
    if let refusal = answer.refusal {
      throw ChipError(code: refusal.code, detail: refusal.detail, endpoint: endpoint)
    }
    do {
      try answer.verifyChecksums()
    } catch { throw .remote(code: error.code.rawValue, detail: error.detail) }
    guard answer.type == type + ".ok" else {
      throw .remote(code: "bad_answer", detail: "'\(type)' was answered by '\(answer.type)'")
    }
    return answer
  }
}

extension Message {
  /// Code and detail, if the message is an error.
  package var refusal: (code: String, detail: String)? {
    guard type == "error", let error = try? header.object("error") else { return nil }
    let detail = (try? error.text("detail")) ?? ""
    return ((try? error.text("type", atMost: 64)) ?? "bad_answer", detail)
  }
}

extension ChipError {
  /// The error that a server's answer stands for.
  init(code: String, detail: String, endpoint: String) {
    switch WireError.Code(rawValue: code) {
    case .cancelled: self = .cancelled
    case .noImage: self = .noImage
    case .shuttingDown: self = .connection(endpoint: endpoint, detail: "is shutting down")
    default: self = .remote(code: code, detail: detail)
    }
  }
}
