import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// Drives the logic of a server by hand, one event after the other, and keeps what it says.
///
/// Workers and journal are played by the test: `work` and `commit` answer what was ordered.
struct StateBench {
  /// An order that a worker has.
  struct Order {
    let chip: Int
    let job: Int
    let order: WorkerOrder
  }

  static let run: JSONObject = ["duration_ticks": .integer(10), "record_spikes": .flag(true)]

  var state: ServerState
  var now = 0
  var user = User.local
  private var nextToken = 0
  private var nextID = 0
  /// Orders without a report, transactions without an answer, reads without an answer.
  var orders: [Order] = []
  var transactions: [(ticket: Int, entries: [JournalEntry])] = []
  var fetches: [(ticket: Int, session: String, chip: String)] = []
  /// What was sent since `takeReplies`.
  private(set) var replies: [(reply: Reply, peer: Peer)] = []
  var cancels: [Int] = []
  var starts: [Int] = []
  var events: [JSONObject] = []
  var lines: [(event: String, fields: JSONObject)] = []
  /// Events of lines that belong in the audit.
  var audited: Set<String> = []
  var isHalted = false
  let info: ChipInfo

  init(
    chips: [String] = ["0"], isDurable: Bool = false, recovered: RecoveredState = .init(),
    features: [String] = [], isReady: Bool = true, _ change: (inout ServerLimits) -> Void = { _ in }
  ) throws {
    var limits = ServerLimits()
    change(&limits)
    let description = ServerDescription(
      build: "test", serverSession: "life 1", runEndpoint: "ipc:///r", eventEndpoint: "ipc:///e",
      limits: limits, features: features)
    state = ServerState(
      description, chips: chips, isDurable: isDurable, recovered: recovered,
      at: Moment(milliseconds: 0, freshToken: SessionToken(0, 0)))
    info = FakeChip(try ChipLibrary.chip("synapus-1")).info
    guard isReady else { return }
    let seats = chips.count + (features.contains("compile") ? 1 : 0)
    for chip in 0..<seats { act(.worker(chip: chip, .ready(info))) }
  }

  // MARK: Events

  mutating func act(_ event: ServerEvent) {
    nextToken += 1
    let moment = Moment(milliseconds: now, freshToken: SessionToken(UInt64(nextToken), 7))
    for effect in state.handle(event, at: moment) { note(effect) }
  }

  private mutating func note(_ effect: ServerEffect) {
    switch effect {
    case .send(let reply, let peer): replies.append((reply, peer))
    case .order(let chip, let job, let order):
      orders.append(Order(chip: chip, job: job, order: order))
    case .cancel(_, let job): cancels.append(job)
    case .startWorker(let chip):
      starts.append(chip)
      orders.removeAll { $0.chip == chip }
    case .journal(let ticket, let entries): transactions.append((ticket, entries))
    case .fetch(let ticket, let session, let chip): fetches.append((ticket, session, chip))
    case .publish(let event): events.append(event)
    case .log(let event, let fields, let isAudited):
      lines.append((event, fields))
      if isAudited { audited.insert(event) }
    case .halt: isHalted = true
    }
  }

  mutating func pass(_ milliseconds: Int) {
    let end = now + milliseconds
    while now < end {
      now = min(end, now + 100)
      act(.tick)
    }
  }

  // MARK: Requests

  static func request(
    _ type: String, id: String, session: String? = nil, _ fields: JSONObject = [:],
    _ payload: Payload? = nil
  ) throws -> Request {
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    if let session { header["session"] = .text(session) }
    header.merge(fields)
    let message = try Message(
      frames: Message.frames(header: header, payload: payload), excess: 0, payloadLimit: 1 << 24)
    return try Request(message, on: channel(type))
  }

  private static func channel(_ type: String) -> Channel {
    let run = ["put", "run.credit", "request.attach", "compile", "calibrate", "run"]
    return run.contains(type) || type.hasPrefix("image.") || type.hasPrefix("weights.")
      ? .run : .control
  }

  /// Sends a request, and answers with its id.
  @discardableResult mutating func send(
    _ type: String, _ session: String? = nil, _ fields: JSONObject = [:], id: String? = nil,
    payload: Payload? = nil, peer: UInt8 = 1
  ) throws -> String {
    nextID += 1
    let id = id ?? "r\(nextID)"
    let request = try Self.request(type, id: id, session: session, fields, payload)
    act(.request(request, from: Peer(Self.channel(type), [peer]), by: user))
    return id
  }

  /// Sends a request, and answers with the type or code of what comes back to it at once.
  mutating func ask(
    _ type: String, _ session: String? = nil, _ fields: JSONObject = [:], id: String? = nil,
    payload: Payload? = nil, peer: UInt8 = 1
  ) throws -> String {
    let id = try send(type, session, fields, id: id, payload: payload, peer: peer)
    return takeAnswers(id).last ?? "nothing"
  }

  /// Types or codes of what was sent to a request; forgets it.
  mutating func takeAnswers(_ id: String) -> [String] {
    takeReplies(id).map { $0.reply.name }
  }

  mutating func takeReplies(_ id: String) -> [(reply: Reply, peer: Peer)] {
    defer { replies.removeAll { $0.reply.id == id } }
    return replies.filter { $0.reply.id == id }
  }

  /// The fields of the one answer to a request.
  mutating func takeFields(_ id: String) throws -> JSONObject {
    try required(takeReplies(id).last?.reply.fields, "answer to \(id)")
  }

  // MARK: Workers and journal

  /// The only order in work.
  func order(_ chip: Int = 0) throws -> Order {
    try required(orders.first { $0.chip == chip }, "order of chip \(chip)")
  }

  /// Reports that the order in work is done.
  mutating func work(
    seconds: Double = 0.01, chip: Int = 0, learns: Bool = false, bytes: Int = 16
  ) throws {
    let order = try take(chip)
    switch order.order {
    case .run, .proceed:
      report(slice: order, 0..<1, of: 1, bytes: bytes, seconds: seconds)
    case .snapshot: finish(order, "state", [1, 2, 3], seconds, learns)
    case .readImage: finish(order, "image", [1, 2, 3], seconds, learns)
    case .calibrate: finish(order, "table", [1, 2, 3], seconds, learns)
    default: finish(order, nil, [], seconds, learns)
    }
  }

  mutating func take(_ chip: Int = 0) throws -> Order {
    let order = try order(chip)
    orders.removeAll { $0.job == order.job && $0.chip == chip }
    return order
  }

  private mutating func finish(
    _ order: Order, _ name: String?, _ bytes: [UInt8], _ seconds: Double, _ learns: Bool
  ) {
    let payload = name.map { Payload([WireArray($0, bytes)]) }
    act(
      .worker(
        chip: order.chip,
        .finished(
          job: order.job, .init(.success([:], payload), chipSeconds: seconds, learns: learns))))
  }

  /// Reports a slice of a run; the last one when it reaches `of`.
  mutating func report(
    slice order: Order, _ samples: Range<Int>, of: Int, bytes: Int = 16, seconds: Double = 0.01
  ) {
    let content = (0..<bytes).map { UInt8(truncatingIfNeeded: samples.lowerBound &* 7 &+ $0) }
    act(
      .worker(
        chip: order.chip,
        .slice(
          job: order.job,
          .init(
            samples: samples, of: of, part: Payload([WireArray("data", content)]),
            chipSeconds: seconds, spikes: 3,
            sums: samples.upperBound == of ? ["hardware_seconds": .number(1)] : nil))))
  }

  /// Does the next slice of the run in work.
  mutating func slice(_ samples: Range<Int>, of: Int, bytes: Int = 16) throws {
    report(slice: try take(), samples, of: of, bytes: bytes)
  }

  /// Reports that the order in work failed.
  mutating func fail(_ code: WireError.Code, chip: Int = 0) throws {
    let order = try take(chip)
    let failure = WireReport.failure(code)
    act(.worker(chip: chip, .finished(job: order.job, failure)))
  }

  /// Answers all transactions.
  mutating func commit(_ fault: JournalFault? = nil) {
    let all = transactions
    transactions = []
    for (ticket, _) in all { act(.journaled(ticket: ticket, fault)) }
  }

  // MARK: Usual beginnings

  mutating func open(_ client: String = "test") throws -> String {
    let id = try send("session.open", nil, ["client": .text(client)])
    commit()
    return try takeFields(id).text("session")
  }

  mutating func lease(_ session: String, chip: String = "0", _ fields: JSONObject = [:]) throws
    -> JSONValue
  {
    var all: JSONObject = ["chip": .text(chip)]
    all.merge(fields)
    let id = try send("lease.acquire", session, all)
    commit()
    return try required(takeFields(id)["epoch"], "epoch")
  }

  /// A session with a lease on chip 0 and an image; and the field of its epoch.
  mutating func start(learns: Bool = false) throws -> (session: String, epoch: JSONObject) {
    let session = try open()
    let epoch: JSONObject = ["epoch": try lease(session)]
    try load(session, epoch, learns: learns)
    return (session, epoch)
  }

  mutating func load(
    _ session: String, _ epoch: JSONObject, learns: Bool = false, content: [UInt8] = [9, 9]
  ) throws {
    let payload = Payload([WireArray("image", content)])
    let id = try send("image.load", session, epoch, payload: payload)
    try work(learns: learns)
    commit()
    guard takeAnswers(id) == ["image.load.ok"] else {
      throw MissingValue(description: "the image was not loaded")
    }
    // The image before is forgotten.
    while case .forget? = orders.first?.order { try work() }
  }

  /// Asks for a run, and answers with its id.
  mutating func submit(
    _ session: String, _ epoch: JSONObject, _ fields: JSONObject = [:], id: String? = nil,
    peer: UInt8 = 1
  ) throws -> String {
    var all = Self.run
    all.merge(epoch)
    all.merge(fields)
    return try send("run", session, all, id: id, peer: peer)
  }

  /// Names the order in work.
  var doing: String { orders.first.map { $0.order.name } ?? "nothing" }
}

/// Reports that say little.
enum WireReport {
  static func failure(_ code: WireError.Code) -> WorkerReport.Outcome {
    .init(.failure(WireError(code, "the chip says so")), chipSeconds: 0.001)
  }
}

extension Reply {
  /// The type of a message, or the code of an error.
  var name: String {
    switch body {
    case .message(let type, _, _): return type
    case .failure(let error): return error.code.rawValue
    }
  }

  var fields: JSONObject? {
    guard case .message(_, let fields, _) = body else { return nil }
    return fields
  }

  var payload: Payload? {
    guard case .message(_, _, let payload) = body else { return nil }
    return payload
  }
}

extension WorkerOrder {
  var name: String {
    switch self {
    case .load: return "load"
    case .restore: return "restore"
    case .write: return "write"
    case .run: return "run"
    case .proceed: return "proceed"
    case .drop: return "drop"
    case .readImage: return "read"
    case .snapshot: return "snapshot"
    case .forget: return "forget"
    case .compile: return "compile"
    case .calibrate: return "calibrate"
    }
  }

  var slot: Int? {
    switch self {
    case .load(let slot, _), .restore(let slot, _), .write(let slot, _), .run(let slot, _),
      .readImage(let slot), .snapshot(let slot), .forget(let slot):
      return slot
    default: return nil
    }
  }
}
