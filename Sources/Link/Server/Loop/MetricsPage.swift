/// Serves the metrics over HTTP to this machine.
///
/// `GET /metrics`, one answer a connection, nothing else. Used by the loop's thread.
struct MetricsPage {
  private struct Visitor {
    var request: [UInt8] = []
    let since: Int
  }

  /// The longest request, in bytes; the most connections; how long one may take to ask, in
  /// milliseconds.
  private static let longestRequest = 4096
  private static let mostVisitors = 16
  private static let patience = 5000
  /// Pieces that one turn of the loop takes at most.
  private static let turn = 16

  let socket: Socket
  /// Where it listens: `tcp://127.0.0.1:PORT`.
  let endpoint: String
  private var visitors: [[UInt8]: Visitor] = [:]

  /// Listens; only at a loopback address, because there are no keys here.
  init(_ endpoint: String, _ context: Context) throws(LinkError) {
    guard endpoint.hasPrefix("tcp://"),
      let checked = try? ServerEndpoints(binding: endpoint, hasKeys: false)
    else { throw .settings(.metricsEndpoint(endpoint)) }
    socket = try Socket(.stream, context, largestFrame: Self.longestRequest)
    self.endpoint = try socket.bind(checked.control)
  }

  /// Takes what came in, and answers whole requests with `text`.
  mutating func serve(at now: Int, text: () -> [UInt8]) {
    for _ in 0..<Self.turn {
      guard let (frames, excess) = socket.receive(atMost: 2) else { break }
      guard frames.count == 2, excess == 0 else { continue }
      take(frames[1], from: frames[0].bytes, now, text)
    }
    for (id, visitor) in visitors where now - visitor.since > Self.patience { close(id) }
  }

  private mutating func take(
    _ piece: Frame, from id: [UInt8], _ now: Int, _ text: () -> [UInt8]
  ) {
    // An empty piece says that a connection has come, or gone.
    guard piece.count > 0 else {
      if visitors.removeValue(forKey: id) == nil {
        visitors[id] = Visitor(since: now)
        if visitors.count > Self.mostVisitors { close(id) }
      }
      return
    }
    guard visitors[id] != nil else { return }
    let room = Self.longestRequest - (visitors[id]?.request.count ?? 0)
    guard piece.count <= room else { return close(id) }
    visitors[id]?.request += piece.bytes
    guard let request = visitors[id]?.request, Self.isWhole(request) else { return }
    let answer = Self.answer(request, text)
    _ = socket.send([Frame(id), Frame(answer)])
    close(id)
  }

  private mutating func close(_ id: [UInt8]) {
    visitors[id] = nil
    _ = socket.send([Frame(id), Frame([])])
  }

  private static func isWhole(_ request: [UInt8]) -> Bool {
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    return request.count >= 4
      && request.indices.dropLast(3).contains { Array(request[$0..<$0 + 4]) == end }
  }

  /// The answer to a request whose header is whole.
  private static func answer(_ request: [UInt8], _ text: () -> [UInt8]) -> [UInt8] {
    let line = request.prefix { $0 != 0x0D }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return page("400 Bad Request") }
    guard words[0] == "GET" else { return page("405 Method Not Allowed", more: "Allow: GET\r\n") }
    guard words[1] == "/metrics" else { return page("404 Not Found") }
    return page("200 OK", text(), type: "text/plain; version=0.0.4; charset=utf-8")
  }

  private static func page(
    _ status: String, _ body: [UInt8]? = nil, type: String = "text/plain", more: String = ""
  ) -> [UInt8] {
    let body = body ?? Array("\(status)\n".utf8)
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
      + "\(more)Connection: close\r\n\r\n"
    return Array(head.utf8) + body
  }
}
