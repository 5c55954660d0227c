import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport

/// A server of a fake chip in this process, on a fresh ipc path; it ends with this object.
final class GatewayServer: Sendable {
  let server: ChipServer
  let spec: ChipSpec
  /// What the server has written to its log.
  let logged: LogLines

  private static let next = Atomic<Int>(0)

  /// A path that no other test uses.
  static func freshPath() -> String {
    let number = next.wrappingAdd(1, ordering: .relaxed).newValue
    let folder = FileManager.default.temporaryDirectory.path
    return "\(folder)/synapus-gateway-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
  }

  /// Starts a server; `change` may change its settings first.
  init(
    endpoint: String = "ipc://" + freshPath(), secondsPerSample: Double = 0,
    change: (inout ServerSettings) -> Void = { _ in }
  ) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    self.spec = spec
    let worker = WorkerLaunch.thread {
      let chip = FakeChip(spec)
      chip.secondsPerSample = secondsPerSample
      return WorkerServices(chip: chip)
    }
    var settings = ServerSettings(
      endpoint: endpoint, chips: [ServedChip("0", worker)], build: "test")
    change(&settings)
    let lines = LogLines()
    server = try ChipServer(settings) { lines.append($0) }
    logged = lines
    try server.start()
  }

  deinit { server.stop() }

  var endpoint: String { server.endpoint }
}

/// Lines of a log, from any thread.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  func append(_ line: String) { lines.withLock { $0.append(line) } }

  /// The lines that hold a word.
  func with(_ word: String) -> [String] { lines.withLock { $0.filter { $0.contains(word) } } }
}

/// A client that sends whatever it is told to.
final class GatewayClient {
  private let socket: Socket
  private var next = 0
  private static let names = Atomic<Int>(0)
  private let name = names.wrappingAdd(1, ordering: .relaxed).newValue

  init(
    _ endpoint: String, _ kind: Socket.Kind = .dealer, security: Socket.Security = .none,
    context: Context? = nil
  ) throws {
    socket = try Socket(
      kind, context ?? Context(), largestFrame: 1 << 26, security: security, backlog: 4)
    try socket.connect(endpoint)
    if kind == .subscriber { socket.subscribe() }
  }

  /// Sends frames as they are.
  @discardableResult
  func send(_ frames: [Frame]) -> Socket.Sent { socket.send(frames) }

  /// Sends a request with a well-formed header.
  @discardableResult
  func send(
    _ type: String, session: String? = nil, _ fields: JSONObject = [:], payload: Payload? = nil
  ) -> String {
    next += 1
    let id = "c\(name).\(next)"
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    if let session { header["session"] = .text(session) }
    header.merge(fields)
    send(Message.frames(header: header, payload: payload))
    return id
  }

  /// The next message, or nil when none comes in time.
  func next(milliseconds: Int) throws -> Message? {
    guard Socket.poll([socket], milliseconds: milliseconds)[0],
      let (frames, excess) = socket.receive(atMost: Message.mostFrames)
    else { return nil }
    return try Message(frames: frames, excess: excess, payloadLimit: 1 << 28)
  }

  /// The header of the next event, which has no id, or nil when none comes in time.
  func event(milliseconds: Int) throws -> [String: Any]? {
    guard Socket.poll([socket], milliseconds: milliseconds)[0],
      let frames = socket.receive(atMost: 2)?.frames, frames.count == 2
    else { return nil }
    return try JSONSerialization.jsonObject(with: Data(frames[1].bytes)) as? [String: Any]
  }

  /// The next message, within ten seconds.
  func receive() throws -> Message {
    guard let message = try next(milliseconds: 10_000) else {
      throw MissingValue(description: "there is no answer")
    }
    return message
  }

  /// Sends a request and answers with its reply.
  func ask(
    _ type: String, session: String? = nil, _ fields: JSONObject = [:], payload: Payload? = nil
  ) throws -> Message {
    let id = send(type, session: session, fields, payload: payload)
    while true {
      let answer = try receive()
      if answer.id == id { return answer }
    }
  }

  /// The error code of the answer to a request; "ok" when it is none.
  func code(_ type: String, session: String? = nil, _ fields: JSONObject = [:]) throws -> String {
    try ask(type, session: session, fields).refusal?.code ?? "ok"
  }

  /// Greets the server.
  func hello() throws -> ServerDescription {
    try ServerDescription(try ask("hello", ["versions": .list([.integer(2), .integer(2)])]))
  }

  /// Opens a session.
  func open(_ client: String = "raw") throws -> String {
    try ask("session.open", ["client": .text(client)]).header.text("session")
  }

  /// Acquires a shared lease, and answers with its epoch.
  func acquire(_ session: String) throws -> Int {
    try ask("lease.acquire", session: session, ["chip": .text("0")])
      .header.integer("epoch", 1...Int.max)
  }
}
