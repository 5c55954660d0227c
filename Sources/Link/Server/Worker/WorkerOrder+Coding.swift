/// What the gateway sends to a worker.
enum WorkerTask {
  case configure(WorkerLimits)
  case order(job: Int, WorkerOrder)
  case cancel(job: Int)
  /// An order that the gateway could not send; the worker answers with its reason, so that it comes
  /// the way of all answers.
  case refuse(job: Int, WireError)
}

// MARK: Sending

extension PacketSender {
  /// Sends an order with its payload, which is copied once, into memory that the worker sees.
  func send(job: Int, _ order: WorkerOrder) throws(PacketFault) {
    let contents = order.bulk
    var layout = BulkLayout()
    for content in contents { layout.add(content.count) }
    let bulk = try bulk(layout.count)
    for (content, range) in zip(contents, layout.stretches) {
      content.copy(to: UnsafeMutableRawBufferPointer(rebasing: bulk.memory[range]))
    }
    var body = PacketWriter()
    body.number(job)
    body.order(order, layout.stretches)
    try send(.order, body, bulk: bulk)
  }

  func send(_ limits: WorkerLimits) throws(PacketFault) {
    var body = PacketWriter()
    for number in [limits.resultBytes, limits.slots, limits.slotBytes] { body.number(number) }
    try send(.configure, body)
  }

  func sendCancel(job: Int) throws(PacketFault) {
    var body = PacketWriter()
    body.number(job)
    try send(.cancel, body)
  }

  func sendRefusal(job: Int, _ error: WireError) throws(PacketFault) {
    var body = PacketWriter()
    body.number(job)
    body.error(error)
    try send(.refuse, body)
  }
}

/// Bulk on its way into shared memory: frames one after the other, or bytes.
private enum BulkContent {
  case frames([Frame])
  case bytes([UInt8])

  var count: Int {
    switch self {
    case .frames(let frames): return frames.reduce(0) { $0 + $1.count }
    case .bytes(let bytes): return bytes.count
    }
  }

  func copy(to target: UnsafeMutableRawBufferPointer) {
    switch self {
    case .bytes(let bytes): target.copyBytes(from: bytes)
    case .frames(let frames):
      var offset = 0
      for frame in frames {
        frame.withBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: bytes)
        }
        offset += frame.count
      }
    }
  }
}

extension WorkerOrder {
  fileprivate var bulk: [BulkContent] {
    switch self {
    case .load(_, let message), .write(_, let message), .run(_, let message),
      .compile(let message, _):
      return message.parts.map { .frames($0.pieces) }
    case .restore(_, let image):
      return [.bytes(image.bytes)] + (image.state.map { [.bytes($0)] } ?? [])
    default: return []
    }
  }
}

extension PacketWriter {
  fileprivate mutating func order(_ order: WorkerOrder, _ stretches: [Range<Int>]) {
    switch order {
    case .load(let slot, let message): work(0, slot, message, stretches)
    case .write(let slot, let message): work(1, slot, message, stretches)
    case .run(let slot, let message): work(2, slot, message, stretches)
    case .restore(let slot, let image):
      place(3, slot)
      text(image.hash)
      list(stretches) { $0.stretch($1) }
    case .proceed(let run): place(4, run)
    case .drop(let run): place(5, run)
    case .readImage(let slot): place(6, slot)
    case .snapshot(let slot): place(7, slot)
    case .forget(let slot): place(8, slot)
    case .compile(let message, let options):
      work(9, 0, message, stretches)
      self.options(options)
    case .calibrate(let options):
      place(10, 0)
      self.options(options)
    }
  }

  private mutating func place(_ code: UInt8, _ number: Int) {
    byte(code)
    self.number(number)
  }

  private mutating func work(
    _ code: UInt8, _ slot: Int, _ message: Message, _ stretches: [Range<Int>]
  ) {
    place(code, slot)
    text(message.type)
    text(message.id)
    bits(message.fingerprint)
    object(message.header)
    list(stretches) { $0.stretch($1) }
  }

  private mutating func options(_ options: [Command.Option]) {
    list(options) {
      $0.text($1.name)
      $0.text($1.value)
    }
  }

  mutating func error(_ error: WireError) {
    text(error.code.rawValue)
    text(error.detail)
    optional(error.field) { $0.text($1) }
    for number in [error.limit, error.actual, error.retryAfter] {
      optional(number) { $0.number($1) }
    }
  }
}

// MARK: Receiving

extension PacketReceiver.Packet {
  /// Understands a packet of the gateway; an order that is wrong in itself becomes its refusal.
  mutating func task() throws(PacketFault) -> WorkerTask {
    let task: WorkerTask
    switch kind {
    case .configure: task = .configure(try body.limits())
    case .order:
      let job = try body.number()
      do {
        task = .order(job: job, try body.order(bulk))
      } catch let error as WireError {
        return .refuse(job: job, error)
      } catch let fault as PacketFault {
        throw fault
      } catch { return .refuse(job: job, WireError(.internalError, "\(error)")) }
    case .cancel: task = .cancel(job: try body.number())
    case .refuse: task = .refuse(job: try body.number(), try body.error())
    default: throw .unknown(kind: Int(kind.rawValue))
    }
    try body.finish()
    return task
  }
}

extension PacketReader {
  fileprivate mutating func limits() throws(PacketFault) -> WorkerLimits {
    var limits = WorkerLimits()
    limits.resultBytes = try number("a limit of", in: 1...1 << 48)
    limits.slots = try number("a limit of", in: 1...1 << 20)
    limits.slotBytes = try number("a limit of", in: 1...1 << 48)
    return limits
  }

  fileprivate mutating func order(_ bulk: ReceivedBulk) throws -> WorkerOrder {
    let code = try byte()
    let place = try number()
    switch code {
    case 0: return .load(slot: place, try message(bulk))
    case 1: return .write(slot: place, try message(bulk))
    case 2: return .run(slot: place, try message(bulk))
    case 3: return .restore(slot: place, try storedImage(bulk))
    case 4: return .proceed(run: place)
    case 5: return .drop(run: place)
    case 6: return .readImage(slot: place)
    case 7: return .snapshot(slot: place)
    case 8: return .forget(slot: place)
    case 9: return .compile(try message(bulk), try options())
    case 10: return .calibrate(try options())
    default: throw PacketFault.unknown(kind: Int(code))
    }
  }

  private mutating func storedImage(_ bulk: ReceivedBulk) throws(PacketFault) -> StoredImage {
    let hash = try text()
    let parts = try list { reader throws(PacketFault) in try bulk.bytes(&reader) }
    guard (1...2).contains(parts.count) else {
      throw .outOfRange(what: "parts of a stored image:", found: parts.count)
    }
    return StoredImage(hash: hash, bytes: parts[0], state: parts.count > 1 ? parts[1] : nil)
  }

  private mutating func message(_ bulk: ReceivedBulk) throws -> Message {
    let (type, id, fingerprint) = (try text(), try text(), try bits())
    let header = try object()
    let frames = try list { reader throws(PacketFault) in try bulk.frame(&reader) }
    return try Message(
      type: type, id: id, header: header, fingerprint: fingerprint, wholeParts: frames)
  }

  private mutating func options() throws(PacketFault) -> [Command.Option] {
    try list { reader throws(PacketFault) in
      Command.Option(name: try reader.text(), value: try reader.text())
    }
  }

  mutating func error() throws(PacketFault) -> WireError {
    let name = try text()
    guard let code = WireError.Code(rawValue: name) else {
      throw .outOfRange(what: "an error code of bytes:", found: name.utf8.count)
    }
    var error = WireError(code, try text())
    error.field = try optional { reader throws(PacketFault) in try reader.text() }
    error.limit = try optional { reader throws(PacketFault) in try reader.number() }
    error.actual = try optional { reader throws(PacketFault) in try reader.number() }
    error.retryAfter = try optional { reader throws(PacketFault) in try reader.number() }
    return error
  }
}

extension Message {
  /// Puts a message together again: one frame for each part of its payload, uploads too.
  init(
    type: String, id: String, header: JSONObject, fingerprint: UInt64, wholeParts frames: [Frame]
  ) throws(WireError) {
    (self.type, self.id, self.header, self.fingerprint) = (type, id, header, fingerprint)
    var entries: [JSONObject] = []
    if case .list(let list)? = header["payload"] {
      entries = list.compactMap { if case .object(let entry) = $0 { entry } else { nil } }
    }
    guard entries.count == frames.count else {
      throw WireError(
        .badPayload, "the payload is not whole", field: "payload", limit: entries.count,
        actual: frames.count)
    }
    // An upload is a frame like any other once it is whole.
    for i in entries.indices { entries[i]["upload"] = nil }
    parts = try PayloadPart.parts(["payload": .list(entries.map { .object($0) })], frames)
  }
}
