import ChipInterface

// MARK: Sending

extension PacketSender {
  /// Says that the worker is there.
  func send(ready info: ChipInfo) throws(PacketFault) {
    let payload = ChipCoding.payload(info)
    let bulk = try bulk(payload.frame.count)
    payload.frame.withBytes { bulk.memory.copyMemory(from: $0) }
    var body = PacketWriter()
    body.byte(0)
    body.object(ChipCoding.fields(info, chip: ""))
    body.json(payload.json)
    body.stretch(0..<bulk.memory.count)
    try send(.report, body, bulk: bulk)
  }

  /// Says how an order ended, with a payload of arrays, or of bytes that fill it as they are.
  func send(job: Int, _ done: WorkerDone) throws(PacketFault) {
    let bulk = try bulk(done.answer.count)
    let json = done.answer.pack(into: bulk.memory)
    var body = PacketWriter()
    body.byte(1)
    body.number(job)
    body.real(done.chipSeconds)
    body.flag(done.learns)
    body.flag(true)
    body.object(done.fields)
    body.optional(json) {
      $0.json($1)
      $0.stretch(0..<bulk.memory.count)
    }
    try send(.report, body, bulk: bulk)
  }

  /// Says why an order failed.
  func send(job: Int, _ error: WireError, chipSeconds: Double) throws(PacketFault) {
    var body = PacketWriter()
    body.byte(1)
    body.number(job)
    body.real(chipSeconds)
    body.flag(false)
    body.flag(false)
    body.error(error)
    try send(.report, body)
  }

  /// Says what a slice of a run gave; its arrays go into shared memory directly.
  func send(job: Int, _ slice: WorkerSlice) throws(PacketFault) {
    let bulk = try bulk(Payload.size(of: slice.arrays))
    let json = Payload.pack(slice.arrays, into: bulk.memory)
    var body = PacketWriter()
    body.byte(2)
    body.number(job)
    for number in [slice.samples.lowerBound, slice.samples.upperBound, slice.of, slice.spikes] {
      body.number(number)
    }
    body.real(slice.chipSeconds)
    body.optional(slice.sums) { $0.object($1) }
    body.json(json)
    body.stretch(0..<bulk.memory.count)
    try send(.report, body, bulk: bulk)
  }

  /// Says why the worker ends.
  func send(farewell reason: String) throws(PacketFault) {
    var body = PacketWriter()
    body.text(String(reason.prefix(1000)))
    try send(.farewell, body)
  }
}

/// How an order that is no run ended, before it is packed.
struct WorkerDone {
  /// What the answer carries.
  enum Answer {
    case nothing
    /// Arrays for the client.
    case arrays([WireArray])
    /// An array `state` for the journal, without padding.
    case state([UInt8])

    var count: Int {
      switch self {
      case .nothing: return 0
      case .arrays(let arrays): return Payload.size(of: arrays)
      case .state(let bytes): return bytes.count
      }
    }

    fileprivate func pack(into memory: UnsafeMutableRawBufferPointer) -> JSONValue? {
      switch self {
      case .nothing: return nil
      case .arrays(let arrays): return Payload.pack(arrays, into: memory)
      case .state(let bytes):
        let sum = bytes.withUnsafeBytes { CRC32C.copy($0, to: memory) }
        return .object([
          "bytes": .integer(bytes.count), "crc32c": .integer(Int(sum)),
          "arrays": .list([WireArray("state", bytes).json]),
        ])
      }
    }
  }

  var fields: JSONObject = [:]
  var answer = Answer.nothing
  var learns = false
  var chipSeconds = 0.0
}

/// What a slice of a run gave, before it is packed.
struct WorkerSlice {
  var samples: Range<Int>
  var of: Int
  var arrays: [WireArray]
  var chipSeconds: Double
  var spikes: Int
  var sums: JSONObject?
}

// MARK: Receiving

extension PacketReceiver.Packet {
  /// Understands a packet of a worker.
  mutating func report() throws(PacketFault) -> WorkerReport {
    let report: WorkerReport
    switch kind {
    case .farewell: report = .ended(try body.text())
    case .report: report = try content()
    default: throw .unknown(kind: Int(kind.rawValue))
    }
    try body.finish()
    return report
  }

  private mutating func content() throws(PacketFault) -> WorkerReport {
    switch try body.byte() {
    case 0: return .ready(try info())
    case 1: return .finished(job: try body.number(), try outcome())
    case 2: return .slice(job: try body.number(), try slice())
    case let code: throw .unknown(kind: Int(code))
    }
  }

  private mutating func info() throws(PacketFault) -> ChipInfo {
    var header = try body.object()
    header["payload"] = .list([try body.json()])
    let frame = try bulk.frame(&body)
    do {
      let message = try Message(
        type: "ready", id: "", header: header, fingerprint: 0, wholeParts: [frame])
      return try ChipCoding.decode(message)
    } catch { throw .outOfRange(what: "a chip that is none; bytes:", found: frame.count) }
  }

  private mutating func outcome() throws(PacketFault) -> WorkerReport.Outcome {
    let seconds = try body.real()
    let learns = try body.flag()
    guard try body.flag() else {
      return .init(.failure(try body.error()), chipSeconds: seconds)
    }
    let fields = try body.object()
    let payload: Payload? = try body.flag() ? try payload() : nil
    return .init(.success(fields, payload), chipSeconds: seconds, learns: learns)
  }

  private mutating func slice() throws(PacketFault) -> WorkerReport.Slice {
    let first = try body.number("a first sample", in: 0...Int.max)
    let end = try body.number("an end of samples", in: first...Int.max)
    let all = try body.number("samples", in: end...Int.max)
    let spikes = try body.number("spikes", in: 0...Int.max)
    let seconds = try body.real()
    let sums = try body.optional { reader throws(PacketFault) in try reader.object() }
    return .init(
      samples: first..<end, of: all, part: try payload(), chipSeconds: seconds, spikes: spikes,
      sums: sums)
  }

  private mutating func payload() throws(PacketFault) -> Payload {
    let json = try body.json()
    let frame = try bulk.frame(&body)
    guard case .object(let entry) = json, entry["bytes"] == .integer(frame.count) else {
      throw .outOfRange(what: "a payload of other bytes than its frame's", found: frame.count)
    }
    return Payload(frame: frame, json: json)
  }
}
