/// The requests that were asked and how they were answered, so that each is done once.
package struct RequestMemory: Sendable {
  /// Answered requests that are remembered, and for how many milliseconds.
  package static let mostAnswers = 1_024
  package static let lifetime = 600_000

  /// How far a request has come.
  package enum Standing: Sendable {
    /// It waits, runs, or its result is being sent: the job of that number.
    case underWay(job: Int)
    /// It was answered so.
    case answered(Answer)
  }

  /// The answer to a request.
  package struct Answer: Sendable {
    /// Why the request was refused, or its result is not there any more; nil when it was granted.
    package private(set) var refusal: WireError.Code?
    private let id: String?
    // As it was sent: a fifth of the reply's size, and known to the books of the memory guard.
    private var header, payload: Frame?
    /// The chunks before it, where there are any.
    package fileprivate(set) var stream: RunStream? {
      didSet { bytes = (payload?.count ?? 0) + (stream?.heldBytes ?? 0) }
    }
    /// Bytes of results that this keeps in memory.
    package private(set) var bytes: Int

    /// Keeps an answer.
    package init(_ reply: Reply, stream: RunStream? = nil) {
      let frames = reply.frames
      (id, refusal, self.stream) = (reply.id, reply.error?.code, stream)
      (header, payload) = (frames[1], frames.count > 2 ? frames[2] : nil)
      bytes = (payload?.count ?? 0) + (stream?.heldBytes ?? 0)
    }

    /// The answer, to be sent again.
    package var reply: Reply {
      let kept = header.flatMap { Reply(headerBytes: $0.bytes, payload: payload) }
      return kept ?? Reply(id: id, .failure(Self.dropped))
    }

    private static let dropped = WireError(
      .lost, "the request was done, and its result is not kept any more")

    /// Whether the client has the result whole.
    package fileprivate(set) var isAcknowledged = false

    /// Forgets the result, if there was one; who asks again learns that it is lost.
    mutating func dropResult() {
      guard bytes > 0 || stream != nil else { return }
      (header, payload, stream, refusal) = (nil, nil, nil, .lost)
    }
  }

  private struct Entry: Sendable {
    let fingerprint: UInt64
    var standing: Standing
    var serial = 0
  }

  private var entries: [String: Entry] = [:]
  // Answered ones in the order of their answers; those before `oldest` are gone.
  private var order: [(id: String, serial: Int, at: Int)] = []
  private var oldest = 0
  private var serial = 0
  /// Bytes of results that are kept.
  package private(set) var bytes = 0

  /// Makes an empty memory.
  package init() {}

  /// Whether nothing is remembered.
  package var isEmpty: Bool { entries.isEmpty }

  /// What is known of a request; a failure when its id was used for another one.
  package func find(_ id: String, _ fingerprint: UInt64) throws(WireError) -> Standing? {
    guard let entry = entries[id] else { return nil }
    guard entry.fingerprint == fingerprint else {
      throw WireError(.idReused, "the id '\(id)' was used for another request", field: "id")
    }
    return entry.standing
  }

  /// What is known of a request by its id alone.
  package func find(_ id: String) -> Standing? { entries[id]?.standing }

  /// A request is under way.
  package mutating func begin(_ id: String, _ fingerprint: UInt64, job: Int) {
    entries[id] = Entry(fingerprint: fingerprint, standing: .underWay(job: job))
  }

  /// A request under way was refused without anything being done: it may be asked again.
  package mutating func forget(_ id: String) {
    guard case .underWay? = entries[id]?.standing else { return }
    entries[id] = nil
  }

  /// A request was answered.
  package mutating func answer(
    _ id: String, _ fingerprint: UInt64, _ answer: Answer, at now: Int
  ) {
    if case .answered(let before)? = entries[id]?.standing { bytes -= before.bytes }
    serial += 1
    entries[id] = Entry(fingerprint: fingerprint, standing: .answered(answer), serial: serial)
    order.append((id, serial, now))
    bytes += answer.bytes
    while order.count - oldest > Self.mostAnswers { dropOldest() }
  }

  /// The client has these results whole: only that they were given stays.
  package mutating func acknowledge(_ ids: [String]) {
    for id in ids { dropResult(id, isAcknowledged: true) }
  }

  private mutating func dropResult(_ id: String, isAcknowledged: Bool = false) {
    guard case .answered(var answer)? = entries[id]?.standing, answer.bytes > 0 else { return }
    bytes -= answer.bytes
    answer.dropResult()
    answer.isAcknowledged = isAcknowledged
    entries[id]?.standing = .answered(answer)
  }

  /// Forgets answers that are too old, one after the other.
  package mutating func expire(at now: Int) {
    while oldest < order.count, now - order[oldest].at > Self.lifetime { dropOldest() }
  }

  /// Forgets the oldest results until no more than so many bytes are kept.
  package mutating func shrink(to most: Int) {
    var place = oldest
    while bytes > most, place < order.count {
      if entries[order[place].id]?.serial == order[place].serial { dropResult(order[place].id) }
      place += 1
    }
  }

  private mutating func dropOldest() {
    let (id, serial, _) = order[oldest]
    oldest += 1
    if oldest > Self.mostAnswers {
      order.removeFirst(oldest)
      oldest = 0
    }
    guard let entry = entries[id], entry.serial == serial else { return }
    if case .answered(let answer) = entry.standing { bytes -= answer.bytes }
    entries[id] = nil
  }

  /// Changes the chunks of an answered request, as they are acknowledged or asked for again.
  mutating func withStream<Result>(
    of id: String, _ body: (inout RunStream) -> Result
  ) -> Result? {
    guard case .answered(var answer)? = entries[id]?.standing, var stream = answer.stream else {
      return nil
    }
    let result = body(&stream)
    bytes -= answer.bytes
    answer.stream = stream
    bytes += answer.bytes
    entries[id]?.standing = .answered(answer)
    return result
  }
}
