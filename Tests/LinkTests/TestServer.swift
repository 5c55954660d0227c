import ChipInterface
import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport

/// A server of a fake chip on a fresh ipc path, and raw clients of it.
final class TestServer: Sendable {
  let server: ChipServer
  let spec: ChipSpec
  let lines = Mutex<[String]>([])

  private static let next = Atomic<Int>(0)

  /// A path that no other test uses.
  static func freshPath() -> String {
    let number = next.wrappingAdd(1, ordering: .relaxed).newValue
    let folder = FileManager.default.temporaryDirectory.path
    return "\(folder)/synapus-test-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
  }

  /// Starts a server.
  init(
    endpoint: String = "ipc://" + freshPath(), secondsPerSample: Double = 0,
    limits: ServerLimits = ServerLimits()
  ) throws {
    spec = try ChipLibrary.chip("synapus-1")
    let chip = FakeChip(spec)
    chip.secondsPerSample = secondsPerSample
    server = try ChipServer(chip: chip, endpoint: endpoint, build: "test", limits: limits)
    try server.start()
  }

  deinit { server.stop() }

  var endpoint: String { server.endpoint }

  /// A chip on the other side, with the test image loaded.
  func loadedChip() throws -> RemoteChip {
    let chip = try RemoteChip(connecting: endpoint, client: "test")
    try chip.load(TestImage.make(for: spec))
    return chip
  }
}

/// A client that sends whatever it is told to.
final class RawClient {
  private let socket: Socket
  private var next = 0

  init(_ endpoint: String) throws {
    socket = try Socket(.dealer, Context(), largestFrame: 1 << 26)
    try socket.connect(endpoint)
  }

  /// Sends frames as they are.
  func send(_ frames: [Frame]) { _ = socket.send(frames) }

  /// Sends a request with a well-formed header.
  @discardableResult
  func send(
    _ type: String, session: String? = nil, _ fields: JSONObject = [:], payload: Payload? = nil
  ) -> String {
    next += 1
    var header: JSONObject = ["type": .text(type), "id": .text("r\(next)")]
    if let session { header["session"] = .text(session) }
    header.merge(fields)
    send(Message.frames(header: header, payload: payload))
    return "r\(next)"
  }

  /// The next answer, within ten seconds.
  func receive(milliseconds: Int = 10_000) throws -> Message {
    guard Socket.poll([socket], milliseconds: milliseconds)[0],
      let (frames, excess) = socket.receive(atMost: Message.mostFrames)
    else { throw MissingValue(description: "there is no answer") }
    return try Message(frames: frames, excess: excess, payloadLimit: 1 << 28)
  }

  /// Sends a request and answers with its reply.
  func ask(
    _ type: String, session: String? = nil, _ fields: JSONObject = [:], payload: Payload? = nil
  ) throws -> Message {
    send(type, session: session, fields, payload: payload)
    return try receive()
  }

  /// The error code of the next answer; "ok" when it is none.
  func code(milliseconds: Int = 10_000) throws -> String {
    try receive(milliseconds: milliseconds).refusal?.code ?? "ok"
  }

  /// Greets the server.
  func hello() throws -> ServerDescription {
    try ServerDescription(try ask("hello", ["versions": .list([.integer(1), .integer(1)])]))
  }

  /// Opens a session.
  func open(_ client: String = "raw") throws -> String {
    try ask("session.open", ["client": .text(client)]).header.text("session")
  }
}
