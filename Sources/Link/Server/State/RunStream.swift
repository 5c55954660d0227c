/// The result of a run on its way: parts cut into chunks, sent as credit allows, kept until the
/// client has them.
package struct RunStream: Sendable {
  /// A chunk, ready to be sent.
  private struct Chunk: Sendable {
    let fields: JSONObject
    let payload: Payload
  }

  private let chunkBytes: Int
  private var chunks: [Chunk] = []
  /// The number of the first chunk that is kept; those below were acknowledged.
  private var first = 0
  /// The number of the next chunk to send, and the first for which there is no credit.
  private var next = 0
  private var allowed: Int
  private var parts = 0
  /// The client's credit, for the pause of the run.
  private let credit: Int
  /// Bytes and checksum of all parts so far.
  package private(set) var bytes = 0
  package private(set) var digest: UInt32 = 0
  /// Bytes that are kept.
  package private(set) var heldBytes = 0
  /// The end of the result, once the run is over: fields, and the last part where it fits.
  private var ending: (fields: JSONObject, payload: Payload?)?

  /// Begins a result whose chunks have at most so many bytes.
  package init(chunkBytes: Int, credit: Int) {
    self.chunkBytes = max(8, chunkBytes & ~7)
    (self.credit, allowed) = (credit, credit)
  }

  /// Whether so much waits unsent that the run shall wait too.
  package var isFull: Bool { first + chunks.count - next > credit }

  /// Whether the run is over and all chunks have gone.
  package var isSent: Bool { ending != nil && next == first + chunks.count }

  /// The number of chunks so far.
  package var count: Int { first + chunks.count }

  /// Adds the recording of consecutive samples, that is not the last or does not fit one frame.
  package mutating func append(_ part: Payload, samples: Range<Int>) {
    note(part)
    let size = part.frame.count
    var offset = 0
    repeat {
      let end = min(offset + chunkBytes, size)
      var fields: JSONObject = [
        "seq": .integer(count), "part": .integer(parts), "offset": .integer(offset),
      ]
      if end == size {
        fields["last"] = .object([
          "samples": Self.span(samples), "arrays": part.arrayList,
        ])
      }
      let frame = Frame(offset..<end, of: part.frame)
      chunks.append(Chunk(fields: fields, payload: Payload(chunk: frame)))
      offset = end
    } while offset < size
    heldBytes += size
    parts += 1
  }

  /// Ends the result with the recording of the last samples.
  package mutating func end(_ part: Payload, samples: Range<Int>, _ fields: JSONObject) {
    var payload: Payload?
    if part.frame.count <= chunkBytes {
      note(part)
      payload = part
    } else {
      append(part, samples: samples)
    }
    var all: JSONObject = [
      "chunks": .integer(count), "bytes": .integer(bytes), "digest": .integer(Int(digest)),
    ]
    if payload != nil { all["samples"] = Self.span(samples) }
    all.merge(fields)
    ending = (all, payload)
  }

  /// The answer of the run, when it is over.
  package var answer: Reply.Body? {
    ending.map { .message(type: "run.ok", $0.fields, $0.payload) }
  }

  private mutating func note(_ part: Payload) {
    bytes += part.frame.count
    // The sum that the worker took when it wrote the part: so it holds from end to end.
    digest = CRC32C.joined(digest, part.checksum, bytes: part.frame.count)
  }

  private static func span(_ samples: Range<Int>) -> JSONValue {
    .list([.integer(samples.lowerBound), .integer(samples.count)])
  }

  /// The client has all chunks below `received`, and can take some more.
  package mutating func grant(_ credit: Credit) {
    let received = min(credit.received, next)
    forget(below: received)
    allowed = max(allowed, received + credit.chunks)
  }

  /// The client wants chunks from `received` on, over another connection.
  package mutating func rewind(_ credit: Credit) {
    let received = min(credit.received, count)
    forget(below: received)
    next = max(first, received)
    allowed = next + credit.chunks
  }

  /// The client wants everything again that is kept.
  package mutating func rewind() { rewind(Credit(received: first, chunks: credit)) }

  private mutating func forget(below received: Int) {
    guard received > first else { return }
    for chunk in chunks.prefix(received - first) { heldBytes -= chunk.payload.frame.count }
    chunks.removeFirst(received - first)
    first = received
    next = max(next, first)
  }

  /// The chunks that can be sent now.
  package mutating func take() -> [Reply.Body] {
    var bodies: [Reply.Body] = []
    while next < allowed, next < count {
      let chunk = chunks[next - first]
      bodies.append(.message(type: "run.chunk", chunk.fields, chunk.payload))
      next += 1
    }
    return bodies
  }
}

extension Payload {
  /// The checksum in the payload's entry.
  fileprivate var checksum: UInt32 {
    guard case .object(let entry) = json, case .integer(let sum)? = entry["crc32c"] else {
      return frame.checksum
    }
    return UInt32(truncatingIfNeeded: sum)
  }

  /// Bytes of a part, as a chunk of a stream.
  init(chunk: Frame) {
    self.init(
      frame: chunk,
      json: .object([
        "bytes": .integer(chunk.count), "crc32c": .integer(Int(chunk.checksum)),
        "arrays": .list([
          .object([
            "name": .text("chunk"), "dtype": .text("u8"),
            "shape": .list([.integer(chunk.count)]),
          ])
        ]),
      ]))
  }

  /// The arrays of the payload as its entry lists them.
  var arrayList: JSONValue {
    guard case .object(let entry) = json else { return .list([]) }
    return entry["arrays"] ?? .list([])
  }

  /// The bytes of the first array, which is of type u8.
  var firstBytes: [UInt8] {
    guard case .list(let arrays) = arrayList, case .object(let array)? = arrays.first,
      case .list(let shape)? = array["shape"], case .integer(let count)? = shape.first
    else { return [] }
    return frame.withBytes { Array($0.prefix(max(0, count))) }
  }
}
