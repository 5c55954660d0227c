import ChipInterface
import Foundation
import HardwareSpec
import Link
import Synchronization
import TestSupport

/// A server made of raw sockets that does what a test tells it, and else what a good one would.
///
/// Its chip is a fake one, run in the server's own thread.
final class ScriptedServer: @unchecked Sendable {
  /// A message that came in.
  struct Heard {
    let channel: Channel
    let peer: Frame
    let message: Message
    /// The bytes of the header and of each payload frame.
    let bytes: [[UInt8]]
    var type: String { message.type }
    var id: String { message.id }
  }

  /// What becomes of a message: true when the script has dealt with it.
  typealias Script = (ScriptedServer, Heard) throws -> Bool

  let endpoint: String
  let spec: ChipSpec
  private let context: Context
  private let path: String
  private var control, run: Socket
  private var script: Script
  private let chip: FakeChip
  private let shouldStop = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  private let log = Mutex<[Heard]>([])

  /// What `hello` and others tell; a script may change it.
  var life = "life-1"
  var limits = ServerLimits()
  var chips = ["0"]
  var sessions: Set<String> = []
  var epoch = 1
  var standing: (state: String, checkpoint: Int)?
  private var granted: Set<String> = []
  private var uploads: [String: [Frame]] = [:]
  /// Sends nothing any more: as if the server were dead.
  var isDead = false

  private static let next = Atomic<Int>(0)

  /// Starts a server; the script is run in its thread.
  init(limits: ServerLimits = ServerLimits(), _ script: @escaping Script = { _, _ in false }) throws
  {
    let number = Self.next.wrappingAdd(1, ordering: .relaxed).newValue
    let folder = FileManager.default.temporaryDirectory.path
    path = "\(folder)/synapus-script-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
    endpoint = "ipc://" + path
    spec = try ChipLibrary.chip("synapus-1")
    chip = FakeChip(spec)
    context = try Context()
    self.limits = limits
    self.script = script
    control = try Self.bind(endpoint, context)
    run = try Self.bind(endpoint + ".run", context)
    let thread = Thread { [self] in
      while !shouldStop.load(ordering: .relaxed) { serve() }
      ended.signal()
    }
    thread.start()
  }

  private static func bind(_ endpoint: String, _ context: Context) throws -> Socket {
    let socket = try Socket(.router, context, largestFrame: 1 << 26)
    _ = try socket.bind(endpoint)
    return socket
  }

  /// Ends the server's thread.
  func stop() {
    shouldStop.store(true, ordering: .relaxed)
    ended.wait()
    for ending in ["", ".run"] { unlink(path + ending) }
  }

  /// All messages that came, in order; those of some types only where they are named.
  func heard(_ types: String...) -> [Heard] {
    log.withLock { $0.filter { types.isEmpty || types.contains($0.type) } }
  }

  // MARK: In the server's thread

  /// Closes the sockets with all that waits in them and binds them anew: clients' connections get
  /// other routing ids.
  func reconnect() throws {
    control.closeNow()
    run.closeNow()
    control = try Self.bind(endpoint, context)
    run = try Self.bind(endpoint + ".run", context)
  }

  /// Begins another life, which knows the sessions or not.
  func restart(forgetting: Bool) throws {
    life += "+"
    epoch += 100
    if forgetting { sessions = [] }
    try reconnect()
  }

  private func serve() {
    let ready = Socket.poll([control, run], milliseconds: 20)
    for (socket, channel) in [(control, Channel.control), (run, .run)]
    where ready[channel == .control ? 0 : 1] {
      guard let (frames, excess) = socket.receive(atMost: 11) else { continue }
      guard
        let message = try? Message(
          frames: Array(frames.dropFirst()), excess: excess, payloadLimit: 1 << 30)
      else { continue }
      let heard = Heard(
        channel: channel, peer: frames[0], message: message,
        bytes: frames.dropFirst(2).map(\.bytes))
      log.withLock { $0.append(heard) }
      do {
        if try !script(self, heard), !isDead { try answer(heard) }
      } catch { refuse(heard, .internalError, "\(error)") }
    }
  }

  /// Sends an answer, or another message about a request.
  func send(_ body: Reply.Body, to heard: Heard, id: String? = nil) {
    let socket = heard.channel == .control ? control : run
    _ = socket.send([heard.peer] + Reply(id: id ?? heard.id, body).frames)
  }

  /// Answers with what was granted.
  func grant(_ heard: Heard, _ fields: JSONObject = [:], _ payload: Payload? = nil) {
    send(.message(type: heard.type + ".ok", fields, payload), to: heard)
  }

  /// Answers with an error.
  func refuse(_ heard: Heard, _ code: WireError.Code, _ detail: String = "by the script") {
    send(.failure(WireError(code, detail)), to: heard)
  }

  /// Answers as a good server does.
  func answer(_ heard: Heard) throws {
    let header = heard.message.header
    let session = (try? header.text("session")) ?? ""
    switch heard.type {
    case "hello": greet(heard)
    case "chip.info":
      var fields = ChipCoding.fields(chip.info, chip: "0")
      fields["state"] = .text("idle")
      grant(heard, fields, ChipCoding.payload(chip.info))
    case "session.open":
      let token = "session-\(sessions.count)-\(life)"
      sessions.insert(token)
      grant(heard, ["session": .text(token)])
    case _ where !sessions.contains(session): refuse(heard, .noSession)
    case "ping": grant(heard, ["server_session": .text(life), "leases": .list([])])
    case "session.resume": grant(heard, resumption)
    case "lease.acquire": grant(heard, ["state": .text("granted"), "epoch": .integer(epoch)])
    case "cancel": grant(heard, ["cancelled": .integer(1)])
    case "session.close":
      sessions.remove(session)
      grant(heard)
    case "request.attach": refuse(heard, .unknownRequest)
    case "run.credit": break
    default: try work(heard)
    }
  }

  private func greet(_ heard: Heard) {
    let description = ServerDescription(
      build: "script", serverSession: life, runEndpoint: endpoint + ".run",
      eventEndpoint: endpoint + ".evt", limits: limits)
    var fields = description.fields
    fields["chips"] = .list(chips.map { .object(["chip": .text($0)]) })
    grant(heard, fields)
  }

  private var resumption: JSONObject {
    var fields: JSONObject = ["server_session": .text(life), "leases": .list([])]
    fields["images"] = .list(
      standing.map {
        [
          .object([
            "chip": .text("0"), "image": .text("x"), "state": .text($0.state),
            "checkpoint": .integer($0.checkpoint), "runs_since": .integer(0),
          ])
        ]
      } ?? [])
    return fields
  }

  private func work(_ heard: Heard) throws {
    if heard.type != "put", heard.message.header["epoch"] != .integer(epoch) {
      return refuse(heard, .staleEpoch)
    }
    if case .text(let before)? = heard.message.header["after"], !granted.contains(before) {
      return refuse(heard, .unknownRequest)
    }
    var message = heard.message
    for (name, _) in message.missingUploads {
      let whole = (uploads[name] ?? []).flatMap(\.bytes)
      message.attach(upload: name, pieces: [Frame(whole)])
    }
    switch heard.type {
    case "put":
      let name = try message.header.text("upload")
      uploads[name, default: []].append(Frame(try message.array("data", UInt8.self)))
      grant(heard, ["received": .integer(0)])
    case "image.load":
      try chip.load(ImageCoding.decode(message, spec: spec))
      standing = ("kept", 0)
      grant(heard, ["image": .text("x"), "durable": .flag(true)])
    case "weights.write":
      try chip.write(WeightCoding.decode(message, spec: spec))
      granted.insert(heard.id)
      grant(heard, ["volatile": .flag(true)])
    case "run":
      if message.hasArray("blocks") { try chip.write(WeightCoding.decode(message, spec: spec)) }
      let recording = try recording(message)
      grant(heard, sums(recording), Payload(RecordingCoding.arrays(recording, tracedCircuits: 0)))
    default: refuse(heard, .unknownType)
    }
  }

  /// What the fake chip gives for a run.
  func recording(_ message: Message) throws -> Recording {
    try chip.run(ExperimentCoding.decode(message, spec: spec), cancellation: nil)
  }

  /// The fields of a run's answer that hold for the whole run.
  func sums(_ recording: Recording) -> JSONObject {
    var fields = RecordingCoding.fields(recording)
    fields["checkpoint"] = .integer(0)
    fields["runs_since"] = .integer(0)
    return fields
  }

  /// The chunks and the answer of a run, its samples cut into parts.
  func stream(
    _ heard: Heard, parts: Int, chunkBytes: Int
  ) throws -> (chunks: [Reply.Body], answer: Reply.Body) {
    let whole = try ExperimentCoding.decode(heard.message, spec: spec)
    var stream = RunStream(chunkBytes: chunkBytes, credit: 64)
    let count = whole.inputs.sampleCount
    for part in 0..<parts {
      let samples = part * count / parts..<(part + 1) * count / parts
      let recording = try chip.run(whole.slice(samples), cancellation: nil)
      let payload = Payload(RecordingCoding.arrays(recording, tracedCircuits: 0))
      if part + 1 < parts {
        stream.append(payload, samples: samples)
      } else {
        stream.end(payload, samples: samples, sums(try chip.run(whole, cancellation: nil)))
      }
    }
    return (stream.take(), try required(stream.answer, "answer"))
  }
}

extension RemoteOptions {
  /// Options for tests, in which nothing takes long.
  static func quick(_ change: (inout RemoteOptions) -> Void = { _ in }) -> RemoteOptions {
    var options = RemoteOptions()
    (options.timeout, options.patience) = (2, 3)
    (options.lateness, options.beat, options.joinsWrites) = (0.1, 0.05, false)
    change(&options)
    return options
  }
}
