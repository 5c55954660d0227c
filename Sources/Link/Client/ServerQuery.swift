import ChipInterface

/// Questions to a server, and what its operators do, over a plain request: no session, no lease, no
/// chip is taken hold of.
public final class ServerQuery {
  /// The endpoint of the server's control socket.
  public let endpoint: String
  private let socket: Socket
  private let timeout: Int
  private var next = 0

  /// The largest answer to read, in bytes.
  private static let largestAnswer = 1 << 24

  /// Prepares to ask a server; `key` is needed where the server has keys.
  ///
  /// `timeout`, in seconds, is for one answer.
  public init(
    _ endpoint: String, key: ClientKey? = nil, timeout: Double = 5
  ) throws(ChipError) {
    self.endpoint = endpoint
    self.timeout = Int(min(max(timeout, 0.001), 86_400) * 1000)
    do {
      socket = try Socket(
        .dealer, try Context(), largestFrame: Self.largestAnswer,
        security: key?.security ?? .none)
      try socket.connect(endpoint)
    } catch {
      throw .connection(endpoint: endpoint, detail: "cannot be used: \(error)")
    }
  }

  /// What the server says of its state: the header of its answer, as JSON.
  public func status() throws(ChipError) -> String { json(try ask("status")) }

  /// What the server is, what it offers, and what this user may do, as JSON.
  public func hello() throws(ChipError) -> String {
    let versions: JSONValue = .list([
      .integer(ProtocolVersion.oldest), .integer(ProtocolVersion.newest),
    ])
    return json(try ask("hello", ["versions": versions]))
  }

  /// All counters, in Prometheus' text format.
  public func metrics() throws(ChipError) -> String {
    let answer = try ask("metrics")
    do {
      return String(decoding: try answer.array("text", UInt8.self), as: UTF8.self)
    } catch { throw .remote(code: "bad_answer", detail: error.detail) }
  }

  /// Ends all leases of a chip, and answers how many there were; for operators.
  public func breakLeases(chip: String?) throws(ChipError) -> Int {
    let answer = try ask("lease.break", chip.map { ["chip": .text($0)] } ?? [:])
    return (try? answer.header.integer("broken", 0...Int.max)) ?? 0
  }

  /// Starts a chip's worker again; for operators.
  public func resetChip(_ chip: String?) throws(ChipError) {
    _ = try ask("chip.reset", chip.map { ["chip": .text($0)] } ?? [:])
  }

  /// Ends the server as a termination signal does; for operators.
  public func stopServer() throws(ChipError) { _ = try ask("server.stop") }

  private func json(_ message: Message) -> String {
    String(decoding: JSONValue.object(message.header).json, as: UTF8.self)
  }

  /// Sends a request and waits for its answer; answers to earlier ones, given up meanwhile, are
  /// passed over.
  private func ask(_ type: String, _ fields: JSONObject = [:]) throws(ChipError) -> Message {
    next += 1
    var random = SystemRandomNumberGenerator()
    let id = "q\(next)-\(SessionToken(random.next(), random.next()).text)"
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    header.merge(fields)
    guard socket.send(Message.frames(header: header, payload: nil)) == .sent else {
      throw .connection(endpoint: endpoint, detail: "takes no more requests")
    }
    let start = SuspendingClock.now
    while true {
      let elapsed = Int((SuspendingClock.now - start) / .milliseconds(1))
      guard elapsed < timeout, Socket.poll([socket], milliseconds: timeout - elapsed)[0],
        let (frames, excess) = socket.receive(atMost: Message.mostFrames)
      else {
        throw .connection(endpoint: endpoint, detail: "did not answer within \(timeout) ms")
      }
      if let answer = try understand(frames, excess, id) { return answer }
    }
  }

  private func understand(
    _ frames: [Frame], _ excess: Int, _ id: String
  ) throws(ChipError) -> Message? {
    let answer: Message
    do {
      answer = try Message(frames: frames, excess: excess, payloadLimit: Self.largestAnswer)
    } catch { throw .remote(code: "bad_answer", detail: error.error.detail) }
    guard answer.id == id else { return nil }
    if let (code, detail) = answer.refusal { throw .remote(code: code, detail: detail) }
    return answer
  }
}
