import Link

/// The recording of a run as the worker gave it, and what was sent of it.
struct StreamTruth {
  /// The parts; the last one comes with the answer where it fits one frame.
  private(set) var parts: [Frame] = []
  private(set) var digest: UInt32 = 0
  private(set) var samples = 0
  private var lastSent = -1
  private var highest = -1
  private var places: [Int: (part: Int, offset: Int)] = [:]
  private var mayRewind = true
  /// Chunks below this number may be sent.
  private var allowed = 0

  mutating func asked(_ credit: Int, of limits: ServerLimits) {
    allowed = max(allowed, highest + 1 + credit)
    mayRewind = true
  }

  mutating func granted(_ credit: Credit) {
    // Nobody can have more than was sent.
    allowed = max(allowed, min(credit.received, highest + 1) + credit.chunks)
  }

  mutating func wanted(from credit: Credit) {
    // What is held back for want of credit may be jumped over, never more than there is.
    let (sum, overflow) = credit.received.addingReportingOverflow(credit.chunks)
    allowed = max(allowed, overflow ? .max : sum, highest + 1 + credit.chunks)
    mayRewind = true
  }

  /// The worker did a slice.
  mutating func add(_ slice: WorkerReport.Slice) {
    parts.append(slice.part.frame)
    digest = slice.part.frame.withBytes { CRC32C.checksum($0, after: digest) }
    samples = max(samples, slice.samples.upperBound)
  }

  /// The worker takes up the run.
  mutating func begin() {
    let allowed = allowed
    self = StreamTruth()
    self.allowed = allowed
  }

  /// A chunk is sent; what is wrong with it.
  mutating func sent(_ fields: JSONObject, _ payload: Payload?, of limits: ServerLimits) -> String?
  {
    guard let seq = try? fields.integer("seq", 0...Int.max), let payload,
      let part = try? fields.integer("part", 0...Int.max),
      let offset = try? fields.integer("offset", 0...Int.max)
    else { return "a chunk without its fields" }
    guard seq < allowed else { return "chunk \(seq) without credit; \(allowed) were allowed" }
    guard seq == lastSent + 1 || mayRewind else { return "chunk \(seq) after \(lastSent)" }
    if seq != lastSent + 1 { mayRewind = false }
    (lastSent, highest) = (seq, max(highest, seq))
    guard payload.frame.count <= limits.frameBytes else { return "a chunk larger than a frame" }
    return content(seq, part, offset, payload.frame, isLast: fields["last"] != nil)
  }

  private mutating func content(
    _ seq: Int, _ part: Int, _ offset: Int, _ chunk: Frame, isLast: Bool
  ) -> String? {
    guard parts.indices.contains(part), offset + chunk.count <= parts[part].count else {
      return "chunk \(seq) lies beyond its part \(part)"
    }
    if let place = places[seq] {
      guard place == (part, offset) else { return "chunk \(seq) came again as another one" }
    } else {
      places[seq] = (part, offset)
    }
    guard isLast == (offset + chunk.count == parts[part].count) else {
      return "chunk \(seq) is wrong about being the last of its part"
    }
    let isEqual = chunk.withBytes { bytes in
      parts[part].withBytes { $0[offset..<offset + bytes.count].elementsEqual(bytes) }
    }
    return isEqual ? nil : "chunk \(seq) has other bytes than the worker gave"
  }

  /// The answer is sent; what is wrong with it.
  func ended(_ fields: JSONObject, _ payload: Payload?) -> String? {
    let bytes = parts.reduce(0) { $0 + $1.count }
    let chunks = fields.whole("chunks") ?? -1
    guard fields.whole("bytes") == bytes else { return "'bytes' is not \(bytes)" }
    guard fields.whole("digest") == Int(digest) else { return "the digest is wrong" }
    // Chunks that were jumped over were never sent.
    guard chunks > highest else { return "\(chunks) chunks, and chunk \(highest) was sent" }
    guard let payload else { return nil }
    guard let last = parts.last, last.bytes == payload.frame.bytes else {
      return "the answer's part is not the run's last one"
    }
    guard case .list(let span)? = fields["samples"], span.count == 2,
      case .integer(let first) = span[0], case .integer(let count) = span[1],
      first + count == samples
    else { return "'samples' of the answer do not end with the run" }
    return nil
  }
}

extension JSONObject {
  /// A whole number that may be absent.
  func whole(_ key: String) -> Int? { try? integer(key, Int.min...Int.max) }
  func words(_ key: String) -> String? { try? text(key) }
}
