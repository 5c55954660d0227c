import ChipInterface

/// Puts the chunks of a result together, in whatever order and however often they come.
///
/// Nothing is copied: a part is the list of its chunks' frames until arrays are read from it.
final class PartAssembly {
  /// A chunk that has come.
  private struct Chunk {
    let part, offset: Int
    let frame: Frame
    let checksum: UInt32
    /// What the chunk that completes its part says of it.
    let last: JSONObject?
  }

  private let byteLimit, window: Int
  private var chunks: [Int: Chunk] = [:]
  private var bytes = 0
  /// All chunks below this number have come.
  private var received = 0
  private var receivedWhenTold = 0

  /// Takes results of up to so many bytes; `credit` chunks may be under way.
  init(byteLimit: Int, credit: Int) { (self.byteLimit, window) = (byteLimit, credit) }

  /// What has come and can be taken, as header fields.
  var credit: JSONObject {
    ["received": .integer(received), "credit": .integer(window)]
  }

  /// The same, when it is time to tell the server: after each half of the window.
  func takeCreditToSend() -> JSONObject? {
    guard received - receivedWhenTold >= max(1, window / 2) else { return nil }
    receivedWhenTold = received
    return credit
  }

  /// Takes a chunk; one that has come before is passed over.
  func take(_ message: Message) throws(ChipError) {
    let (number, chunk) = try ChipError.reading { () throws(WireError) in try Self.read(message) }
    guard chunks[number] == nil else { return }
    bytes += chunk.frame.count
    guard bytes <= byteLimit, number < received + 2 * Command.mostCredit else {
      throw .badAnswer("a result is larger than the server's own limit")
    }
    chunks[number] = chunk
    while chunks[received] != nil { received += 1 }
  }

  private static func read(_ message: Message) throws(WireError) -> (Int, Chunk) {
    let header = message.header
    guard message.parts.count == 1, let part = message.parts.first, part.pieces.count == 1 else {
      throw WireError(.badPayload, "a chunk must have one payload frame", field: "payload")
    }
    try message.verifyChecksums()
    let chunk = Chunk(
      part: try header.integer("part", 0...1 << 32),
      offset: try header.integer("offset", 0...1 << 48), frame: part.pieces[0],
      checksum: part.checksum, last: header["last"] == nil ? nil : try header.object("last"))
    return (try header.integer("seq", 0...1 << 32), chunk)
  }

  /// Whether an answer counts chunks that have not come.
  func isMissingChunks(_ answer: Message) throws(ChipError) -> Bool {
    try Self.count(answer) > received
  }

  private static func count(_ answer: Message) throws(ChipError) -> Int {
    try ChipError.reading { () throws(WireError) in
      try answer.header.optionalInteger("chunks", 0...1 << 32) ?? 0
    }
  }

  /// The whole result: the parts that came in chunks, and the one that came with the answer.
  ///
  /// Counts and digest of the answer are compared with what came.
  func parts(_ answer: Message) throws(ChipError) -> [ResultPart] {
    try ChipError.reading { () throws(WireError) in
      var parts = try joined()
      if let part = answer.parts.first { parts.append(try ResultPart(part, answer.header)) }
      try check(answer, parts)
      return parts
    }
  }

  /// Joins the chunks of each part, in order and without gaps.
  private func joined() throws(WireError) -> [ResultPart] {
    var parts: [ResultPart] = []
    var frames: [Frame] = []
    var size = 0
    for number in 0..<received {
      guard let chunk = chunks[number], chunk.part == parts.count, chunk.offset == size else {
        throw WireError(.badPayload, "the chunks of a result do not follow one another")
      }
      frames.append(chunk.frame)
      size += chunk.frame.count
      guard let last = chunk.last else { continue }
      parts.append(try ResultPart(last, frames: frames, bytes: size))
      (frames, size) = ([], 0)
    }
    guard frames.isEmpty, chunks.count == received else {
      throw WireError(.badPayload, "a part of a result has no end")
    }
    return parts
  }

  private func check(_ answer: Message, _ parts: [ResultPart]) throws(WireError) {
    let header = answer.header
    guard header["chunks"] != nil else { return }
    guard try header.integer("chunks", 0...1 << 32) == received else {
      throw WireError(.badPayload, "the answer counts other chunks than came", field: "chunks")
    }
    let bytes = parts.reduce(0) { $0 + $1.bytes }
    guard try header.integer("bytes", 0...1 << 48) == bytes else {
      throw WireError(.badPayload, "the answer counts other bytes than came", field: "bytes")
    }
    var digest: UInt32 = 0
    for number in 0..<received {
      guard let chunk = chunks[number] else { continue }
      digest = CRC32C.joined(digest, chunk.checksum, bytes: chunk.frame.count)
    }
    for part in answer.parts { digest = CRC32C.joined(digest, part.checksum, bytes: part.bytes) }
    guard try header.integer("digest", 0...Int(UInt32.max)) == Int(digest) else {
      throw WireError(.badPayload, "the digest of the result is wrong", field: "digest")
    }
  }
}
