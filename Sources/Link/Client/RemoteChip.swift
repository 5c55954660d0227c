import ChipInterface
import HardwareSpec

/// A chip behind a server, as if it were here.
///
/// It holds the chip alone from its making until ``close()`` or its end. Requests are checked by
/// the server; when the server refuses one, the reason is looked up on this side, so that the
/// errors are those of a local chip.
public final class RemoteChip: Chip {
  /// What the server's chip is.
  public let info: ChipInfo
  /// The endpoint of the server's control socket.
  public let endpoint: String
  /// The program that serves, in its own words.
  public var serverBuild: String { server.build }

  private let context: Context
  private let control, work: RequestLine
  private let heartbeat: Heartbeat
  private let server: ServerDescription
  private let session: String
  private let timeout: Int
  private var image: ChipImage?
  private var isOpen = true
  /// Weights that were sent and whose answer was not read yet.
  private var unanswered: RequestLine.Pending?

  /// Connects to a server's control endpoint and takes hold of its chip.
  ///
  /// `timeout`, in seconds, is for answers that take no time; runs may take as long as they need.
  /// `client` is what other clients read while this one holds the chip.
  public init(
    connecting endpoint: String, timeout: Double = 5, client: String = "synapus"
  ) throws(ChipError) {
    self.endpoint = endpoint
    self.timeout = Int(min(max(timeout, 0.001), 86_400) * 1000)
    context = try Self.makeContext(endpoint)
    control = try RequestLine(endpoint, context, resultLimit: 1 << 20)
    let patience = RequestLine.Patience.milliseconds(self.timeout)
    server = try Self.greet(control, patience)
    info = server.chip
    work = try RequestLine(server.runEndpoint, context, resultLimit: server.limits.resultBytes)
    let answer = try control.request(
      "session.open", ["client": .text(String(client.prefix(64)))],
      patience: patience)
    session = try Self.understand { () throws(WireError) in try answer.header.text("session") }
    heartbeat = try Heartbeat(endpoint, context, session: session)
  }

  deinit { close() }

  /// Lets go of the chip; after this, all requests are refused.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    heartbeat.stop()
    if (try? heartbeat.check()) != nil {
      _ = try? control.request(
        "session.close", session: session, patience: .milliseconds(min(timeout, 1000)))
    }
  }

  private static func makeContext(_ endpoint: String) throws(ChipError) -> Context {
    do {
      return try Context()
    } catch { throw .connection(endpoint: endpoint, detail: "cannot be used: \(error)") }
  }

  private static func greet(
    _ control: RequestLine, _ patience: RequestLine.Patience
  ) throws(ChipError) -> ServerDescription {
    let versions: JSONValue = .list([
      .integer(ProtocolVersion.oldest), .integer(ProtocolVersion.newest),
    ])
    let answer = try control.request("hello", ["versions": versions], patience: patience)
    return try understand { () throws(WireError) in try ServerDescription(answer) }
  }

  private static func understand<Value>(
    _ body: () throws(WireError) -> Value
  ) throws(ChipError) -> Value {
    do {
      return try body()
    } catch { throw .remote(code: "bad_answer", detail: error.detail) }
  }
}

// MARK: The chip

extension RemoteChip {
  /// Sends an image to the chip.
  public func load(_ image: ChipImage) throws(ChipError) {
    let payload: Payload
    do {
      payload = Payload(try ImageCoding.encode(image, spec: info.spec))
    } catch {
      try image.validate(against: info.spec)
      throw .remote(code: error.code.rawValue, detail: error.detail)
    }
    do {
      _ = try perform(.loadImage, [:], payload, nil)
    } catch {
      if error.isRefusal { try image.validate(against: info.spec) }
      throw error
    }
    self.image = image
  }

  /// Sends weights; they are volatile, a later load forgets them.
  ///
  /// They are checked here and sent without waiting: the server's answer is read by the next call,
  /// which throws what went wrong. In the loop that saves one of two round trips.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    try settle()
    if let image { try image.validate(weights, on: info.spec, exact: info.takesExactWeights) }
    unanswered = try send(.writeWeights, [:], Payload(WeightCoding.encode(weights)))
    // Without an image the server refuses, and now is the time to say so.
    if image == nil { try settle() }
  }

  /// Reads the answer to weights that were sent.
  private func settle() throws(ChipError) {
    guard let pending = unanswered else { return }
    unanswered = nil
    _ = try work.answer(to: pending, patience(nil))
  }

  /// Runs a mini-batch on the server's chip; a cancellation is passed on.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    if cancellation?.isCancelled == true { throw .cancelled }
    do {
      let answer = try perform(
        .run, ExperimentCoding.fields(experiment), Payload(ExperimentCoding.arrays(experiment)),
        cancellation)
      return try Self.understand { () throws(WireError) in try RecordingCoding.decode(answer) }
    } catch {
      if error.isRefusal, let image { try experiment.validate(on: info.spec, image: image) }
      throw error
    }
  }

  /// Not yet possible over the link.
  public func snapshot() throws(ChipError) -> ChipState { throw Self.noStates }

  /// Not yet possible over the link.
  public func restore(_ state: ChipState) throws(ChipError) { throw Self.noStates }

  private static let noStates = ChipError.remote(
    code: WireError.Code.chipRefused.rawValue,
    detail: "the state of a chip cannot be read or written over the link yet")

  private func perform(
    _ type: Command.Work, _ fields: JSONObject, _ payload: Payload, _ cancellation: Cancellation?
  ) throws(ChipError) -> Message {
    let pending = try send(type, fields, payload)
    try settle()
    return try work.answer(to: pending, patience(cancellation))
  }

  private func send(
    _ type: Command.Work, _ fields: JSONObject, _ payload: Payload
  ) throws(ChipError) -> RequestLine.Pending {
    try checkOpen()
    guard payload.frame.count <= server.limits.requestBytes else {
      throw .remote(
        code: WireError.Code.tooLarge.rawValue,
        detail: "\(type.rawValue) has \(payload.frame.count) bytes and the server takes"
          + " \(server.limits.requestBytes); send smaller batches")
    }
    return try work.send(type.rawValue, fields, session: session, payload: payload)
  }

  /// Waits as long as the server lives, and passes a cancellation on, once.
  private func patience(_ cancellation: Cancellation?) -> RequestLine.Patience {
    var isCancelSent = false
    return .asLongAs { () throws(ChipError) in
      try self.heartbeat.check()
      guard !isCancelSent, cancellation?.isCancelled == true else { return }
      isCancelSent = true
      try? self.cancel()
    }
  }

  private func cancel() throws(ChipError) {
    _ = try control.request("cancel", session: session, patience: .milliseconds(timeout))
  }

  private func checkOpen() throws(ChipError) {
    guard isOpen else { throw .connection(endpoint: endpoint, detail: "was closed on this side") }
    try heartbeat.check()
  }
}

// MARK: Beyond the chip

extension RemoteChip {
  /// What went over the line so far.
  public var statistics: LinkStatistics {
    var sum = control.statistics
    sum.roundTrips += work.statistics.roundTrips
    sum.bytesSent += work.statistics.bytesSent
    sum.bytesReceived += work.statistics.bytesReceived
    return sum
  }

  /// Asks for a sign of life.
  public func ping() throws(ChipError) {
    try checkOpen()
    _ = try control.request("ping", session: session, patience: .milliseconds(timeout))
  }

  /// What the server says of its state: the header of its answer, as JSON.
  public func status() throws(ChipError) -> String {
    try checkOpen()
    let answer = try control.request(
      "status", session: session, patience: .milliseconds(timeout))
    return String(decoding: JSONValue.object(answer.header).json, as: UTF8.self)
  }

  /// Asks a server for its state without taking hold of its chip.
  public static func status(
    at endpoint: String, timeout: Double = 5
  ) throws(ChipError) -> String {
    let line = try RequestLine(endpoint, try makeContext(endpoint), resultLimit: 1 << 20)
    let answer = try line.request(
      "status", patience: .milliseconds(Int(min(max(timeout, 0.001), 86_400) * 1000)))
    return String(decoding: JSONValue.object(answer.header).json, as: UTF8.self)
  }
}

extension ChipError {
  /// Whether the server found fault with what was asked.
  fileprivate var isRefusal: Bool {
    guard case .remote(let code, _) = self else { return false }
    switch WireError.Code(rawValue: code) {
    case .chipRefused, .badPayload, .badHeader, .tooLarge: return true
    default: return false
    }
  }
}
