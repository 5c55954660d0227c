import ChipInterface

/// A client's connection to the control socket: one request after the other.
///
/// Each may be sent again without being done twice, so one that is not answered in time is.
final class ControlLine {
  /// After how long an answer is late and the request is sent again, in milliseconds.
  private let lateness: Int
  private static let longestStep = 100
  /// The largest answer: a chip file is text.
  private static let largestFrame = 1 << 22

  private let connection: Connection
  private let server: String
  private var names = RequestNames()

  /// Connects to a server's control socket.
  init(_ address: ServerAddress, lateness: Double = 2) throws(ChipError) {
    self.lateness = max(1, Int(lateness * 1000))
    server = address.endpoint
    connection = try Connection(address.endpoint, address, largestFrame: Self.largestFrame)
  }

  /// What went over it.
  var statistics: LinkStatistics { connection.statistics }

  /// Throws away what could not be sent, and connects again.
  func renew() throws(ChipError) { try connection.renew() }

  /// Asks, and answers with what was granted.
  func request(
    _ type: String, _ fields: JSONObject = [:], seconds: Double
  ) throws(ChipError) -> Message {
    try ask(type, fields, seconds: seconds).granting(type, by: server)
  }

  /// Asks, and answers with what the server said, be it an error.
  func ask(
    _ type: String, _ fields: JSONObject = [:], seconds: Double
  ) throws(ChipError) -> Message {
    let id = names.next()
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    header.merge(fields)
    let frames = Message.frames(header: header, payload: nil)
    let limit = Int(min(max(seconds, 0.001), 86_400) * 1000)
    // Counted in steps of the wait: a client that was stopped has not waited meanwhile.
    var spent = 0
    while spent < limit {
      connection.send(frames)
      let end = min(limit, spent + lateness)
      while spent < end {
        let step = min(Self.longestStep, end - spent)
        if !connection.wait(milliseconds: step) {
          spent += step
        } else if let answer = try answer(to: id) {
          connection.count(frames)
          return answer
        } else {
          spent += 1
        }
      }
    }
    throw .connection(
      endpoint: server,
      detail: "did not answer within \(seconds) s; is a server running there?")
  }

  /// Takes what has come; late answers to earlier requests are passed over.
  private func answer(to id: String) throws(ChipError) -> Message? {
    while let message = try connection.receive() {
      if message.id == id { return message }
    }
    return nil
  }
}

/// Names of requests that nobody else makes: a random prefix and a number.
struct RequestNames {
  private let prefix: String
  private var count = 0

  /// Draws a prefix.
  init() {
    var random = SystemRandomNumberGenerator()
    prefix = String(random.next(), radix: 36) + String(random.next() >> 32, radix: 36)
  }

  /// A fresh name.
  mutating func next() -> String {
    count += 1
    return "\(prefix)-\(count)"
  }
}

extension Duration {
  /// The duration in milliseconds, rounded down.
  var wholeMilliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
